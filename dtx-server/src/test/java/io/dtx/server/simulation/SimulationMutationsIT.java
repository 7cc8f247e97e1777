package io.dtx.server.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Takes each rule of the protocol out in turn: a simulation that does not notice would prove nothing. */
class SimulationMutationsIT {

    private static final long MOST_SEEDS = Long.getLong("simulation.mutants", 5_000);

    static Stream<Mutation> mutations() {
        return Stream.of(Mutation.values())
                .filter(mutation -> !mutation.invariants().isEmpty());
    }

    @BeforeAll
    static void quiet() {
        SimulationIT.quiet();
    }

    @AfterAll
    static void loud() {
        SimulationIT.loud();
    }

    @ParameterizedTest
    @MethodSource("mutations")
    void aRuleThatIsTakenOutIsMissed(Mutation mutation) {
        for (long seed = 1; seed <= MOST_SEEDS; seed++) {
            Violation violation = Simulation.run(seed, mutation).violation();
            if (violation != null) {
                System.out.println(mutation + ": caught by seed " + seed + ", " + violation.getMessage());
                assertThat(violation.invariant()).isIn(mutation.invariants());
                return;
            }
        }
        throw new AssertionError("the simulation does not notice " + mutation + " in " + MOST_SEEDS + " seeds");
    }
}
