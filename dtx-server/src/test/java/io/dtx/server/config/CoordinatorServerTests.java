package io.dtx.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.error.UsageException;
import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.ReplyMapping;
import io.dtx.protocol.Request;
import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.Begin;
import io.dtx.protocol.wire.ClientMessage;
import io.dtx.protocol.wire.Decide;
import io.dtx.protocol.wire.ServerMessage;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.runtime.Coordinator.Status;
import io.dtx.server.tls.LogLines;
import io.grpc.Status.Code;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class CoordinatorServerTests {

    @TempDir
    Path directory;

    @Test
    void aStreamWithoutTheTokenIsRefusedAndBothSidesSayWhy() throws Exception {
        try (LogLines log = new LogLines("io.dtx");
                CoordinatorServer server = start("s3cret", false);
                RawClient none = new RawClient(server.port(), null);
                RawClient wrong = new RawClient(server.port(), "guess");
                RawClient right = new RawClient(server.port(), "s3cret")) {
            assertThat(none.end().getCode()).isEqualTo(Code.UNAUTHENTICATED);
            assertThat(none.end().getDescription()).contains("no token", "dtx.coordinator.token");
            assertThat(wrong.end().getCode()).isEqualTo(Code.UNAUTHENTICATED);
            assertThat(wrong.end().getDescription()).contains("wrong token").doesNotContain("s3cret", "guess");
            assertThat(right.hello(Map.of())).isInstanceOf(Reply.Welcome.class);
            log.await("Refused a client at 127.0.0.1", "it sent no token", "dtx.coordinator.token");
            log.await("Refused a client at 127.0.0.1", "it sent a wrong token", "dtx.coordinator.token");
            try (CoordinatorClient application = CoordinatorClient.start(new ClientSettings(
                    "app",
                    List.of("127.0.0.1:" + server.port()),
                    "guess",
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(30)))) {
                assertThatThrownBy(application::newXid).isInstanceOf(UsageException.class);
                log.await("the coordinator at 127.0.0.1", "refuses this application's token", "dtx.coordinator.token");
            }
            assertThat(log.lines())
                    .as("one line each")
                    .noneMatch(line -> line.contains("s3cret") || line.contains("guess") || line.contains("\n"))
                    .filteredOn(line -> line.contains("token"))
                    .hasSize(3);
        }
    }

    @Test
    void aStreamThatDoesNotOpenWithHelloIsEndedWithTheReason() throws Exception {
        try (CoordinatorServer server = start(null, false);
                RawClient client = new RawClient(server.port(), null)) {
            client.send(1, new Request.Attach("r1", "label"));

            assertThat(failure(client.reply()).message()).contains("Hello");
            assertThat(client.end().isOk()).isTrue();
        }
    }

    @Test
    void aMalformedRequestIsAnsweredAndTheStreamGoesOn() throws Exception {
        try (CoordinatorServer server = start(null, false);
                RawClient client = new RawClient(server.port(), null)) {
            Reply.Welcome welcome = (Reply.Welcome) client.hello(Map.of());
            client.send(ClientMessage.newBuilder()
                    .setRequest(2)
                    .setDecide(Decide.newBuilder().setXid("nonsense"))
                    .build());

            assertThat(failure(client.reply()).kind()).isEqualTo(FailureKind.INVALID);
            Xid xid = Xid.mint(welcome.cluster(), welcome.now().toEpochMilli(), new byte[10]);
            client.send(3, new Request.Commit(xid));
            assertThat(client.reply()).isInstanceOf(Reply.Decided.class);
        }
    }

    @Test
    void aMalformedMessageThatWantsNoAnswerEndsTheStream() throws Exception {
        try (CoordinatorServer server = start(null, false);
                RawClient client = new RawClient(server.port(), null)) {
            client.hello(Map.of());
            client.send(ClientMessage.newBuilder()
                    .setBegin(Begin.newBuilder().setXid("nonsense"))
                    .build());

            assertThat(failure(client.reply()).message()).contains("malformed");
            assertThat(client.end().isOk()).isTrue();
        }
    }

    @Test
    @DisplayName(
            "T13, I6: an old copy of the data serves nobody, also after another start, until it is given a new cluster id")
    void t13_anOldCopyServesNobodyUntilItBecomesANewCluster() throws Exception {
        String cluster;
        try (CoordinatorServer server = start(null, false);
                RawClient client = new RawClient(server.port(), null);
                RawClient seenMore = new RawClient(server.port(), null);
                RawClient other = new RawClient(server.port(), null)) {
            cluster = ((Reply.Welcome) client.hello(Map.of())).cluster();

            assertThat(failure(seenMore.hello(Map.of(cluster, 1_000_000L))).kind())
                    .isEqualTo(FailureKind.BEHIND);

            assertThat(failure(client.reply()).kind()).as("whoever was served").isEqualTo(FailureKind.BEHIND);
            assertThat(failure(other.hello(Map.of())).kind()).isEqualTo(FailureKind.BEHIND);
            assertThat(server.coordinator().status()).isEqualTo(Status.BEHIND);
        }
        try (CoordinatorServer again = start(null, false);
                RawClient other = new RawClient(again.port(), null)) {
            assertThat(failure(other.hello(Map.of())).kind()).isEqualTo(FailureKind.BEHIND);
        }
        try (CoordinatorServer fresh = start(null, true);
                RawClient seenMore = new RawClient(fresh.port(), null)) {
            Reply.Welcome welcome = (Reply.Welcome) seenMore.hello(Map.of(cluster, 1_000_000L));
            assertThat(welcome.cluster()).isNotEqualTo(cluster);
            Xid lost = Xid.mint(cluster, welcome.now().toEpochMilli(), new byte[10]);
            seenMore.send(2, new Request.AskUnknown(List.of(lost)));
            assertThat(failure(seenMore.reply()).kind()).isEqualTo(FailureKind.WRONG_CLUSTER);
        }
        try (CoordinatorServer later = start(null, false);
                RawClient client = new RawClient(later.port(), null)) {
            assertThat(client.hello(Map.of())).isInstanceOf(Reply.Welcome.class);
        }
    }

    @Test
    @DisplayName(
            "T13: each answer, the welcome too, says how far the log has come: an application remembers that alone")
    void t13_eachAnswerSaysHowFarTheLogHasCome() throws Exception {
        try (CoordinatorServer server = start(null, false);
                RawClient client = new RawClient(server.port(), null)) {
            client.send(1, new Request.Hello(WireProtocol.VERSION, "raw", "instance", Map.of()));
            ServerMessage first = client.message();
            Reply.Welcome welcome = (Reply.Welcome) ReplyMapping.fromWire(first);
            client.send(2, new Request.Commit(mint(welcome)));
            ServerMessage second = client.message();

            assertThat(ReplyMapping.fromWire(second)).isInstanceOf(Reply.Decided.class);
            assertThat(first.getLogIndex()).isPositive();
            assertThat(second.getLogIndex()).isGreaterThan(first.getLogIndex());
        }
    }

    @Test
    @DisplayName("T13, I6: what an old copy lacks is not unknown to it, though no application remembers more")
    void t13_whatAnOldCopyLacksDoesNotBecomeUnknown() throws Exception {
        start(null, false).close();
        Path copy = directory.resolve("copy");
        copy(directory.resolve("data"), copy);
        Xid lost;
        try (CoordinatorServer server = start(null, false);
                RawClient client = new RawClient(server.port(), null)) {
            lost = mint((Reply.Welcome) client.hello(Map.of()));
            client.send(
                    2, new Request.RegisterBranch(new BranchId(lost, 1), "r1", List.of(), List.of(), Duration.ZERO));
            assertThat(client.reply()).isInstanceOf(Reply.Registered.class);
        }
        Request.AskUnknown question = new Request.AskUnknown(List.of(lost));
        try (LogLines log = new LogLines("io.dtx");
                CoordinatorServer old = LocalServer.in(copy).start();
                RawClient fresh = new RawClient(old.port(), null)) {
            Xid later = mint((Reply.Welcome) fresh.hello(Map.of()));
            fresh.send(2, question);
            assertThat(fresh.reply()).isEqualTo(new Reply.Unknown(List.of(), List.of(), List.of()));
            fresh.send(3, new Request.Commit(later));
            assertThat(fresh.reply()).isInstanceOf(Reply.Decided.class);
            old.coordinator()
                    .operate(new Command.ForgetOutcomes(Long.MAX_VALUE))
                    .join();

            fresh.send(4, new Request.AskOutcome(later));
            assertThat(failure(fresh.reply()).kind()).isEqualTo(FailureKind.FORGOTTEN);
            fresh.send(5, question);
            assertThat(fresh.reply()).isEqualTo(new Reply.Unknown(List.of(), List.of(), List.of()));
            log.await("old copy", "undo row of " + lost, "dtx.server.new-cluster-id");
            assertThat(new CoordinatorHealth(old.coordinator(), "").health().getDetails())
                    .containsEntry("neverHeardOf", lost.toString());
        }
        try (CoordinatorServer again = LocalServer.in(copy).start();
                RawClient fresh = new RawClient(again.port(), null)) {
            fresh.hello(Map.of());
            fresh.send(2, question);
            assertThat(fresh.reply()).isEqualTo(new Reply.Unknown(List.of(), List.of(), List.of()));
        }
        try (CoordinatorServer anew = LocalServer.in(copy).asNewCluster(true).start()) {
            assertThat(anew.coordinator().read(StateMachine::olderThan)).isEmpty();
        }
    }

    private static Xid mint(Reply.Welcome welcome) {
        return Xid.mint(welcome.cluster(), welcome.now().toEpochMilli(), new byte[10]);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        }
    }

    @Test
    @DisplayName(
            "T13, I6: a coordinator that comes up empty says, once, which cluster its applications have worked with")
    void t13_whoeverRemembersAnotherClusterIsReported() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger("io.dtx.server.runtime.OtherClusters");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try (CoordinatorServer server = start(null, false);
                RawClient remembers = new RawClient(server.port(), null);
                RawClient another = new RawClient(server.port(), null)) {
            Reply.Welcome welcome = (Reply.Welcome) remembers.hello(Map.of("LostLost", 1_000L));
            another.hello(Map.of("LostLost", 1_001L, "no cluster\n", 1L, welcome.cluster(), 0L));

            assertThat(lines.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .singleElement()
                    .asString()
                    .contains(
                            "has worked with cluster LostLost; this is cluster " + welcome.cluster(), "undo rows stay");
            Xid lost = Xid.mint("LostLost", welcome.now().toEpochMilli(), new byte[10]);
            remembers.send(2, new Request.AskUnknown(List.of(lost)));
            assertThat(failure(remembers.reply()).kind())
                    .as("never 'unknown here', on which undo rows are dropped")
                    .isEqualTo(FailureKind.WRONG_CLUSTER);
        } finally {
            logger.detachAppender(lines);
        }
    }

    @Test
    @DisplayName(
            "T13, I6: where a coordinator of another cluster answers, it and the application say so in one line each")
    void t13_bothSidesSayThatAnotherClusterAnswers() throws Exception {
        try (LogLines log = new LogLines("io.dtx");
                CoordinatorServer empty =
                        LocalServer.in(directory.resolve("empty")).start()) {
            CoordinatorServer lost = start(null, false);
            try (CoordinatorClient client = CoordinatorClient.start(new ClientSettings(
                    "bank",
                    List.of("127.0.0.1:" + lost.port(), "127.0.0.1:" + empty.port()),
                    null,
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(30)))) {
                Xid xid;
                try (lost) {
                    xid = client.newXid();
                }
                String was = xid.cluster();
                String is = empty.coordinator().read(StateMachine::cluster);

                log.await("The coordinator at 127.0.0.1:" + empty.port() + " is cluster " + is, "undo rows stay");
                log.await("Application bank has worked with cluster " + was + "; this is cluster " + is);
                assertThat(log.lines())
                        .filteredOn(line -> line.contains("undo rows stay"))
                        .hasSize(2)
                        .allMatch(line -> line.contains(was));
                assertThatThrownBy(client.ended(List.of(xid))::join)
                        .as("not taken for unknown there, which would drop its undo rows")
                        .hasCauseInstanceOf(UsageException.class)
                        .hasMessageContaining("another coordinator cluster");
            }
        }
    }

    @Test
    void aPortThatIsTakenIsSaidWithTheProperty() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> start(null, false, taken.getLocalPort()))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining(String.valueOf(taken.getLocalPort()))
                    .extracting(failure -> ((StartException) failure).remedy())
                    .asString()
                    .contains("dtx.server.port");
        }
        start(null, false).close(); // nothing was left open
    }

    @Test
    void aDataDirectoryInUseIsSaidWithTheProperty() throws Exception {
        try (CoordinatorServer server = start(null, false)) {
            assertThat(server.coordinator().status()).isEqualTo(Status.SERVING);
            assertThatThrownBy(() -> start(null, false))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining(directory.toString())
                    .extracting(failure -> ((StartException) failure).remedy())
                    .asString()
                    .contains("dtx.server.data-dir");
        }
    }

    @Test
    void aFileInPlaceOfTheDataDirectoryIsSaidWithTheProperty() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");

        assertThatThrownBy(() -> DataDirectory.prepare(file))
                .isInstanceOf(StartException.class)
                .hasMessageContaining(file.toString());
    }

    private CoordinatorServer start(@Nullable String token, boolean newCluster) {
        return start(token, newCluster, 0);
    }

    private CoordinatorServer start(@Nullable String token, boolean newCluster, int port) {
        return LocalServer.in(directory.resolve("data"))
                .at(port)
                .with(token)
                .asNewCluster(newCluster)
                .start();
    }

    private static Reply.Failure failure(Reply reply) {
        assertThat(reply).isInstanceOf(Reply.Failure.class);
        return (Reply.Failure) reply;
    }
}
