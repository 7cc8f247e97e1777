package io.dtx.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.error.CoordinatorUnavailableException;
import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.AskUnknown;
import io.dtx.protocol.wire.ClientMessage;
import io.dtx.server.runtime.Limits;
import io.dtx.server.runtime.Limits.Limit;
import io.dtx.server.tls.LogLines;
import io.dtx.server.transport.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that mean harm, or are broken, at the port for applications: the others do not notice. */
class DoorTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @Test
    void tenThousandConnectionsThatAreOpenedAndDroppedLeaveNothingBehind() throws Exception {
        try (CoordinatorServer server = start(Limits.STANDARD);
                CoordinatorClient other = connect(server)) {
            other.newXid();
            for (int i = 0; i < 10_000; i++) {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                    if (i % 2 == 0) { // half of them begin to speak
                        socket.getOutputStream().write("PRI * HT".getBytes(StandardCharsets.US_ASCII));
                    }
                    socket.setSoLinger(true, 0); // leaves no port in use behind
                }
                if (i % 1_000 == 0) {
                    commitOne(other);
                }
            }
            commitOne(other);
            Awaitility.await("the end of the others").atMost(PATIENCE).until(() -> server.connections() == 1);
        }
    }

    @Test
    void aConnectionMoreThanTheLimitIsToldSoAndServedWhenThereIsRoomAgain() throws Exception {
        try (CoordinatorServer server = start(new Limits(10, 10, 10, 10, 2));
                RawClient first = new RawClient(server.port(), null);
                CoordinatorClient second = connect(server)) {
            first.hello(Map.of());
            second.newXid();
            try (CoordinatorClient third = connect(server)) {
                assertThatThrownBy(third::newXid)
                        .isInstanceOf(CoordinatorUnavailableException.class)
                        .hasMessageContaining("2 connections are open")
                        .hasMessageContaining("dtx.server.limits.connections");
                commitOne(second);
                assertThat(server.coordinator().limitCounts().refused(Limit.CONNECTIONS))
                        .isPositive();

                first.vanish();

                Awaitility.await("room for the third").atMost(PATIENCE).until(third::connected);
            }
        }
    }

    @Test
    void farMoreConnectionsThanTheLimitAreClosedAtOnceAndTheOthersServed() throws Exception {
        List<Socket> idle = new ArrayList<>();
        try (CoordinatorServer server = start(new Limits(10, 10, 10, 10, 10));
                CoordinatorClient other = connect(server)) {
            other.newXid();
            for (int i = 0; i < 200; i++) {
                idle.add(new Socket(InetAddress.getLoopbackAddress(), server.port()));
            }
            long ended = idle.stream().filter(DoorTests::isEnded).count();

            assertThat(ended).isGreaterThan(100);
            commitOne(other);
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }

    @Test
    void aConnectionThatSaysNothingIsEndedAndItIsSaidWhy() throws Exception {
        Patience none = new Patience(Duration.ofMillis(1), Patience.STANDARD.hello());
        try (LogLines log = new LogLines("io.dtx.server.tls");
                CoordinatorServer server =
                        LocalServer.in(directory.resolve("data")).with(none).start();
                Socket silent = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            silent.setSoTimeout((int) PATIENCE.toMillis());

            while (silent.getInputStream().read() >= 0) {
                // what the port says of itself
            }
            log.await("Refused a client at 127.0.0.1", "said nothing", "for 0.001 s");
        }
    }

    @Test
    void aStreamThatNeverSaysHelloIsEndedWithAReasonOnBothSides() throws Exception {
        Patience none = new Patience(Patience.STANDARD.beginning(), Duration.ofMillis(1));
        try (LogLines log = new LogLines("io.dtx.server.tls");
                CoordinatorServer server =
                        LocalServer.in(directory.resolve("data")).with(none).start();
                RawClient silent = new RawClient(server.port(), null)) {
            Reply.Failure failure = (Reply.Failure) silent.reply();

            assertThat(failure.kind()).isEqualTo(FailureKind.UNAVAILABLE);
            assertThat(failure.message()).contains("no Hello came within 0.001 s");
            assertThat(silent.end().isOk()).isTrue();
            log.await(
                    "Ended the stream of a client at 127.0.0.1 that had not said Hello",
                    "no Hello came within 0.001 s");
        }
    }

    @Test
    void aRequestMoreThanTheLimitIsToldSoAndTheNextIsTaken() throws Exception {
        try (CoordinatorServer server = start(new Limits(10, 10, 100, 3, 10));
                RawClient holder = new RawClient(server.port(), null);
                RawClient waiting = new RawClient(server.port(), null)) {
            String cluster = ((Reply.Welcome) holder.hello(Map.of())).cluster();
            holder.send(2, register(cluster, 0));
            assertThat(holder.reply()).isInstanceOf(Reply.Registered.class);
            waiting.hello(Map.of());
            for (int number = 2; number < 5; number++) {
                waiting.send(number, register(cluster, number));
            }
            waiting.send(5, register(cluster, 5));

            Reply.Failure failure = (Reply.Failure) waiting.reply();
            assertThat(failure.kind()).isEqualTo(FailureKind.LIMIT);
            assertThat(failure.message()).contains("dtx.server.limits.requests-per-connection");
            holder.send(3, register(cluster, 6));
            assertThat(server.coordinator().limitCounts().refused(Limit.REQUESTS_PER_CONNECTION))
                    .isOne();
        }
    }

    @Test
    void aMessageOverTheLimitEndsItsOwnStreamOnlyAndIsCounted() throws Exception {
        try (CoordinatorServer server = start(Limits.STANDARD);
                RawClient large = new RawClient(server.port(), null);
                CoordinatorClient other = connect(server)) {
            large.hello(Map.of());
            large.send(ClientMessage.newBuilder()
                    .setRequest(2)
                    .setAskUnknown(AskUnknown.newBuilder().addXids("x".repeat(WireProtocol.MAX_MESSAGE_BYTES)))
                    .build());

            Reply.Failure failure = (Reply.Failure) large.reply();
            assertThat(failure.kind()).isEqualTo(FailureKind.LIMIT);
            assertThat(failure.message()).contains("4194304 bytes");
            assertThat(large.end().isOk()).isTrue();
            commitOne(other);
            Awaitility.await("the count")
                    .atMost(PATIENCE)
                    .until(() -> server.coordinator().limitCounts().refused(Limit.MESSAGE_SIZE) == 1);
        }
    }

    @Test
    void aClientThatNeverReadsHoldsUpNobodyAndIsEnded() throws Exception {
        try (CoordinatorServer server = start(Limits.STANDARD);
                LogLines log = new LogLines("io.dtx.server.tls");
                DeafClient deaf = new DeafClient(server.port());
                CoordinatorClient other = connect(server)) {
            // Each answer is as long as its question: which of these are committed.
            List<Xid> xids = Collections.nCopies(2_000, commitOne(other));
            deaf.hello();
            for (int asked = 1; asked < 1_000 && log.lines().isEmpty(); asked++) {
                deaf.ask(asked + 1, xids);
                if (asked % 100 == 0) {
                    commitOne(other);
                }
            }

            log.await("Ended the stream of deaf", "does not read what is sent to it");
            assertThat(server.coordinator().limitCounts().refused(Limit.UNREAD_REPLIES))
                    .isOne();
            assertThat(server.unreadBytes()).isZero();
            commitOne(other);
        }
    }

    @Test
    void oneThatRegistersAndVanishesIsRolledBackByItsTimeoutAndHoldsUpOnlyItsOwnRow() throws Exception {
        try (CoordinatorServer server = start(Limits.STANDARD);
                RawClient vanishing = new RawClient(server.port(), null);
                CoordinatorClient other = connect(server)) {
            String cluster = ((Reply.Welcome) vanishing.hello(Map.of())).cluster();
            Request.RegisterBranch registration = register(cluster, 0);
            vanishing.send(0, new Request.Begin(registration.branch().xid(), "vanishing", Duration.ofMillis(500)));
            vanishing.send(2, registration);
            assertThat(vanishing.reply()).isInstanceOf(Reply.Registered.class);
            vanishing.vanish();

            commitOne(other);
            Awaitility.await("its rollback")
                    .atMost(PATIENCE)
                    .until(() -> other.outcome(registration.branch().xid())
                            .get(10, TimeUnit.SECONDS)
                            .isPresent());
        }
    }

    private static Xid commitOne(CoordinatorClient client) throws Exception {
        Xid xid = client.newXid();
        BranchId branch = new BranchId(xid, System.nanoTime());
        client.register(branch, "r1", List.of(lock(xid.toString()))).get(30, TimeUnit.SECONDS);
        client.reportCommitted(branch);
        assertThat(client.commit(xid).get(30, TimeUnit.SECONDS).status()).isEqualTo(TransactionStatus.COMMITTED);
        return xid;
    }

    private static Request.RegisterBranch register(String cluster, long number) {
        return new Request.RegisterBranch(
                new BranchId(xid(cluster, System.currentTimeMillis()), number + 1),
                "r1",
                List.of(),
                List.of(lock("the same")),
                Duration.ofMinutes(5));
    }

    private static Xid xid(String cluster, long millis) {
        byte[] unique = new byte[10];
        ThreadLocalRandom.current().nextBytes(unique);
        return Xid.mint(cluster, millis, unique);
    }

    private static Lock lock(String id) {
        return new Lock(LockKey.on("r1", "", "s", "t", "").text(id).build(), LockMode.EXCLUSIVE);
    }

    private static boolean isEnded(Socket socket) {
        try {
            socket.setSoTimeout(50);
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    private static CoordinatorClient connect(CoordinatorServer server) {
        return CoordinatorClient.start(ClientSettings.of("app", "127.0.0.1:" + server.port()));
    }

    private CoordinatorServer start(Limits limits) {
        return LocalServer.in(directory.resolve("data")).with(limits).start();
    }
}
