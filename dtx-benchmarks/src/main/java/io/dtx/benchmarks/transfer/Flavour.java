package io.dtx.benchmarks.transfer;

import java.util.Locale;

/** How the two banks are coordinated. */
enum Flavour {
    /** Not at all. */
    PLAIN,
    /** Images and undo rows written by hand, nobody to ask. */
    FLOOR,
    /** dtx with one coordinator. */
    DTX,
    /** dtx with three coordinators on this machine. */
    DTX3,
    /** Seata AT with its server's file store. */
    SEATA,
    /** Seata AT with its server's database store. */
    SEATADB;

    static Flavour of(String name) {
        return valueOf(name.strip().toUpperCase(Locale.ROOT));
    }

    String title() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Which {@code Transfers} the bank uses. */
    String bean() {
        return switch (this) {
            case PLAIN, FLOOR -> title();
            case DTX, DTX3 -> "dtx";
            case SEATA, SEATADB -> "seata";
        };
    }

    boolean ofSeata() {
        return bean().equals("seata");
    }

    int coordinators() {
        return switch (this) {
            case PLAIN, FLOOR -> 0;
            case DTX, SEATA, SEATADB -> 1;
            case DTX3 -> 3;
        };
    }
}
