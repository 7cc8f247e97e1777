package io.dtx.benchmarks.transfer;

import io.dtx.test.Durability;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a run does: from system properties, each with a default that fits the table of targets. */
record Settings(
        Path home,
        Path out,
        List<String> databases,
        List<Flavour> flavours,
        String cells,
        int rounds,
        int seconds,
        int warmUpSeconds,
        Durability durability) {

    /** @throws IllegalArgumentException if one that is asked for does not exist */
    List<Cell> cellsOn(String database) {
        boolean ofTargetsAlone = cells.equals("targets") && !database.equals("mariadb");
        return ofTargetsAlone ? List.of(Cell.TARGETS.get(0)) : Cell.of(cells);
    }

    static Settings fromSystemProperties() {
        Path home =
                Path.of(System.getProperty("bench.home", ".")).toAbsolutePath().normalize();
        return new Settings(
                home,
                Path.of(System.getProperty(
                        "bench.out",
                        home.resolve("dtx-benchmarks/target/results").toString())),
                Arrays.stream(System.getProperty("bench.databases", "mariadb,postgresql")
                                .split(","))
                        .map(String::strip)
                        .toList(),
                Arrays.stream(System.getProperty("bench.flavours", "plain,floor,dtx,seata")
                                .split(","))
                        .map(Flavour::of)
                        .toList(),
                System.getProperty("bench.cells", "targets"),
                Integer.getInteger("bench.rounds", 5),
                Integer.getInteger("bench.seconds", 12),
                Integer.getInteger("bench.warm-up", 240),
                Durability.valueOf(
                        System.getProperty("bench.durability", "full").toUpperCase(Locale.ROOT)));
    }
}
