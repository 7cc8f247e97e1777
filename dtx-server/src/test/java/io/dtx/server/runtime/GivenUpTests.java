package io.dtx.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.model.BranchId;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.runtime.Coordinator.Status;
import io.dtx.server.tls.LogLines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is written down of a cluster before it is given up (T13, I6). */
@Timeout(60)
class GivenUpTests {

    private static final String OLD = "Cluster1";
    private static final Rollback ROLLBACK = new Rollback(RollbackReason.APPLICATION, "app", "");

    private final TestClock clock = new TestClock();
    private final Path directory;
    private final GivenUp givenUp;
    private final StateMachine state = new StateMachine();
    private byte minted;

    GivenUpTests(@TempDir Path directory) {
        this.directory = directory;
        this.givenUp = new GivenUp(directory);
        apply(new Command.CreateCluster(OLD, null));
    }

    @Test
    void everyTransactionIsThereWithHowFarItWas() throws IOException {
        Xid forgotten = xid();
        apply(new Command.Commit(forgotten, 0));
        clock.millis += 1_000;
        apply(new Command.ForgetOutcomes(clock.millis));
        Xid committed = xid();
        Xid active = xid();
        Xid rolling = xid();
        Xid rolledBack = xid();
        Xid skipped = xid();
        apply(new Command.Commit(committed, 0));
        Instant then = Instant.ofEpochMilli(clock.millis);
        register(active);
        register(rolling);
        register(skipped);
        apply(new Command.RollBack(rolling, ROLLBACK));
        apply(new Command.RollBack(rolledBack, ROLLBACK));
        apply(new Command.RollBack(skipped, ROLLBACK));
        apply(new Command.SkipBranch(new BranchId(skipped, 1), "anna", "ticket 4711", true));
        clock.millis += 1_000;

        Path file = givenUp.write(state.snapshot());

        assertThat(file).isEqualTo(directory.resolve("given-up-" + OLD + ".txt"));
        assertThat(Files.readAllLines(file))
                .startsWith("dtx-given-up 1")
                .filteredOn(line -> !line.startsWith("#"))
                .containsExactly(
                        "dtx-given-up 1",
                        "cluster " + OLD,
                        "forgotten " + Instant.ofEpochMilli(forgotten.epochMillis()),
                        active + " ACTIVE " + then,
                        rolling + " ROLLING_BACK " + then,
                        rolledBack + " ROLLED_BACK " + then,
                        skipped + " FORCED " + then,
                        committed + " COMMITTED " + then);
    }

    @Test
    @DisplayName("T13: what is forgotten in an old copy proves nothing, and is not named")
    void t13_anOldCopyDoesNotSayWhatItHasForgotten() throws IOException {
        apply(new Command.Commit(xid(), 0));
        clock.millis += 1_000;
        apply(new Command.ForgetOutcomes(clock.millis));
        apply(new Command.AskUnknown(List.of(xid())));

        assertThat(Files.readString(givenUp.write(state.snapshot()))).doesNotContain("\nforgotten ");
    }

    @Test
    void aFileThatIsThereIsNeverWrittenTo() throws IOException {
        Path first = givenUp.write(state.snapshot());
        String before = Files.readString(first);
        assertThat(givenUp.write(state.snapshot()))
                .as("a start that was broken off")
                .isEqualTo(first);
        Xid xid = xid();
        apply(new Command.Commit(xid, 0));
        Path second = givenUp.write(state.snapshot());

        assertThat(first).hasContent(before);
        assertThat(second).isEqualTo(directory.resolve("given-up-" + OLD + "-2.txt"));
        assertThat(second).content().contains(xid.toString());
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactlyInAnyOrder(first, second);
        }
    }

    @Test
    void whatCanNotBeWrittenIsAnErrorAndNoFile() {
        Path missing = directory.resolve("missing");
        assertThatThrownBy(() -> new GivenUp(missing).write(state.snapshot()))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(missing.toString());
    }

    @Test
    @DisplayName("T13, I6: a cluster is given up only once it is written down what is known of it")
    void t13_nothingIsGivenUpThatIsNotWrittenDown() throws IOException {
        MemoryLog log = ofTheOldCluster();
        Path missing = directory.resolve("missing");
        TurnedCoordinator turned = new TurnedCoordinator(log, clock, directory, Map.of(), new GivenUp(missing));
        try (LogLines lines = new LogLines("io.dtx.server.runtime")) {
            turned.coordinator().gained();
            while (lines.lines().stream().noneMatch(line -> line.contains("Cluster " + OLD + " is not given up yet"))) {
                turned.turn();
            }
            assertThat(log.<String>read(StateMachine::cluster)).isEqualTo(OLD);
            assertThat(turned.coordinator().status()).isEqualTo(Status.STARTING);
        }
        Files.createDirectory(missing);
        clock.millis += 10_000;
        serve(turned);

        assertThat(log.<String>read(StateMachine::cluster)).isNotEqualTo(OLD);
        assertThat(missing.resolve("given-up-" + OLD + ".txt")).exists();
    }

    @Test
    @DisplayName("T13, I1: what is done in the new cluster is not given up in a later term")
    void t13_anOrderIsCarriedOutOnce() {
        MemoryLog log = ofTheOldCluster();
        TurnedCoordinator turned = new TurnedCoordinator(log, clock, directory, Map.of(), givenUp);
        turned.coordinator().gained();
        serve(turned);
        String cluster = log.read(StateMachine::cluster);
        assertThat(cluster).isNotEqualTo(OLD);

        turned.coordinator().lost("");
        turned.coordinator().gained();
        serve(turned);

        assertThat(log.<String>read(StateMachine::cluster)).isEqualTo(cluster);
    }

    @Test
    @DisplayName("T13, I1: who has followed another node gives up nothing of what was done since")
    void t13_anOrderEndsWhereAnotherNodeLeads() {
        MemoryLog log = ofTheOldCluster();
        TurnedCoordinator turned = new TurnedCoordinator(log, clock, directory, Map.of("n2", "h2:8091"), givenUp);

        turned.coordinator().lost("n2");
        turned.coordinator().gained();
        serve(turned);

        assertThat(log.<String>read(StateMachine::cluster)).isEqualTo(OLD);
    }

    @Test
    @DisplayName("T13, I6: what another node did since it was written down is written down, too")
    void t13_whatIsWrittenDownIsOfTheTermThatGivesUp() {
        MemoryLog log = ofTheOldCluster();
        TurnedCoordinator turned = new TurnedCoordinator(log, clock, directory, Map.of(), givenUp);
        turned.coordinator().gained();
        turned.coordinator().lost("");
        turned.turn();
        while (Files.notExists(directory.resolve("given-up-" + OLD + ".txt"))) {
            Thread.onSpinWait();
        }
        Xid since = xid();
        var unused = log.submit(List.of(new Command.Commit(since, 0)));

        turned.coordinator().gained();
        serve(turned);

        assertThat(log.<String>read(StateMachine::cluster)).isNotEqualTo(OLD);
        assertThat(directory.resolve("given-up-" + OLD + "-2.txt")).content().contains(since.toString());
    }

    private MemoryLog ofTheOldCluster() {
        MemoryLog log = new MemoryLog(clock);
        var unused = log.submit(List.of(new Command.CreateCluster(OLD, null)));
        return log;
    }

    /** Writing down is another thread's. */
    private static void serve(TurnedCoordinator turned) {
        do {
            turned.turn();
        } while (turned.coordinator().status() != Status.SERVING);
    }

    private Xid xid() {
        byte[] random = new byte[10];
        random[9] = minted++;
        return Xid.mint(OLD, clock.millis, random);
    }

    private void register(Xid xid) {
        apply(new Command.RegisterBranch(new BranchId(xid, 1), "r1", "app", List.of(), List.of()));
    }

    private void apply(Command command) {
        state.apply(command, clock.millis);
    }
}
