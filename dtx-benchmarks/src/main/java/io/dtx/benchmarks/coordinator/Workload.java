package io.dtx.benchmarks.coordinator;

import java.util.ArrayList;
import java.util.List;

/**
 * What is measured of which coordinator.
 *
 * @param series those with one name are compared with each other
 * @param flavour dtx or seata
 * @param nodes how many coordinators
 * @param heldLocks held by other transactions, a hundred by each
 * @param unfinished transactions that stay undecided, with one lock each
 */
record Workload(String series, String flavour, int nodes, int heldLocks, int unfinished) {

    private static final List<Workload> ALL = List.of(
            new Workload("alone", "dtx", 1, 0, 0),
            new Workload("alone", "dtx", 3, 0, 0),
            new Workload("alone", "seata", 1, 0, 0),
            new Workload("locks", "dtx", 1, 1_000, 0),
            new Workload("locks", "dtx", 1, 10_000, 0),
            new Workload("locks", "dtx", 1, 100_000, 0),
            new Workload("locks", "dtx", 1, 1_000_000, 0),
            new Workload("unfinished", "dtx", 1, 0, 10),
            new Workload("unfinished", "dtx", 1, 0, 1_000),
            new Workload("unfinished", "dtx", 1, 0, 100_000));

    /**
     * Those of a series, or those of it whose titles are given after a colon, with spaces between: {@code alone:dtx seata}.
     *
     * @throws IllegalArgumentException if there is none
     */
    static List<Workload> of(String text) {
        String[] parts = text.strip().split(":", 2);
        List<String> titles = parts.length == 1 ? List.of() : List.of(parts[1].split(" "));
        List<Workload> chosen = new ArrayList<>();
        for (Workload workload : ALL) {
            if (workload.series.equals(parts[0]) && (titles.isEmpty() || titles.contains(workload.title()))) {
                chosen.add(workload);
            }
        }
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException("nothing to measure in " + text + "; there are "
                    + ALL.stream().map(all -> all.series + ":" + all.title()).toList());
        }
        return chosen;
    }

    String title() {
        if (heldLocks > 0) {
            return String.valueOf(heldLocks);
        }
        return unfinished > 0 ? String.valueOf(unfinished) : flavour + (nodes > 1 ? nodes : "");
    }
}
