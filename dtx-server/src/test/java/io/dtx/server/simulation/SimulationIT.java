package io.dtx.server.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SimulationIT {

    private static final Logger RUNTIME = (Logger) LoggerFactory.getLogger("io.dtx.server.runtime");

    @BeforeAll
    static void quiet() {
        RUNTIME.setLevel(Level.OFF);
    }

    @AfterAll
    static void loud() {
        RUNTIME.setLevel(null);
    }

    @Test
    void everyInvariantHoldsAtEveryStep() {
        Long one = Long.getLong("simulation.seed");
        if (one != null) {
            Mutation mutation = Mutation.valueOf(System.getProperty("simulation.mutation", "NONE"));
            Simulation.Run run = Simulation.run(one, mutation, true);
            System.out.println(run.trace());
            assertThat(run.violation()).isNull();
            return;
        }
        long from = Long.getLong("simulation.from", 1);
        long seeds = Long.getLong("simulation.seeds", 10_000);
        long steps = 0;
        for (long seed = from; seed < from + seeds; seed++) {
            Simulation.Run run = Simulation.run(seed, Mutation.NONE, false);
            steps += run.steps();
            if (run.violation() != null) {
                throw new AssertionError(
                        "seed " + seed + "\n"
                                + Simulation.run(seed, Mutation.NONE, true).trace(),
                        run.violation());
            }
        }
        System.out.println(seeds + " seeds, " + steps + " steps");
    }
}
