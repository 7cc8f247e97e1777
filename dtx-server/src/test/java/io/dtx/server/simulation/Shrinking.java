package io.dtx.server.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Leaves out, of what goes wrong in a run, whatever a violation does not need: the trace is the shorter for it. */
final class Shrinking {

    private static final int MOST_FAULTS = 8;

    private Shrinking() {}

    /** What can be left out, so that the seed still breaks the same invariant. */
    static Set<String> of(long seed, Mutation mutation, Violation violation) {
        List<String> parts = new ArrayList<>(List.of("network", "operator", "hazards"));
        for (int i = 1; i <= MOST_FAULTS; i++) {
            parts.add("f" + i);
        }
        Set<String> without = new TreeSet<>();
        for (String part : parts) {
            without.add(part);
            Violation found = Simulation.run(seed, mutation, without, false).violation();
            if (found == null || !found.invariant().equals(violation.invariant())) {
                without.remove(part);
            }
        }
        return without;
    }
}
