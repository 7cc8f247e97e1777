package io.dtx.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.protocol.WireProtocol;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.runtime.Coordinator.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client that has seen more of the log proves, and what not (T13). */
class OldCopyTests {

    private static final Map<String, String> THREE = Map.of("n1", "h1:8091", "n2", "h2:8091", "n3", "h3:8091");

    private final TestClock clock = new TestClock();
    private final MemoryLog log = new MemoryLog(clock);
    private final Path directory;
    private final Path mark;
    private TurnedCoordinator turned;

    OldCopyTests(@TempDir Path directory) {
        this.directory = directory;
        mark = directory.resolve("behind");
        turned = coordinator(THREE);
    }

    @Test
    @DisplayName("T13: a leader that has been deposed, and does not know it yet, takes no healthy client for proof")
    void t13_aDeposedLeaderDoesNotTakeItsDataForAnOldCopy() {
        lead();
        log.slow = true;

        RecordedSession client = join(log.appliedIndex() + 5);
        assertThat(client.answers).as("the log has not said yet who leads").isEmpty();
        turned.coordinator().lost("n2");
        log.failPending(new IOException("not the leader"));
        turn();

        assertThat(client.closedWith).extracting(Reply.Failure::kind).isEqualTo(FailureKind.NOT_LEADER);
        assertThat(client.closedWith).extracting(Reply.Failure::leader).isEqualTo("h2:8091");
        assertThat(turned.coordinator().status()).isEqualTo(Status.NOT_LEADING);
        assertThat(mark).doesNotExist();
    }

    @Test
    void nothingIsProvedWhereTheLogDoesNotAnswer() {
        lead();
        log.slow = true;

        RecordedSession client = join(log.appliedIndex() + 5);
        log.failPending(new IOException("a disk that hangs"));
        turn();

        assertThat(client.closedWith).extracting(Reply.Failure::kind).isEqualTo(FailureKind.UNAVAILABLE);
        assertThat(turned.coordinator().status()).isEqualTo(Status.SERVING);
        assertThat(mark).doesNotExist();
    }

    @Test
    @DisplayName("T13: a leader lost and won again meanwhile may have got what was missing")
    void t13_aTermThatEndedMeanwhileProvesNothing() {
        lead();
        log.slow = true;

        RecordedSession client = join(log.appliedIndex() + 5);
        turned.coordinator().lost("");
        turned.coordinator().gained();
        log.makeDurable();
        turn();

        assertThat(client.closedWith).isNotNull();
        log.makeDurable();
        turn();
        assertThat(turned.coordinator().status()).isEqualTo(Status.SERVING);
        assertThat(mark).doesNotExist();
    }

    @Test
    @DisplayName("T13: whoever leads for sure, and lacks what a client has seen, is an old copy")
    void t13_aLeaderThatLacksWhatWasSeenIsAnOldCopy() {
        lead();
        RecordedSession served = join(log.appliedIndex());
        log.slow = true;

        RecordedSession client = join(log.appliedIndex() + 1);
        log.makeDurable();
        turn();

        assertThat(client.closedWith).extracting(Reply.Failure::kind).isEqualTo(FailureKind.BEHIND);
        assertThat(served.closedWith).extracting(Reply.Failure::kind).isEqualTo(FailureKind.BEHIND);
        assertThat(turned.coordinator().status()).isEqualTo(Status.BEHIND);
        assertThat(mark).exists();
    }

    @Test
    void aStreamThatEndsWhileTheLogIsAskedHasProvedItAllTheSame() {
        lead();
        log.slow = true;

        RecordedSession client = join(log.appliedIndex() + 5);
        turned.coordinator().left(client);
        log.makeOneDurable();
        turn();

        assertThat(turned.coordinator().status()).isEqualTo(Status.BEHIND);
    }

    @Test
    @DisplayName("T13: an old copy stays one however long its own log becomes")
    void t13_whatAnOldCopyWritesItselfIsNotWhatItLacks() {
        lead();
        long missing = log.appliedIndex() + 3;
        RecordedSession client = join(missing);
        turn();
        assertThat(client.closedWith).extracting(Reply.Failure::kind).isEqualTo(FailureKind.BEHIND);

        while (log.appliedIndex() <= missing) {
            var unused = log.submit(List.of());
        }
        turned = coordinator(THREE);
        lead();
        assertThat(turned.coordinator().status()).isEqualTo(Status.BEHIND);
        assertThat(mark).exists();
    }

    @Test
    @DisplayName("T13: a node by itself has nobody who brings it")
    void t13_aNodeByItselfKeepsItsMark() throws IOException {
        markBehind(0);
        turned = coordinator(Map.of());
        lead();

        assertThat(turned.coordinator().status()).isEqualTo(Status.BEHIND);
        assertThat(mark).exists();
    }

    @Test
    @DisplayName(
            "T13: the mark of a cluster that another node gave up for a new one says nothing of the new one's data")
    void t13_aMarkOfAClusterThatWasGivenUpGoes() throws IOException {
        lead();
        markBehind(Long.MAX_VALUE / 10, "Cluster1");

        turned = coordinator(Map.of());
        lead();

        assertThat(turned.coordinator().status()).isEqualTo(Status.SERVING);
        assertThat(mark).doesNotExist();
    }

    private void markBehind(long seen) throws IOException {
        markBehind(seen, String.valueOf(turned.coordinator().<String>read(StateMachine::cluster)));
    }

    /** As it is written; of an application with a name that would like to tell the index. */
    private void markBehind(long seen, String cluster) throws IOException {
        Files.writeString(
                mark,
                "client that has seen log index 0 of has seen log index " + seen + " of cluster " + cluster
                        + ", this data ended at 1" + System.lineSeparator());
    }

    private TurnedCoordinator coordinator(Map<String, String> doors) {
        return new TurnedCoordinator(log, clock, directory, doors);
    }

    private void lead() {
        turned.coordinator().gained();
        turn();
    }

    private RecordedSession join(long seen) {
        RecordedSession client = new RecordedSession();
        String cluster = turned.coordinator().<String>read(StateMachine::cluster);
        turned.coordinator()
                .joined(client, 1, new Request.Hello(WireProtocol.VERSION, "app", "i1", Map.of(cluster, seen)));
        turn();
        return client;
    }

    private void turn() {
        for (int i = 0; i < 5; i++) {
            turned.turn();
        }
    }
}
