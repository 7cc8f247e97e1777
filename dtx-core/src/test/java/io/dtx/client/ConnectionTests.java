package io.dtx.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.error.CoordinatorUnavailableException;
import io.dtx.error.InDoubtException;
import io.dtx.error.UsageException;
import io.dtx.model.Outcome;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.ServerMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConnectionTests {

    private final FakeCoordinator coordinator = new FakeCoordinator();
    private @Nullable CoordinatorClient started;

    @AfterEach
    void close() {
        if (started != null) {
            started.close();
        }
        coordinator.close();
    }

    @Test
    void anXidCanBeMintedAsSoonAsTheClientIsStarted() {
        Xid xid = client().newXid();
        assertThat(xid.cluster()).isEqualTo("Cluster1");
        assertThat(client().cluster()).isEqualTo("Cluster1");
        assertThat(client().connected()).isTrue();
        assertThat(client().newXid()).isNotEqualTo(xid);
    }

    @Test
    void anXidCarriesTheCoordinatorsTimeNotOurs() {
        coordinator.greet(FakeCoordinator.welcome("Cluster1", Instant.now().plus(Duration.ofHours(3))));
        long minted = client().newXid().epochMillis();
        assertThat(Instant.ofEpochMilli(minted))
                .isBetween(
                        Instant.now().plus(Duration.ofMinutes(179)),
                        Instant.now().plus(Duration.ofMinutes(181)));
    }

    @Test
    void anAbsentCoordinatorIsLoggedOnceAndItsComingOnce() throws Exception {
        coordinator.stop();
        int port;
        try (LogCapture log = new LogCapture(Link.class)) {
            try (Refusing refusing = new Refusing()) {
                port = refusing.port();
                started = CoordinatorClient.start(ClientSettings.of("app", "localhost:" + port));
                refusing.awaitAttempts(4);
                assertThat(started.connected()).isFalse();
                assertThat(log.lines())
                        .singleElement()
                        .satisfies(line -> assertThat(line)
                                .startsWith("WARN")
                                .contains("localhost:" + port)
                                .contains("can not be reached")
                                .contains("dtx.coordinator.addresses"));
            }
            try (FakeCoordinator late = new FakeCoordinator(port)) {
                log.await("Connected to the coordinator at localhost:" + port + ", cluster Cluster1");
                assertThat(log.lines()).hasSize(2);
                assertThat(started.newXid().cluster()).isEqualTo("Cluster1");
                assertThat(late.connections()).isEqualTo(1);
            }
        }
    }

    @Test
    void aTransactionFailsAtItsBeginNamingAddressAndRemedyWhereNoCoordinatorIsReached() {
        String address = coordinator.address();
        coordinator.stop();
        CoordinatorClient client = client(ClientSettings.of("app", address));
        assertThatThrownBy(client::newXid)
                .isInstanceOf(CoordinatorUnavailableException.class)
                .hasMessageContaining(address)
                .hasMessageContaining("start the coordinator")
                .hasMessageContaining("dtx.coordinator.addresses");
        assertThat(client.cluster()).isNull();
    }

    @Test
    void aWrongTokenIsLoggedOnceAndTheErrorSaysWhichPropertyToSet() throws Exception {
        coordinator.require("right");
        try (LogCapture log = new LogCapture(Link.class)) {
            CoordinatorClient client = client(new ClientSettings(
                    "app", List.of(coordinator.address()), "s3cret", Duration.ZERO, Duration.ofSeconds(20)));
            assertThatThrownBy(client::newXid)
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining(coordinator.address())
                    .hasMessageContaining("dtx.coordinator.token")
                    .hasMessageNotContaining("s3cret");
            assertThat(log.await("refuses this application's token"))
                    .contains("dtx.coordinator.token")
                    .doesNotContain("s3cret");
            assertThat(log.lines()).hasSize(1);
        }
    }

    @Test
    void aStreamThatIsEndedBeforeItsHelloWasAnsweredIsLoggedOnceWithTheReason() throws Exception {
        coordinator.refuse(new Reply.Failure(FailureKind.UNAVAILABLE, "no Hello came within 10 s"));
        try (LogCapture log = new LogCapture(Link.class)) {
            CoordinatorClient client = client();
            assertThatThrownBy(client::newXid)
                    .isInstanceOf(CoordinatorUnavailableException.class)
                    .hasMessageContaining("no Hello came within 10 s");
            assertThat(log.await("is not serving now")).contains(coordinator.address(), "no Hello came within 10 s");
            assertThat(log.lines()).hasSize(1);
        }
    }

    @Test
    void anAttemptThatThrowsIsLoggedAndTheNextOnesAreMade() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        SSLContext context = SSLContext.getDefault();
        try (LogCapture log = new LogCapture(Link.class)) {
            CoordinatorClient client = client(coordinator.settings().withTls(() -> {
                // As a bundle does whose files are being renewed; and whatever else.
                switch (asked.incrementAndGet()) {
                    case 1 -> throw new IllegalStateException("the key is half written");
                    case 2 -> throw new AssertionError("the key is half written");
                    default -> {
                        return Tls.of(context);
                    }
                }
            }));
            assertThat(log.await("the key is half written")).contains(coordinator.address(), "goes on");
            // The fake speaks plain text: that this is known shows that an attempt has reached it.
            log.await("does not speak TLS");
            assertThat(log.lines()).hasSize(2);
            assertThat(client.connected()).isFalse();
        }
    }

    @Test
    void aMissingTokenIsRefusedLikewiseAndTheRightOneServed() {
        coordinator.require("right");
        assertThatThrownBy(client()::newXid)
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("dtx.coordinator.token");
        try (CoordinatorClient right = CoordinatorClient.start(new ClientSettings(
                "app", List.of(coordinator.address()), "right", Duration.ZERO, Duration.ofSeconds(20)))) {
            assertThat(right.newXid().cluster()).isEqualTo("Cluster1");
        }
    }

    @Test
    void aCoordinatorThatComesBackIsFoundAndToldWhatWasSeenOfItsLog() {
        CoordinatorClient client = client();
        Xid xid = client.newXid();
        assertThat(hello().seen()).isEmpty();
        CompletableFuture<Outcome> commit = client.commit(xid);
        coordinator.reply(coordinator.take(Request.Commit.class), committed(xid), 41);
        assertThat(commit.join().status()).isEqualTo(TransactionStatus.COMMITTED);
        coordinator.stop();
        coordinator.startAgain();
        assertThat(hello().seen()).isEqualTo(Map.of("Cluster1", 41L));
    }

    @Test
    @DisplayName("T13: who was welcomed has seen the log, of that cluster, even if nothing else was answered")
    void t13_whatTheWelcomeSaysOfTheLogIsRememberedForItsCluster() {
        coordinator.greet(FakeCoordinator.welcome("Cluster1", Instant.now()), 41);
        // An Attach comes from whoever has taken the welcome.
        client().attach(new FakeAgent("r1"));
        coordinator.take(Request.Attach.class);
        coordinator.greet(FakeCoordinator.welcome("Cluster2", Instant.now()), 7);
        coordinator.drop();
        assertThat(hello().seen()).isEqualTo(Map.of("Cluster1", 41L));
        coordinator.take(Request.Attach.class);
        coordinator.drop();
        assertThat(hello().seen()).isEqualTo(Map.of("Cluster1", 41L, "Cluster2", 7L));
    }

    @Test
    void aResourceIsAttachedAgainOnEveryStreamUntilItIsDetached() {
        CoordinatorClient client = client();
        client.attach(new FakeAgent("r1"));
        assertThat(coordinator.take(Request.Attach.class).request()).isEqualTo(new Request.Attach("r1", "label of r1"));
        coordinator.drop();
        assertThat(coordinator.take(Request.Attach.class).request()).isEqualTo(new Request.Attach("r1", "label of r1"));
        client.detach("r1");
        coordinator.take(Request.Detach.class);
        coordinator.drop();
        coordinator.answer(request -> new Reply.LocksFree());
        CompletableFuture<Void> free = client.checkLocks(null, List.of());
        assertThat(coordinator.takeUntil(Request.CheckLocks.class))
                .noneMatch(received -> received.request() instanceof Request.Attach);
        free.join();
    }

    @Test
    void anAttachThatIsPutOffIsAskedAgain() {
        coordinator.answerAttachWith(new Reply.Failure(FailureKind.UNAVAILABLE, "electing"));
        CoordinatorClient client = client();
        client.newXid();
        client.attach(new FakeAgent("r1"));
        coordinator.take(Request.Attach.class);
        assertThat(coordinator.take(Request.Attach.class).request()).isEqualTo(new Request.Attach("r1", "label of r1"));
        assertThat(coordinator.connections()).isEqualTo(1);
    }

    @Test
    void theNextAddressIsTriedWhereOneIsDead() {
        coordinator.stop();
        try (FakeCoordinator second = new FakeCoordinator()) {
            CoordinatorClient client = client(ClientSettings.of("app", coordinator.address(), second.address()));
            assertThat(client.newXid().cluster()).isEqualTo("Cluster1");
            second.take(Request.Hello.class);
        }
    }

    @Test
    void everyAddressIsNamedWhereAllAreDead() {
        coordinator.stop();
        FakeCoordinator second = new FakeCoordinator();
        second.stop();
        CoordinatorClient client = client(ClientSettings.of("app", coordinator.address(), second.address()));
        assertThatThrownBy(client::newXid)
                .isInstanceOf(CoordinatorUnavailableException.class)
                .hasMessageContaining(coordinator.address())
                .hasMessageContaining(second.address());
    }

    @Test
    void twoNodesThatNameEachOtherAreNotAskedInATightLoop() {
        try (FakeCoordinator other = new FakeCoordinator();
                CoordinatorClient client = CoordinatorClient.start(new ClientSettings(
                        "app", List.of(coordinator.address()), null, Duration.ZERO, Duration.ofMillis(500)))) {
            Xid xid = client.newXid();
            coordinator.answer(request -> new Reply.Failure(FailureKind.NOT_LEADER, "", other.address(), null, null));
            other.answer(request -> new Reply.Failure(FailureKind.NOT_LEADER, "", coordinator.address(), null, null));
            assertThatThrownBy(client.commit(xid)::join).hasCauseInstanceOf(InDoubtException.class);
            assertThat(coordinator.connections() + other.connections()).isBetween(2, 20);
        }
    }

    @Test
    void theLeaderIsFollowedAtTheHandshake() {
        try (FakeCoordinator leader = new FakeCoordinator()) {
            coordinator.greet(
                    new Reply.Failure(FailureKind.NOT_LEADER, "not the leader", leader.address(), null, null));
            assertThat(client().newXid().cluster()).isEqualTo("Cluster1");
            assertThat(coordinator.connections()).isEqualTo(1);
            leader.take(Request.Hello.class);
        }
    }

    @Test
    void theLeaderIsFollowedWithEveryUnansweredRequest() {
        try (FakeCoordinator leader = new FakeCoordinator()) {
            CoordinatorClient client = client();
            Xid xid = client.newXid();
            CompletableFuture<Outcome> commit = client.commit(xid);
            coordinator.reply(
                    coordinator.take(Request.Commit.class),
                    new Reply.Failure(FailureKind.NOT_LEADER, "stepped down", leader.address(), null, null));
            leader.reply(leader.take(Request.Commit.class), committed(xid));
            assertThat(commit.join().status()).isEqualTo(TransactionStatus.COMMITTED);
        }
    }

    @Test
    void aNodeThatEndsTheStreamAndNamesTheLeaderIsLeftForIt() {
        try (FakeCoordinator leader = new FakeCoordinator()) {
            CoordinatorClient client = client();
            Xid xid = client.newXid();
            CompletableFuture<Outcome> commit = client.commit(xid);
            coordinator.take(Request.Commit.class);
            coordinator.order(new Reply.Failure(FailureKind.NOT_LEADER, "stepped down", leader.address(), null, null));
            leader.reply(leader.take(Request.Commit.class), committed(xid));
            assertThat(commit.join().status()).isEqualTo(TransactionStatus.COMMITTED);
        }
    }

    @Test
    @DisplayName("T13: a coordinator that is behind what was seen is not used, and the error says what to do")
    void t13_aCoordinatorThatIsBehindIsNotUsed() {
        coordinator.greet(new Reply.Failure(FailureKind.BEHIND, "log index 3, but 41 was seen"));
        assertThatThrownBy(client()::newXid)
                .isInstanceOf(CoordinatorUnavailableException.class)
                .hasMessageContaining("log index 3, but 41 was seen")
                .hasMessageContaining("dtx.server.new-cluster-id=true");
    }

    @Test
    void aCoordinatorOfANewerProtocolIsRefusedWithBothVersions() {
        refuses(WireProtocol.VERSION + 1);
    }

    @Test
    void aCoordinatorOfAnOlderProtocolIsRefusedWithBothVersions() {
        refuses(WireProtocol.VERSION - 1);
    }

    private void refuses(int version) {
        coordinator.greet(new Reply.Welcome(version, "Cluster1", Instant.now()));
        assertThatThrownBy(client()::newXid)
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("version " + version)
                .hasMessageContaining("this application " + WireProtocol.VERSION);
    }

    @Test
    @DisplayName("I6: nothing of one cluster is asked of, or believed from, another")
    void i6_nothingOfOneClusterIsAskedOfAnother() throws Exception {
        CoordinatorClient client = client();
        Xid old = client.newXid();
        CompletableFuture<Outcome> commit = client.commit(old);
        CompletableFuture<Ended> sweep = client.ended(List.of(old));
        coordinator.take(Request.AskUnknown.class);
        coordinator.stop();
        coordinator.greet(FakeCoordinator.welcome("Cluster2", Instant.now()));
        try (LogCapture log = new LogCapture(Exchange.class)) {
            coordinator.startAgain();
            assertThatThrownBy(commit::join).hasCauseInstanceOf(InDoubtException.class);
            assertThatThrownBy(sweep::join)
                    .hasCauseInstanceOf(UsageException.class)
                    .hasMessageContaining("another coordinator cluster");
            assertThat(log.await("is cluster Cluster2")).contains("connected to cluster Cluster1 before");
        }
        assertThatThrownBy(client.ended(List.of(old))::join)
                .hasCauseInstanceOf(UsageException.class)
                .hasMessageContaining(old.toString());
        assertThatThrownBy(client.commit(old)::join).hasCauseInstanceOf(InDoubtException.class);
        assertThat(client.newXid().cluster()).isEqualTo("Cluster2");
        assertThat(coordinator.untaken()).allMatch(request -> request instanceof Request.Hello);
    }

    @Test
    void twoSeparateCoordinatorsAmongTheAddressesAreAnErrorThatNamesBoth() throws Exception {
        try (FakeCoordinator second = new FakeCoordinator();
                LogCapture log = new LogCapture(Exchange.class)) {
            second.greet(FakeCoordinator.welcome("Cluster2", Instant.now()));
            CoordinatorClient client = client(ClientSettings.of("app", coordinator.address(), second.address()));
            assertThat(client.newXid().cluster()).isEqualTo("Cluster1");

            coordinator.stop();

            assertThat(log.await("is cluster Cluster2"))
                    .contains(coordinator.address(), second.address(), "dtx.coordinator.addresses");
            assertThat(log.lines()).singleElement().asString().startsWith("ERROR");
            assertThat(client.newXid().cluster()).isEqualTo("Cluster2");
        }
    }

    @Test
    void aMalformedAnswerBreaksTheStreamAndTheRequestIsSentAgain() {
        CoordinatorClient client = client();
        Xid xid = client.newXid();
        CompletableFuture<Outcome> commit = client.commit(xid);
        FakeCoordinator.Received first = coordinator.take(Request.Commit.class);
        first.from()
                .sendRaw(ServerMessage.newBuilder().setRequest(first.number()).build());
        coordinator.reply(coordinator.take(Request.Commit.class), committed(xid));
        assertThat(commit.join().status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    private Request.Hello hello() {
        return (Request.Hello) coordinator.take(Request.Hello.class).request();
    }

    private CoordinatorClient client() {
        return started != null ? started : client(coordinator.settings());
    }

    private CoordinatorClient client(ClientSettings settings) {
        CoordinatorClient client = CoordinatorClient.start(settings);
        started = client;
        return client;
    }

    static Xid xid() {
        return Xid.mint("Cluster1", System.currentTimeMillis(), new byte[10]);
    }

    static Reply committed(Xid xid) {
        return new Reply.Decided(new Outcome(xid, TransactionStatus.COMMITTED, null, false));
    }

    /** Listens, and hangs up on everyone. */
    private static final class Refusing implements AutoCloseable {

        private final ServerSocket socket = new ServerSocket(StablePort.next(), 50, InetAddress.getLoopbackAddress());
        private final CountDownLatch attempts = new CountDownLatch(4);
        private final Thread thread = new Thread(this::run, "refusing");

        Refusing() throws IOException {
            thread.setDaemon(true);
            thread.start();
        }

        int port() {
            return socket.getLocalPort();
        }

        void awaitAttempts(int wanted) throws InterruptedException {
            assertThat(wanted).isEqualTo(4);
            assertThat(attempts.await(20, TimeUnit.SECONDS)).isTrue();
        }

        private void run() {
            try {
                while (true) {
                    socket.accept().close();
                    attempts.countDown();
                }
            } catch (SocketException closed) {
                return;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        /** The port is free only once nobody accepts there any more. */
        @Override
        public void close() throws IOException {
            socket.close();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
