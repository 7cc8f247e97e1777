package io.dtx.server.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Ten thousand seeds, or as many as {@code -Dsimulation.seeds} says, from {@code -Dsimulation.from} on. With
 * {@code -Dsimulation.seed} one, of which the trace is printed; see docs/simulation.md.
 */
class SimulationIT {

    private static final Logger RUNTIME = (Logger) LoggerFactory.getLogger("io.dtx.server.runtime");
    private static final int MOST_FAILURES = 20;

    @BeforeAll
    static void quiet() {
        RUNTIME.setLevel(Level.OFF);
    }

    @AfterAll
    static void loud() {
        RUNTIME.setLevel(null);
    }

    @Test
    @DisplayName("I1 to I8, I10 and I11 hold at every step of every seed")
    void everyInvariantHoldsAtEveryStep() {
        Long one = Long.getLong("simulation.seed");
        if (one == null) {
            many(Long.getLong("simulation.from", 1), Long.getLong("simulation.seeds", 10_000));
        } else {
            Mutation mutation = Mutation.valueOf(System.getProperty("simulation.mutation", "NONE"));
            Set<String> without =
                    Set.of(System.getProperty("simulation.without", "").split(","));
            Simulation.Run run = Simulation.run(one, mutation, without, true);
            System.out.println(run.trace());
            assertThat(run.violation()).isNull();
        }
    }

    private static void many(long from, long seeds) {
        List<Simulation.Run> failed = new ArrayList<>();
        long steps = 0;
        long begun = System.nanoTime();
        for (long seed = from; seed < from + seeds && failed.size() < MOST_FAILURES; seed++) {
            Simulation.Run run = Simulation.run(seed, Mutation.NONE);
            steps += run.steps();
            if (run.violation() != null) {
                failed.add(run);
                System.out.println("seed " + seed + ": " + run.violation().getMessage());
            }
            if (seed % 10_000 == 0) {
                System.out.println("at seed " + seed + " after " + (System.nanoTime() - begun) / 1_000_000_000 + " s");
            }
        }
        System.out.println(seeds + " seeds, " + steps + " steps, " + failed.size() + " violations, "
                + (System.nanoTime() - begun) / 1_000_000_000 + " s");
        if (!failed.isEmpty()) {
            throw failure(failed.get(0));
        }
    }

    private static AssertionError failure(Simulation.Run run) {
        Set<String> without = Shrinking.of(run.seed(), Mutation.NONE, run.violation());
        String again = "-Dsimulation.seed=" + run.seed()
                + (without.isEmpty() ? "" : " -Dsimulation.without=" + String.join(",", new TreeSet<>(without)));
        return new AssertionError(
                "run it again with " + again + "\n"
                        + Simulation.run(run.seed(), Mutation.NONE, without, true)
                                .trace(),
                run.violation());
    }
}
