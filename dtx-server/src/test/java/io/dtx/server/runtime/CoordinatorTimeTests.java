package io.dtx.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.server.coordinator.StateMachine;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoordinatorTimeTests {

    private final TestClock wall = new TestClock();
    private long steady = 5_000;
    private final CoordinatorTime time = new CoordinatorTime(wall, () -> steady);
    private final long begun = wall.millis;

    @Test
    void aStepOfTheMachinesClockIsNotSeenWhileATermLasts() {
        time.begin(0);
        wall.millis += 3_600_000;
        assertThat(time.millis()).isEqualTo(begun);
        wall.millis -= 7_200_000;
        steady += 10;
        assertThat(time.millis()).isEqualTo(begun + 10);
    }

    @Test
    void aTermBeginsWithTheTimeOfTheMachine() {
        wall.millis += 3_600_000;
        time.begin(begun);
        assertThat(time.millis()).isEqualTo(begun + 3_600_000);
    }

    @Test
    void timeGoesOnFromTheLogsLatestTimestampWhereTheMachineIsBehindIt() {
        wall.millis -= 3_600_000;
        time.begin(begun);
        steady += 10;
        assertThat(time.millis()).isEqualTo(begun + 10);
    }

    @Test
    void theFirstEntryOfATermHasNotTheTimeOfAProcessThatStartedWithItsClockAhead(@TempDir Path directory) {
        wall.millis += 8 * 3_600_000;
        CoordinatorTime ofTheStart = new CoordinatorTime(wall, () -> steady);
        MemoryLog log = new MemoryLog(ofTheStart);
        TurnedCoordinator turned = new TurnedCoordinator(
                log, ofTheStart, () -> steady, new Random(1), LeaderSettings.STANDARD, directory, Map.of(), () -> {});
        wall.millis = begun;

        turned.coordinator().gained();
        turned.turn();

        assertThat(log.<Long>read(StateMachine::timestampMillis)).isEqualTo(begun);
    }
}
