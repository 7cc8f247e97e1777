package io.dtx.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.client.CoordinatorClient;
import io.dtx.server.config.CoordinatorServer;
import io.dtx.server.config.CoordinatorSettings;
import io.dtx.server.runtime.LeaderSettings;
import io.dtx.server.tls.Tls;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** An application's end of an encrypted connection, with a token from a file. */
class EncryptedConnectionTests {

    private static final String PASSWORD = "changeit";

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SslAutoConfiguration.class, DtxAutoConfiguration.class, AopAutoConfiguration.class));

    @TempDir
    Path directory;

    @Test
    void anApplicationConnectsByItsSslBundleAndItsTokenFile() throws Exception {
        Path store = keyStore();
        Path token = Files.writeString(directory.resolve("token"), "s3cret\n");
        CoordinatorSettings settings = new CoordinatorSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                "s3cret",
                directory.resolve("data"),
                LeaderSettings.STANDARD,
                false);
        try (CoordinatorServer server = CoordinatorServer.start(settings.with(tls(store)), () -> {})) {
            runner.withPropertyValues(
                            "dtx.coordinator.addresses=127.0.0.1:" + server.port(),
                            "dtx.coordinator.token-file=" + token,
                            "dtx.coordinator.ssl.bundle=coordinator",
                            "spring.ssl.bundle.jks.coordinator.keystore.location=" + store,
                            "spring.ssl.bundle.jks.coordinator.keystore.password=" + PASSWORD,
                            "spring.ssl.bundle.jks.coordinator.truststore.location=" + store,
                            "spring.ssl.bundle.jks.coordinator.truststore.password=" + PASSWORD)
                    .run(context -> assertThat(
                                    context.getBean(CoordinatorClient.class).newXid())
                            .isNotNull());
        }
    }

    @Test
    void aBundleThatIsNotThereStopsTheStartWithTheRemedy() {
        FailureAnalysis analysis = failure("dtx.coordinator.ssl.bundle=coordinator");

        assertThat(analysis.getDescription()).contains("'dtx.coordinator.ssl.bundle' is 'coordinator'");
        assertThat(analysis.getAction()).contains("spring.ssl.bundle.pem.coordinator");
    }

    @Test
    void aBundleThatCanNotBeReadStopsTheStartWithTheRemedy() {
        FailureAnalysis analysis = failure(
                "dtx.coordinator.ssl.bundle=coordinator",
                "spring.ssl.bundle.jks.coordinator.truststore.location=" + directory.resolve("none.p12"));

        assertThat(analysis.getDescription()).contains("'coordinator'", "none.p12");
        assertThat(analysis.getAction()).contains("spring.ssl.bundle");
    }

    @Test
    void aTokenFileThatIsNotThereStopsTheStartWithTheRemedy() {
        FailureAnalysis analysis = failure("dtx.coordinator.token-file=" + directory.resolve("none"));

        assertThat(analysis.getAction()).contains("dtx.coordinator.token-file", "none", "put the secret into it");
    }

    @Test
    void aTokenAndATokenFileStopTheStart() {
        FailureAnalysis analysis =
                failure("dtx.coordinator.token=s3cret", "dtx.coordinator.token-file=" + directory.resolve("token"));

        assertThat(analysis.getDescription()).contains("token-file").doesNotContain("s3cret");
    }

    private FailureAnalysis failure(String... properties) {
        FailureAnalysis[] analysis = new FailureAnalysis[1];
        runner.withPropertyValues(properties)
                .run(context -> analysis[0] = StartFailure.of(context.getStartupFailure()));
        return analysis[0];
    }

    /** Made by the JDK's own tool: its certificate is trusted where it serves as a trust store. */
    private Path keyStore() throws Exception {
        Path store = directory.resolve("store.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=coordinator",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        return store;
    }

    private static Tls tls(Path file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        return new Tls(
                (X509ExtendedKeyManager) keys.getKeyManagers()[0],
                (X509ExtendedTrustManager) trust.getTrustManagers()[0],
                true,
                List.of(),
                List.of());
    }
}
