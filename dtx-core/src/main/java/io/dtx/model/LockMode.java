package io.dtx.model;

/** How a global lock is held. The codes are stored and sent; they never change. */
public enum LockMode {
    /** Held by one global transaction alone: it writes the row. */
    EXCLUSIVE(1),
    /** Held by any number of global transactions: they rely on the row staying (a parent key that a child references). */
    SHARED(2);

    private final int code;

    LockMode(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** @throws IllegalArgumentException if no mode has this code */
    public static LockMode of(int code) {
        return switch (code) {
            case 1 -> EXCLUSIVE;
            case 2 -> SHARED;
            default -> throw new IllegalArgumentException("unknown lock mode " + code);
        };
    }
}
