package io.dtx.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.protocol.WireProtocol;
import io.dtx.server.coordinator.StateMachine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrainTests {

    private final TestClock clock = new TestClock();
    private final MemoryLog log = new MemoryLog(clock);
    private final TurnedCoordinator turned;

    DrainTests(@TempDir Path directory) {
        turned = new TurnedCoordinator(log, clock, directory, Map.of());
        turned.coordinator().gained();
        turn();
    }

    @Test
    @DisplayName("A clean shutdown drains: what was asked is answered when it is durable, and nothing more is taken")
    void aStopAnswersWhatItHasTaken() {
        RecordedSession client = new RecordedSession();
        join(client);
        log.slow = true;
        turned.coordinator().received(client, 2, new Request.Commit(xid(1)));
        turn();

        CompletableFuture<Void> drained = turned.coordinator().drain();
        turned.coordinator().received(client, 3, new Request.Commit(xid(2)));
        turn();
        assertThat(drained).as("an entry is on its way").isNotDone();
        assertThat(client.answers).containsOnlyKeys(1L);

        log.makeDurable();
        turn();
        assertThat(drained).isDone();
        assertThat(client.answers).containsOnlyKeys(1L, 2L);
        assertThat(client.answers.get(2L)).isInstanceOf(Reply.Decided.class);
        assertThat(log.pendingEntries()).isZero();
        RecordedSession late = new RecordedSession();
        join(late);
        assertThat(late.closedWith).extracting(Reply.Failure::kind).isEqualTo(FailureKind.UNAVAILABLE);
    }

    @Test
    void whoLeadsNotHasNothingToDrain() {
        turned.coordinator().lost("");
        CompletableFuture<Void> drained = turned.coordinator().drain();
        turn();
        assertThat(drained).isDone();
    }

    @Test
    void whoLeadsIsNotForgottenWhenTheEndedTermsBatchFailsAfter() {
        RecordedSession client = new RecordedSession();
        join(client);
        log.slow = true;
        turned.coordinator().received(client, 2, new Request.Commit(xid(1)));
        turn();

        turned.coordinator().lost("n2");
        turn();
        log.failPending(new IOException("not the leader"));
        turn();

        assertThat(turned.coordinator().status()).isEqualTo(Coordinator.Status.NOT_LEADING);
        RecordedSession late = new RecordedSession();
        join(late);
        assertThat(late.closedWith).extracting(Reply.Failure::kind).isEqualTo(FailureKind.NOT_LEADER);
    }

    private void join(RecordedSession client) {
        turned.coordinator().joined(client, 1, new Request.Hello(WireProtocol.VERSION, "app", "i1", Map.of()));
        turn();
    }

    private void turn() {
        for (int i = 0; i < 5; i++) {
            turned.turn();
        }
    }

    private Xid xid(int number) {
        String cluster = turned.coordinator().<String>read(StateMachine::cluster);
        return Xid.mint(cluster, clock.millis(), new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) number});
    }
}
