package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.server.StablePort;
import io.dtx.server.log.LogSettings.Peer;
import io.dtx.server.tls.Authority;
import io.dtx.server.tls.Authority.Identity;
import io.dtx.server.tls.LogLines;
import io.dtx.server.tls.Tls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes whose logs speak TLS to each other, and who else is turned away at their ports. */
class EncryptedLogIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Authority authority = new Authority("the bank's");
    private final Identity node = authority.issue("node", "127.0.0.1");
    private final List<Peer> peers = List.of(peer("n1"), peer("n2"), peer("n3"));

    @TempDir
    Path directory;

    @Test
    void nodesTalkToEachOtherByMutualTlsAndNobodyElseIsLetIn() throws Exception {
        List<ReplicatedLog> nodes = new ArrayList<>();
        try (LogLines log = new LogLines("io.dtx")) {
            List<CompletableFuture<ReplicatedLog>> starting =
                    peers.stream().map(peer -> start(peer.id())).toList();
            starting.forEach(one -> nodes.add(Node.await(one)));
            Awaitility.await("a leader")
                    .atMost(PATIENCE)
                    .until(() -> nodes.stream().anyMatch(ReplicatedLog::leading));

            assertThat(groupsSeenWith(node.tls(false))).as("a node").isPresent();

            assertThat(groupsSeenWith(null)).as("plain text").isEmpty();
            log.await("Refused a node at 127.0.0.1", "does not speak TLS", "dtx.server.ssl.bundle");
            log.await("This node can not talk to n2", "secure enough", "dtx.server.ssl.bundle");

            Identity application = authority.issue("app", "app.example");
            assertThat(groupsSeenWith(application.tls(false)))
                    .as("an application")
                    .isEmpty();
            log.await("Refused a node at 127.0.0.1", "CN=app", "names none of the hosts in dtx.server.peers");
            log.await("This node can not talk to n2", "names none of the peers");

            Authority strange = new Authority("a stranger's");
            Tls stranger = new Tls(
                    strange.issue("node", "127.0.0.1").keyManager(),
                    authority.trustManager(),
                    false,
                    List.of(),
                    List.of());
            assertThat(groupsSeenWith(stranger))
                    .as("a stranger, whose certificate TLS does not even offer")
                    .isEmpty();
            log.await("Refused a node at 127.0.0.1", "it shows no certificate");
            log.await("This node can not talk to n2", "fatal alert");
        } finally {
            nodes.forEach(ReplicatedLog::close);
        }
    }

    private Optional<List<UUID>> groupsSeenWith(@Nullable Tls tls) throws IOException {
        try (PeerCalls calls = new PeerCalls(settings("n1", tls))) {
            return calls.groups(peers.get(1));
        }
    }

    private CompletableFuture<ReplicatedLog> start(String id) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return ReplicatedLog.open(
                                settings(id, node.tls(false)), InstantSource.system(), new Node.Heard());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> new Thread(task, "start-" + id).start());
    }

    private LogSettings settings(String id, @Nullable Tls tls) {
        return LogSettings.member(directory.resolve(id), id, peers, "127.0.0.1", tls);
    }

    private static Peer peer(String id) {
        int port = StablePort.next();
        return new Peer(id, "127.0.0.1", port, "127.0.0.1:" + id.substring(1));
    }
}
