package io.dtx.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Request.RestoreReport.Result;
import io.dtx.server.StablePort;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ServerProcessIT {

    private static final int THREADS = 4;
    private static final int KILLS = 2;

    @TempDir
    Path directory;

    private final AtomicLong rows = new AtomicLong();

    @Test
    @DisplayName("I2, I8: whatever was answered before a kill -9 is so after it, and clients go on by themselves")
    void i2_i8_whatWasAnsweredSurvivesKill9() throws Exception {
        Map<Xid, TransactionStatus> decided = new ConcurrentHashMap<>();
        Map<Xid, Lock> granted = new ConcurrentHashMap<>();
        AtomicBoolean stop = new AtomicBoolean();
        ServerProcess server = ServerProcess.start(directory, StablePort.next()).awaitReady();
        int port = server.port();
        try (CoordinatorClient client = connect(port)) {
            client.attach(new Restorer("r1", Result.RESTORED));
            List<Thread> workers = IntStream.range(0, THREADS)
                    .mapToObj(i -> new Thread(() -> work(client, stop, decided, granted)))
                    .toList();
            workers.forEach(Thread::start);
            for (int kill = 0; kill < KILLS; kill++) {
                int enough = decided.size() + 100;
                Awaitility.await("decisions").atMost(Duration.ofSeconds(60)).until(() -> decided.size() >= enough);
                server.kill();
                server = ServerProcess.start(directory, port).awaitReady();
            }
            int enough = decided.size() + 100;
            Awaitility.await("decisions after the last kill")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> decided.size() >= enough);
            stop.set(true);
            for (Thread worker : workers) {
                worker.join(60_000);
            }

            for (Map.Entry<Xid, TransactionStatus> each : decided.entrySet()) {
                Outcome outcome =
                        client.outcome(each.getKey()).get(60, TimeUnit.SECONDS).orElseThrow();
                assertThat(outcome.status() == TransactionStatus.COMMITTED)
                        .as("%s was answered %s", each.getKey(), each.getValue())
                        .isEqualTo(each.getValue() == TransactionStatus.COMMITTED);
            }
            assertThat(granted).isNotEmpty();
            for (Map.Entry<Xid, Lock> each : granted.entrySet()) {
                // It may have timed out since, but it must be known, and hold its lock as long as it is undecided.
                Outcome outcome =
                        client.outcome(each.getKey()).get(60, TimeUnit.SECONDS).orElseThrow();
                if (outcome.status() == TransactionStatus.ACTIVE) {
                    assertThat(client.checkLocks(null, List.of(each.getValue()), Duration.ZERO))
                            .as("%s was granted", each)
                            .failsWithin(Duration.ofSeconds(60));
                }
            }
        } finally {
            server.kill();
        }
        damagedFilesEndTheStart();
    }

    private void damagedFilesEndTheStart() throws Exception {
        Path segment;
        try (Stream<Path> files = Files.walk(directory)) {
            segment = files.filter(file -> String.valueOf(file.getFileName()).startsWith("log_"))
                    .min(Comparator.naturalOrder())
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(segment);
        byte[] flipped = bytes.clone();
        flipped[60] ^= 1;
        Files.write(segment, flipped);
        endsItsStart("the log's file " + segment + " is damaged");

        Files.write(segment, bytes);
        Path snapshot =
                segment.resolveSibling(Path.of("..", "sm", "snapshot.1_9")).normalize();
        Files.writeString(snapshot, "no snapshot");
        endsItsStart("the snapshot " + snapshot + " is damaged");
    }

    private void endsItsStart(String reason) throws Exception {
        try (ServerProcess server = ServerProcess.start(directory, 0)) {
            assertThat(server.awaitExit()).as("exit code").isNotZero();
            assertThat(server.text()).contains(reason).doesNotContain("\tat ");
        }
    }

    @Test
    @DisplayName(
            "I8, I4: an unfinished rollback goes on after a kill -9, with an application that attaches again by itself")
    void i8_anUnfinishedRollbackGoesOnAfterKill9() throws Exception {
        ServerProcess server = ServerProcess.start(directory, StablePort.next()).awaitReady();
        int port = server.port();
        try (CoordinatorClient client = connect(port)) {
            Restorer agent = new Restorer("r1", Result.FAILED);
            client.attach(agent);
            Xid xid = client.newXid();
            client.register(new BranchId(xid, 1), "r1", List.of(row())).get(60, TimeUnit.SECONDS);
            client.rollBack(xid, new Rollback(RollbackReason.APPLICATION, "", ""))
                    .get(60, TimeUnit.SECONDS);
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> agent.asked.get() > 0);

            server.kill();
            server = ServerProcess.start(directory, port).awaitReady();

            assertThat(server.text()).contains("cluster " + client.cluster() + ", 1 unfinished");
            agent.result = Result.RESTORED;
            Awaitility.await("the restore")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> client.outcome(xid)
                            .get(60, TimeUnit.SECONDS)
                            .filter(outcome -> outcome.status() == TransactionStatus.ROLLED_BACK)
                            .isPresent());
        } finally {
            server.kill();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void byDefaultEveryPortIsOnLoopbackAndTheHealthIsOpen() throws Exception {
        try (ServerProcess server =
                ServerProcess.start(ServerProgram.packed(), directory, 0).awaitReady()) {
            List<String> listening = ListeningSockets.of(server.pid());

            assertThat(listening).hasSize(2).allMatch(ListeningSockets::isLoopback);
            assertThat(server.text()).contains("new cluster", directory.toString());
            assertThat(get(server, "/actuator/health").body()).isEqualTo("{\"status\":\"UP\"}");
            assertThat(get(server, "/transactions").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void aTokenFromTheEnvironmentIsAskedForAndNeverShown() throws Exception {
        try (ServerProcess server =
                ServerProcess.startWithToken("s3cret-token", directory).awaitReady()) {
            ClientSettings wrong = new ClientSettings(
                    "app",
                    List.of("127.0.0.1:" + server.port()),
                    "guessed-token",
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(5));
            try (CoordinatorClient client = CoordinatorClient.start(wrong)) {
                Awaitility.await()
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> server.text().contains("a wrong token"));
                assertThat(client.connected()).isFalse();
            }
            assertThat(server.text()).doesNotContain("s3cret-token", "guessed-token");
        }
    }

    @Test
    void anAddressThatOthersCanReachNeedsAToken() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory, 0, "--dtx.server.address=0.0.0.0")) {
            assertThat(server.awaitExit()).isNotZero();
            assertThat(server.text()).contains("dtx.server.token is not set").doesNotContain("\tat ");
        }
    }

    private void work(
            CoordinatorClient client, AtomicBoolean stop, Map<Xid, TransactionStatus> decided, Map<Xid, Lock> granted) {
        while (!stop.get()) {
            try {
                Xid xid = client.newXid();
                client.begin(xid, "work", Duration.ofMinutes(10));
                Lock lock = row();
                BranchId branch = new BranchId(xid, ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
                client.register(branch, "r1", List.of(lock)).get(60, TimeUnit.SECONDS);
                int what = ThreadLocalRandom.current().nextInt(20);
                if (what == 0) {
                    granted.put(xid, lock);
                } else if (what < 15) {
                    client.reportCommitted(branch);
                    decided.put(
                            xid, client.commit(xid).get(60, TimeUnit.SECONDS).status());
                } else {
                    Rollback rollback = new Rollback(RollbackReason.APPLICATION, "", "");
                    decided.put(
                            xid,
                            client.rollBack(xid, rollback)
                                    .get(60, TimeUnit.SECONDS)
                                    .status());
                }
            } catch (Exception e) {
                // Not answered, so nothing is claimed; there is no coordinator for a moment.
                Thread.onSpinWait();
            }
        }
    }

    private Lock row() {
        LockKey key = LockKey.on("r1", "", "", "account", "")
                .number(String.valueOf(rows.incrementAndGet()))
                .build();
        return new Lock(key, LockMode.EXCLUSIVE);
    }

    private static CoordinatorClient connect(int port) {
        CoordinatorClient client = CoordinatorClient.start(ClientSettings.of("app", "127.0.0.1:" + port));
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(client::connected);
        return client;
    }

    private static HttpResponse<String> get(ServerProcess server, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.httpPort() + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
}
