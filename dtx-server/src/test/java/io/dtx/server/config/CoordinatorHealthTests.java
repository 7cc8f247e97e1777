package io.dtx.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.Xid;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.Applied;
import io.dtx.server.runtime.CommandLog;
import io.dtx.server.runtime.CoordinatorTime;
import io.dtx.server.runtime.LeaderSettings;
import io.dtx.server.runtime.TurnedCoordinator;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

class CoordinatorHealthTests {

    @Test
    void aLeaderWhoseThreadDoesNotGoOnIsOutOfService() throws InterruptedException {
        TurnedCoordinator turned = leading(new Log());
        assertThat(turned.coordinator().healthy()).isTrue();

        for (int i = 0; i < 11; i++) {
            turned.look();
        }

        assertThat(turned.coordinator().healthy()).as("it leads").isTrue();
        Health health = new CoordinatorHealth(turned.coordinator(), "n1").health();
        assertThat(health.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
        assertThat(String.valueOf(health.getDetails().get("standstill"))).contains("has not gone on for 10 s");
    }

    @Test
    void agesCountByTheTimeOfTheCoordinatorWhateverTheMachinesClockShows() {
        long hour = 3_600_000;
        Log log = new Log();
        log.millis = System.currentTimeMillis() + hour;
        TurnedCoordinator turned = leading(log);
        String cluster = Objects.requireNonNull(turned.coordinator().read(StateMachine::cluster));
        Xid xid = Xid.mint(cluster, log.millis, new byte[10]);
        var unused = log.submit(List.of(new Command.Begin(xid, "transfer", "app", 60_000)));

        log.millis += 600_000;
        var unusedLater = log.submit(List.of(new Command.AskUnknown(List.of())));

        Health health = new CoordinatorHealth(turned.coordinator(), "").health();
        assertThat(health.getDetails()).containsEntry("oldestUnfinishedSeconds", 600L);
    }

    private static TurnedCoordinator leading(Log log) {
        TurnedCoordinator turned = new TurnedCoordinator(
                log,
                new CoordinatorTime(InstantSource.system(), () -> 0),
                () -> 0,
                new Random(1),
                LeaderSettings.STANDARD,
                why -> {},
                Map.of(),
                () -> {});
        turned.coordinator().gained();
        turned.turn();
        turned.turn();
        return turned;
    }

    private static final class Log implements CommandLog {
        private final StateMachine state = new StateMachine();
        private long millis = 1;

        @Override
        public CompletableFuture<List<Applied>> submit(List<Command> batch) {
            List<Applied> results = new ArrayList<>();
            batch.forEach(command -> results.add(new Applied(state.apply(command, millis), 1)));
            return CompletableFuture.completedFuture(results);
        }

        @Override
        public <T> T read(Function<StateMachine, T> question) {
            return question.apply(state);
        }

        @Override
        public boolean othersCanLead() {
            return false;
        }

        @Override
        public boolean allOnDisk() {
            return true;
        }

        @Override
        public long appliedIndex() {
            return 1;
        }
    }
}
