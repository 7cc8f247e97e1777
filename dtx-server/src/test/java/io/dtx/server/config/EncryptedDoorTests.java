package io.dtx.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.error.DtxException;
import io.dtx.server.tls.Authority;
import io.dtx.server.tls.Authority.Identity;
import io.dtx.server.tls.CurrentKeys;
import io.dtx.server.tls.LogLines;
import io.dtx.server.tls.Tls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS between an application and the coordinator, and what both sides say where it does not come about. */
class EncryptedDoorTests {

    private final Authority authority = new Authority("the bank's");
    private final Authority stranger = new Authority("a stranger's");
    private final Identity coordinator = authority.issue("coordinator", "127.0.0.1");
    private final LogLines log = new LogLines("io.dtx");

    @TempDir
    Path directory;

    @AfterEach
    void endOfLog() {
        log.close();
    }

    @Test
    void anApplicationThatTrustsTheCertificateIsServed() {
        try (CoordinatorServer server = start(coordinator.tls(false));
                CoordinatorClient client = connect(server, "127.0.0.1", authority.context())) {
            assertThat(client.newXid()).isNotNull();
        }
    }

    @Test
    void withClientCertificatesAnApplicationThatHasATrustedOneIsServed() {
        Identity application = authority.issue("app");
        try (CoordinatorServer server = start(coordinator.tls(true));
                CoordinatorClient client = connect(server, "127.0.0.1", application.context(authority))) {
            assertThat(client.newXid()).isNotNull();
        }
    }

    @Test
    void aCertificateOfAStrangeAuthorityIsRefusedAndBothSidesSayWhy() {
        try (CoordinatorServer server = start(coordinator.tls(false));
                CoordinatorClient client = connect(server, "127.0.0.1", stranger.context())) {
            refused(client, "is not trusted", "trust store", "dtx.coordinator.ssl.bundle");
            said("does not take this coordinator's certificate");
        }
    }

    @Test
    void aHostThatTheCertificateDoesNotNameIsRefusedAndBothSidesSayWhy() {
        try (CoordinatorServer server = start(coordinator.tls(false));
                CoordinatorClient client = connect(server, "localhost", authority.context())) {
            refused(client, "localhost", "another host", "dtx.coordinator.addresses");
            said("does not name the host");
        }
    }

    @Test
    void anApplicationWithoutTheCertificateThatItNeedsIsRefusedAndBothSidesSayWhy() {
        try (CoordinatorServer server = start(coordinator.tls(true));
                CoordinatorClient client = connect(server, "127.0.0.1", authority.context())) {
            refused(client, "does not take this application's certificate", "dtx.coordinator.ssl.bundle");
            said("shows no certificate");
        }
    }

    @Test
    void anApplicationWithAStrangeCertificateIsRefusedAndBothSidesSayWhy() {
        Identity application = stranger.issue("app");
        try (CoordinatorServer server = start(coordinator.tls(true));
                CoordinatorClient client = connect(server, "127.0.0.1", application.context(authority))) {
            refused(client, "does not take this application's certificate", "dtx.coordinator.ssl.bundle");
            said("certificate");
        }
    }

    @Test
    void plainTextAtAnEncryptedPortIsRefusedAndBothSidesSayWhy() {
        try (CoordinatorServer server = start(coordinator.tls(false));
                CoordinatorClient client = connect(server, "127.0.0.1", null)) {
            refused(client, "speaks TLS", "dtx.coordinator.ssl.bundle");
            said("does not speak TLS", "dtx.coordinator.ssl.bundle");
        }
    }

    @Test
    void tlsAtAPlainPortIsRefusedAndBothSidesSayWhy() {
        try (CoordinatorServer server = start(null);
                CoordinatorClient client = connect(server, "127.0.0.1", authority.context())) {
            refused(client, "does not speak TLS", "dtx.server.ssl.bundle");
            said("speaks TLS", "dtx.server.ssl.bundle");
        }
    }

    @Test
    void aRenewedCertificateIsShownToNewConnections() {
        CurrentKeys keys = new CurrentKeys(stranger.issue("old", "127.0.0.1").keyManager());
        Tls tls = new Tls(keys, authority.trustManager(), false, List.of(), List.of());
        try (CoordinatorServer server = start(tls);
                CoordinatorClient client = connect(server, "127.0.0.1", authority.context())) {
            refused(client, "is not trusted");

            keys.set(coordinator.keyManager());

            log.await("Connected to the coordinator");
        }
    }

    /** In the error that the application's code gets, and in one line of its log. */
    private void refused(CoordinatorClient client, String... parts) {
        assertThatThrownBy(client::newXid)
                .isInstanceOf(DtxException.class)
                .message()
                .contains(parts)
                .doesNotContain("\n");
        log.await(Stream.concat(Stream.of("Connecting goes on in the background"), Stream.of(parts))
                .toArray(String[]::new));
    }

    /** Likewise on this side; and nothing is said twice, however often the application tries. */
    private void said(String... parts) {
        log.await(Stream.concat(Stream.of("Refused a client at 127.0.0.1"), Stream.of(parts))
                .toArray(String[]::new));
        assertThat(log.lines())
                .filteredOn(line -> line.contains("Refused") || line.contains("Connecting goes on"))
                .doesNotHaveDuplicates();
    }

    private static CoordinatorClient connect(CoordinatorServer server, String host, @Nullable SSLContext context) {
        ClientSettings plain = new ClientSettings(
                "app", List.of(host + ":" + server.port()), null, Duration.ofSeconds(1), Duration.ofSeconds(30));
        return CoordinatorClient.start(context == null ? plain : plain.withTls(() -> io.dtx.client.Tls.of(context)));
    }

    private CoordinatorServer start(@Nullable Tls tls) {
        return LocalServer.in(directory.resolve("data")).with(tls).start();
    }
}
