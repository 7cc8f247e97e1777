package io.dtx.server.log;

import static io.dtx.server.log.Commands.commit;
import static io.dtx.server.log.Commands.createCluster;
import static io.dtx.server.log.Commands.register;
import static io.dtx.server.log.Commands.rollBack;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.server.coordinator.Snapshot;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.LogSettings.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes of one log, in this process. */
class LogClusterIT {

    private static final int EVERY = 50;
    private static final String KEY = "a key that can be found";

    @TempDir
    private Path directory;

    @Test
    @DisplayName(
            "I2, I8: what one node answered, the next leader knows; a follower that was away catches up by snapshot")
    void i2_i8_aNodeThatWasAwayCatchesUpBySnapshot() throws Exception {
        try (LogCluster cluster = new LogCluster(directory, 3, EVERY).startAll()) {
            cluster.submit(createCluster());
            cluster.submit(register(1, 1, "a"), commit(1, 1), register(2, 1, "b"), rollBack(2));
            cluster.awaitAgreement();

            String away = cluster.follower();
            cluster.stop(away);
            for (int i = 10; i < 10 + 6 * EVERY; i++) {
                cluster.submit(register(i, 1, "x".repeat(500) + i), commit(i, 1));
            }
            LogCluster.soon("the log before the snapshot is gone")
                    .until(() -> firstSegments(cluster.leader()).isEmpty());
            cluster.start(away);
            cluster.awaitAgreement();
            assertThat(firstSegments(away)).as("it did not get each entry").isEmpty();

            String first = cluster.leader();
            Snapshot before = cluster.leaderLog().read(StateMachine::snapshot);
            cluster.stop(first);
            assertThat(cluster.leader()).isNotEqualTo(first);
            assertThat(cluster.leaderLog().read(StateMachine::snapshot)).isEqualTo(before);
            cluster.submit(register(5_000, 1, "after"));
            cluster.start(first);
            cluster.awaitAgreement();

            cluster.stop(away); // and what came by snapshot is there after a start of one's own
            cluster.start(away);
            cluster.awaitAgreement();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @DisplayName(
            "an entry that all have, and whose confirmations were lost with their connections, is confirmed all the same")
    void anEntryWhoseConfirmationsAreLostIsConfirmed() throws Exception {
        List<Relay> followers = new ArrayList<>();
        List<Relay> relays = new ArrayList<>();
        try (LogCluster cluster = new LogCluster(directory, 3, EVERY, "127.78.0.i")) {
            for (Peer peer : cluster.peers) {
                relays.add(new Relay(peer.host(), peer.port()));
            }
            cluster.startAll();
            cluster.submit(createCluster());
            cluster.awaitAgreement();
            String leader = cluster.leader();
            for (int i = 0; i < relays.size(); i++) {
                if (!cluster.peers.get(i).id().equals(leader)) {
                    followers.add(relays.get(i));
                }
            }

            followers.forEach(Relay::holdAnswers);
            CompletableFuture<List<Applied>> answer = cluster.leaderLog().submit(List.of(register(1, 1, KEY)));
            LogCluster.soon("the entry in all logs")
                    .until(() -> cluster.running.keySet().stream().allMatch(this::hasWritten));
            assertThat(answer).isNotDone();
            followers.forEach(Relay::loseAnswers);

            assertThat(answer).succeedsWithin(LogCluster.PATIENCE);
            cluster.awaitAgreement();
        } finally {
            for (Relay relay : relays) {
                relay.close();
            }
        }
    }

    private boolean hasWritten(String id) {
        try {
            return new String(Files.readAllBytes(newest(id, "log_")), StandardCharsets.ISO_8859_1).contains(KEY);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aMinorityTakesNoCommand() throws Exception {
        try (LogCluster cluster = new LogCluster(directory, 3, EVERY).startAll()) {
            cluster.submit(createCluster());
            String left = cluster.leader();
            ReplicatedLog log = cluster.leaderLog();
            List<String> others = cluster.running.keySet().stream()
                    .filter(id -> !id.equals(left))
                    .toList();
            LogCluster.soon("news of the others").until(log::othersCanLead);
            assertThat(others)
                    .noneMatch(id ->
                            Objects.requireNonNull(cluster.running.get(id)).othersCanLead());

            cluster.stop(others.get(0));
            LogCluster.soon("that two are too few without this one").until(() -> !log.othersCanLead());
            cluster.submit(register(2, 1, "b"));
            cluster.stop(others.get(1));

            CompletableFuture<List<Applied>> never = log.submit(List.of(register(1, 1, "a")));
            assertThatThrownBy(() -> Node.await(never)).hasCauseInstanceOf(NotLeaderException.class);
            LogCluster.soon("the end of its leadership").until(() -> !log.leading());
            assertThat(log.<Boolean>read(
                            state -> state.transaction(Commands.xid(1)).isPresent()))
                    .isFalse();
        }
    }

    @Test
    @DisplayName(
            "I2: a node with a damaged log says so, and counts again only once it was emptied and brought up to date")
    void i2_aDamagedNodeJoinsAnew() throws Exception {
        try (LogCluster cluster = new LogCluster(directory, 3, EVERY).startAll()) {
            cluster.submit(createCluster());
            String lost = cluster.follower();
            cluster.stop(lost);
            for (int i = 1; i <= 3 * EVERY; i++) {
                cluster.submit(register(i, 1, "row" + i));
            }
            flipAByteOf(newest(lost, "log_"));
            assertRefused(cluster.settings(lost), "is damaged", "empty this node's data directory");
            empty(cluster.directoryOf(lost));

            // It and a node without what was answered since would be a majority, if it counted.
            String other = cluster.follower();
            cluster.stop(other);
            CompletableFuture<ReplicatedLog> starting = cluster.starting(lost);
            assertThat(starting).isNotDone();
            cluster.start(other);
            cluster.running.put(lost, Node.await(starting));
            cluster.awaitAgreement();

            cluster.stop(other);
            cluster.submit(register(1_000, 1, "with the node that came back"));
            cluster.start(other);
            cluster.awaitAgreement();
        }
    }

    /** Nobody else would lead while the leader is there. */
    private static void assertThatTheLeaderHandsOver(LogCluster cluster) {
        String before = cluster.leader();
        cluster.leaderLog().handOver();
        LogCluster.soon("another leader")
                .until(() -> cluster.running.entrySet().stream()
                        .anyMatch(node ->
                                !node.getKey().equals(before) && node.getValue().leading()));
        cluster.submit(register(1, 1, "under the next leader"));
    }

    @Test
    void theFirstStartWaitsForAllNodesAndOneOfThemBeginsAndALeaderMayHandOver() throws Exception {
        try (LogCluster cluster = new LogCluster(directory, 3, EVERY)) {
            CompletableFuture<ReplicatedLog> first = cluster.starting("n2");
            CompletableFuture<ReplicatedLog> second = cluster.starting("n1");
            assertThatThrownBy(() -> first.get(2, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
            assertThat(second).isNotDone();
            assertThat(cluster.directoryOf("n1").resolve(Member.FILE)).doesNotExist();
            cluster.start("n3");
            cluster.running.put("n2", Node.await(first));
            cluster.running.put("n1", Node.await(second));
            cluster.submit(createCluster());
            cluster.awaitAgreement();

            assertThatTheLeaderHandsOver(cluster);
        }
    }

    @Test
    void aFirstNodeThatDiedWhileItBeganTheLogGoesOnWithIt() throws Exception {
        try (LogCluster cluster = new LogCluster(directory, 3, EVERY)) {
            LogSettings first = cluster.settings("n1");
            Member founding = Member.founding(first, new SecureRandom());
            try (DataDirectory data = DataDirectory.open(first.directory())) {
                founding.write(data.path());
                RaftServer server = RaftServer.newBuilder()
                        .setServerId(RaftPeerId.valueOf("n1"))
                        .setStateMachine(new LogStateMachine(new LeadershipGuard(new Node.Heard(), 2), first))
                        .setProperties(RaftSetup.properties(first, data.raft()))
                        .setGroup(RaftGroup.valueOf(
                                RaftGroupId.valueOf(founding.group()), RaftSetup.peers(List.of(first.self()))))
                        .build();
                server.start();
                ServerClosing.close(server);
            }
            assertThat(first.directory()
                            .resolve("raft")
                            .resolve(founding.group().toString()))
                    .isNotEmptyDirectory();

            cluster.startAll();
            cluster.submit(createCluster());
            cluster.awaitAgreement();
            assertThat(Member.read(first.directory())).isEqualTo(founding.founded());
        }
    }

    @Test
    void aNodeWithOtherPeersOrAnotherIdOrAnotherClustersDataSaysSoAndStops() throws Exception {
        try (LogCluster cluster = new LogCluster(directory, 3, EVERY).startAll()) {
            cluster.submit(createCluster());
            cluster.stop("n3");

            List<Peer> others = new ArrayList<>(cluster.peers.subList(0, 2));
            others.add(new Peer("n3", "127.0.0.1", cluster.peers.get(2).port(), "127.0.0.1:999"));
            assertRefused(
                    new LogSettings(cluster.directoryOf("n3"), "n3", others, null, EVERY, 1 << 16),
                    "n3=127.0.0.1:999/",
                    "dtx.server.peers");
            assertRefused(
                    new LogSettings(directory.resolve("empty"), "n3", others, null, EVERY, 1 << 16),
                    "belongs to a cluster with other peers",
                    "dtx.server.peers");
            assertRefused(
                    new LogSettings(cluster.directoryOf("n3"), "n2", cluster.peers, null, EVERY, 1 << 16),
                    "that of node n3",
                    "dtx.server.id");
            assertRefused(LogSettings.alone(cluster.directoryOf("n3")), "that of node n3", "dtx.server.peers");

            try (Node alone = Node.open(directory.resolve("alone"))) {
                assertThat(alone.log.leading()).isTrue();
            }
            assertRefused(
                    new LogSettings(directory.resolve("alone"), "n3", cluster.peers, null, EVERY, 1 << 16),
                    "a node by itself");

            // The same peers began once more with empty directories; one comes with what it had before.
            cluster.stop("n1");
            cluster.stop("n2");
            Files.move(cluster.directoryOf("n3"), directory.resolve("former"));
            empty(cluster.directoryOf("n1"));
            empty(cluster.directoryOf("n2"));
            cluster.startAll();
            cluster.submit(createCluster());
            cluster.stop("n3");
            assertRefused(
                    new LogSettings(directory.resolve("former"), "n3", cluster.peers, null, EVERY, 1 << 16),
                    "that of another cluster");
            cluster.start("n3");
            cluster.awaitAgreement();
        }
    }

    private static void assertRefused(LogSettings settings, String... parts) {
        assertThatThrownBy(() -> ReplicatedLog.open(settings, InstantSource.system(), new Node.Heard())
                        .close())
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(parts);
    }

    private List<Path> firstSegments(String id) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve(id))) {
            return files.filter(file -> String.valueOf(file.getFileName()).startsWith("log_0-")
                            || String.valueOf(file.getFileName()).equals("log_inprogress_0"))
                    .toList();
        }
    }

    private Path newest(String id, String prefix) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve(id))) {
            return files.filter(file -> String.valueOf(file.getFileName()).startsWith(prefix))
                    .max(Comparator.comparing(file -> file.toFile().lastModified()))
                    .orElseThrow();
        }
    }

    private static void flipAByteOf(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[60] ^= 1;
        Files.write(file, bytes);
    }

    private static void empty(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
