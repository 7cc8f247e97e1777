package io.dtx.server.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A seed is worth something only if it gives the same run again. */
class SimulationTests {

    private static final long SEEDS = 12;

    @BeforeAll
    static void quiet() {
        SimulationIT.quiet();
    }

    @AfterAll
    static void loud() {
        SimulationIT.loud();
    }

    /** Prints a number that stands for all traces. */
    public static void main(String[] arguments) {
        quiet();
        System.out.println(LongStream.rangeClosed(1, SEEDS)
                .mapToObj(SimulationTests::trace)
                .toList()
                .hashCode());
    }

    private static String trace(long seed) {
        return Simulation.run(seed, Mutation.NONE, Set.of(), true).trace();
    }

    @Test
    void aSeedGivesTheSameRunAgain() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            assertThat(trace(seed)).isEqualTo(trace(seed)).contains(" starts", "COMMIT");
        }
    }

    @Test
    void aSeedGivesTheSameRunInAnotherProcess() throws IOException {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SimulationTests.class.getName())
                .redirectErrorStream(true)
                .start();
        String printed = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        int here = LongStream.rangeClosed(1, SEEDS)
                .mapToObj(SimulationTests::trace)
                .toList()
                .hashCode();

        assertThat(printed.lines().reduce("", (before, line) -> line)).isEqualTo(Integer.toString(here));
    }

    @Test
    void whatAViolationDoesNotNeedIsLeftOut() {
        long seed = 1;
        Violation violation = null;
        while (violation == null
                || Simulation.run(seed, Mutation.DROPS_WATERMARK).violation() == null) {
            violation = Simulation.run(++seed, Mutation.DROPS_WATERMARK).violation();
        }
        Set<String> without = Shrinking.of(seed, Mutation.DROPS_WATERMARK, violation);

        Simulation.Run shrunk = Simulation.run(seed, Mutation.DROPS_WATERMARK, without, true);

        assertThat(without).isNotEmpty();
        assertThat(shrunk.violation()).isNotNull();
        assertThat(shrunk.violation().invariant()).isEqualTo(violation.invariant());
        assertThat(shrunk.trace()).contains("!!!");
    }
}
