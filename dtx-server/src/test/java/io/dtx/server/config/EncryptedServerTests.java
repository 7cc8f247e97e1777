package io.dtx.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.server.tls.Authority;
import io.dtx.server.tls.Authority.Identity;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server's process with SSL bundles, as its main method starts it. */
class EncryptedServerTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Authority authority = new Authority("the bank's");
    private final Identity coordinator = authority.issue("coordinator", "127.0.0.1");

    @TempDir
    Path directory;

    @Test
    void applicationsAndOperatorsAreServedByOneBundleThatIsRenewedWhileItRuns() throws Exception {
        Authority next = new Authority("the bank's next");
        Path token = Files.writeString(directory.resolve("token"), "s3cret\n");
        Path operatorToken = Files.writeString(directory.resolve("operator"), "0perator\n");
        List<String> arguments = bundle();
        arguments.add("--dtx.server.address=0.0.0.0");
        arguments.add("--dtx.server.ssl.client-auth=need");
        arguments.add("--server.ssl.bundle=node");
        arguments.add("--dtx.server.token-file=" + token);
        arguments.add("--dtx.server.operator-token-file=" + operatorToken);
        try (RunningServer server = RunningServer.start(directory.resolve("data"), arguments);
                CoordinatorClient client = connect(server, authority.issue("app"), authority)) {
            assertThat(client.newXid()).isNotNull();
            HttpClient http = HttpClient.newBuilder()
                    .sslContext(authority.context())
                    .connectTimeout(Duration.ofSeconds(30))
                    .build();
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("https://127.0.0.1:" + server.httpPort() + "/transactions"))
                    .header("Authorization", "Bearer 0perator")
                    .build();
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);

            write(next.issue("coordinator", "127.0.0.1"), next);

            try (CoordinatorClient later = connect(server, next.issue("app"), next)) {
                Awaitility.await("the renewed bundle").atMost(PATIENCE).until(later::connected);
            }
        }
    }

    @Test
    void anAddressForOthersNeedsABundleOrConsentOnEachPort() throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                "--dtx.server.address=0.0.0.0", "--dtx.server.token=s3cret", "--dtx.server.operator-token=0perator"));
        refused(arguments, "dtx.server.ssl.bundle", "dtx.server.allow-plaintext");

        arguments.addAll(bundle());
        refused(arguments, "server.ssl.bundle", "what operators send there is not encrypted");
    }

    @Test
    void aBundleThatCanNotBeUsedStopsTheStartWithTheRemedy() throws Exception {
        refused(List.of("--dtx.server.ssl.bundle=node"), "there is no such SSL bundle", "spring.ssl.bundle.pem.node");
        refused(List.of("--dtx.server.ssl.client-auth=need"), "dtx.server.ssl.bundle is not set");
        List<String> arguments = bundle();
        arguments.removeIf(argument -> argument.contains("truststore"));
        arguments.add("--dtx.server.ssl.client-auth=need");
        refused(arguments, "has no trust store");
        List<String> trustOnly = bundle();
        trustOnly.removeIf(argument -> argument.contains("keystore"));
        refused(trustOnly, "has no key and certificate");
    }

    private void refused(List<String> arguments, String... parts) {
        assertThatThrownBy(() -> RunningServer.start(directory.resolve("data"), arguments)
                        .close())
                .satisfies(failure -> {
                    StartException why = startException(failure);
                    assertThat(why.getMessage() + " " + why.remedy()).contains(parts);
                });
    }

    private static StartException startException(Throwable failure) {
        Throwable cause = failure;
        while (!(cause instanceof StartException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        assertThat(cause).isInstanceOf(StartException.class);
        return (StartException) cause;
    }

    private List<String> bundle() throws Exception {
        write(coordinator, authority);
        return new ArrayList<>(List.of(
                "--dtx.server.ssl.bundle=node",
                "--spring.ssl.bundle.pem.node.reload-on-update=true",
                "--spring.ssl.bundle.watch.file.quiet-period=100ms",
                "--spring.ssl.bundle.pem.node.keystore.certificate=" + directory.resolve("node.pem"),
                "--spring.ssl.bundle.pem.node.keystore.private-key=" + directory.resolve("node.pem"),
                "--spring.ssl.bundle.pem.node.truststore.certificate=" + directory.resolve("ca.pem")));
    }

    /** Each at once, as whoever renews certificates does. */
    private void write(Identity identity, Authority trusted) throws Exception {
        Files.move(
                identity.writePem(directory.resolve("node.new")),
                directory.resolve("node.pem"),
                StandardCopyOption.ATOMIC_MOVE);
        Files.move(
                trusted.writePem(directory.resolve("ca.new")),
                directory.resolve("ca.pem"),
                StandardCopyOption.ATOMIC_MOVE);
    }

    private static CoordinatorClient connect(RunningServer server, Identity application, Authority trusted) {
        return CoordinatorClient.start(new ClientSettings(
                        "app",
                        List.of("127.0.0.1:" + server.port()),
                        "s3cret",
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(30))
                .withTls(() -> io.dtx.client.Tls.of(application.context(trusted))));
    }
}
