package io.dtx.samples.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A short torture in each build. {@code -Dtorture.faults=500 -Dtorture.seed=7
 * -Dtorture.coordinators=3 -Dtorture.minutes=60 -Dtorture.database=postgresql -Dtest.timeout=24h} make another; what is random
 * is the order of faults and their lengths, not what the operating system makes of them, so a seed does not replay exactly.
 */
class TortureIT {

    private static final int FAULTS = Integer.getInteger("torture.faults", 12);
    private static final Duration MINUTES = Duration.ofMinutes(Integer.getInteger("torture.minutes", 24 * 60));
    private static final long SEED = Long.getLong("torture.seed", System.nanoTime());

    static List<Integer> sizes() {
        return Stream.of(System.getProperty("torture.coordinators", "1,3").split(","))
                .map(Integer::valueOf)
                .toList();
    }

    @ParameterizedTest(name = "{0} coordinator(s)")
    @MethodSource("sizes")
    @DisplayName(
            "I1, I2, I4, I5, I6, I10, I11: every answer is true and nothing is left, whatever is killed or cut off")
    void everyAnswerIsTrueAndNothingIsLeft(int coordinators) throws Exception {
        Path directory = Path.of("target", "torture").toAbsolutePath();
        Files.createDirectories(directory);
        Path run = Files.createTempDirectory(directory, "run");
        System.out.println("torture: seed " + SEED + ", " + FAULTS + " faults, " + coordinators
                + " coordinator(s), logs in " + run);
        try (BankSystem system = new BankSystem(home(), run, coordinators)) {
            Torture torture = new Torture(system, SEED);
            List<String> wrong = torture.run(FAULTS, MINUTES);
            System.out.println(torture.report(SEED, coordinators));
            assertThat(wrong).as("seed " + SEED + ", logs in " + run).isEmpty();
            assertThat(torture.done()).as("transfers that were done").isGreaterThan(3L * torture.faults());
        }
    }

    private static Path home() {
        return Path.of("..").toAbsolutePath().normalize();
    }
}
