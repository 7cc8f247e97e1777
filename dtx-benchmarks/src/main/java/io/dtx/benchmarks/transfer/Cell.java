package io.dtx.benchmarks.transfer;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * One workload.
 *
 * @param connections callers at a time
 * @param accounts accounts in use at each bank
 * @param failingPercent transfers of a hundred that fail after both banks have written
 */
record Cell(String name, int connections, int accounts, int failingPercent) {

    private static final int ALL = Accounts.COUNT;

    /** Those of the table of targets; the first is that of other databases than MariaDB, too. */
    static final List<Cell> TARGETS = List.of(
            new Cell("spread", 32, ALL, 0),
            new Cell("single", 1, ALL, 0),
            new Cell("hot", 32, 10, 0),
            new Cell("failing", 32, ALL, 20));

    private static final List<Cell> OTHERS = List.of(
            new Cell("spread-128", 128, ALL, 0),
            new Cell("hot-1", 1, 10, 0),
            new Cell("hot-128", 128, 10, 0),
            new Cell("hottest", 32, 1, 0),
            new Cell("hottest-1", 1, 1, 0),
            new Cell("hottest-128", 128, 1, 0),
            new Cell("failing-1", 1, ALL, 20),
            new Cell("failing-128", 128, ALL, 20));

    /** @throws IllegalArgumentException if there is no such cell; the message names those that there are */
    static List<Cell> of(String names) {
        if (names.equals("targets")) {
            return TARGETS;
        }
        List<Cell> all = Stream.concat(TARGETS.stream(), OTHERS.stream()).toList();
        if (names.equals("all")) {
            return all;
        }
        return Arrays.stream(names.split(","))
                .map(name -> all.stream()
                        .filter(cell -> cell.name().equals(name.strip()))
                        .findAny()
                        .orElseThrow(() -> new IllegalArgumentException("no cell " + name + "; there are targets, all, "
                                + all.stream().map(Cell::name).toList())))
                .toList();
    }
}
