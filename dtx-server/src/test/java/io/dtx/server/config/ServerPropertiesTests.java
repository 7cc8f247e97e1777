package io.dtx.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dtx.server.config.ServerProperties.Ssl;
import io.dtx.server.log.LogSettings.Peer;
import io.dtx.server.runtime.LeaderSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.mock.env.MockEnvironment;

class ServerPropertiesTests {

    private static final HttpSide HTTP = new HttpSide("127.0.0.1", false, null);
    private static final ServerProperties.Limits LIMITS =
            new ServerProperties.Limits(50_000, 10_000, 100_000, 20_000, 10_000);
    private static final Ssl NO_TLS = new Ssl(null, Ssl.ClientAuth.NONE);

    @Test
    void onLoopbackNothingNeedsToBeSet() {
        CoordinatorSettings settings =
                properties("127.0.0.1", null, false, null, null).checked(HTTP, null);

        assertThat(settings.token()).isNull();
        assertThat(settings.dataDirectory()).isEqualTo(Path.of("dtx-data"));
    }

    /** dtx-test's coordinator uses the standard ones, a process the defaults of its properties. */
    @Test
    void whatIsNotSetIsStandard() {
        ServerProperties defaults =
                new Binder(new MapConfigurationPropertySource()).bindOrCreate("dtx.server", ServerProperties.class);

        assertThat(defaults.checked(HTTP, null).leader()).isEqualTo(LeaderSettings.STANDARD);
    }

    @Test
    void anyOtherAddressNeedsATokenEncryptionOrConsentAnOperatorTokenAndADirectory() {
        Path data = Path.of("data");
        refuses("dtx.server.token", properties("0.0.0.0", null, true, data, "op"), "127.0.0.1");
        refuses("dtx.server.allow-plaintext", properties("0.0.0.0", "t", false, data, "op"), "127.0.0.1");
        refuses("dtx.server.operator-token", properties("0.0.0.0", "t", true, data, null), "127.0.0.1");
        refuses("dtx.server.data-dir", properties("0.0.0.0", "t", true, null, "op"), "127.0.0.1");

        assertThat(properties("0.0.0.0", "t", true, data, "op")
                        .checked(new HttpSide("0.0.0.0", false, null), null)
                        .token())
                .isEqualTo("t");
    }

    @Test
    void theHttpSideAloneOnAnotherAddressNeedsTheSame() {
        refuses("dtx.server.token", properties("127.0.0.1", null, false, null, null), "0.0.0.0");
    }

    @Test
    void aBlankAddressWhichWouldBeEveryOneIsRefused() {
        refuses("dtx.server.address is blank", properties(" ", null, false, null, null), "127.0.0.1");
        refuses("server.address is blank", properties("127.0.0.1", null, false, null, null), "");
        // What is empty there falls to the HTTP side too: the one that people set is named.
        refuses("dtx.server.address is blank", properties("", null, false, null, null), "");
    }

    @Test
    void anUnknownAddressIsSaid() {
        refuses("dtx.server.address", properties("no.such.host.invalid", null, false, null, null), "127.0.0.1");
    }

    @Test
    void aBlankTokenIsRefused() {
        refuses("dtx.server.token", properties("127.0.0.1", " ", false, null, null), "127.0.0.1");
    }

    @Test
    void noSecretShowsInText() {
        ServerProperties properties = properties("127.0.0.1", "s3cret", false, null, "0perator");

        assertThat(properties + " " + properties.checked(HTTP, null)).doesNotContain("s3cret", "0perator");
    }

    @Test
    void oneOfSeveralNodesIsTheOneThatItsIdNames() {
        CoordinatorSettings settings = node("n2", "n1=h1:8091/8092", "n2=h2:8091/8092", "n3=[::1]:8091/8092")
                .checked(HTTP, null);

        assertThat(settings.id()).isEqualTo("n2");
        assertThat(settings.peers())
                .containsExactly(
                        new Peer("n1", "h1", 8092, "h1:8091"),
                        new Peer("n2", "h2", 8092, "h2:8091"),
                        new Peer("n3", "::1", 8092, "[::1]:8091"));
    }

    @Test
    void aNodeOnLoopbackWithPeersElsewhereIsCutOff() {
        assertThat(node("n2", "n1=h1:8091/8092", "n2=h2:8091/8092", "n3=localhost:8091/8093")
                        .checked(HTTP, null)
                        .cutOff())
                .extracting(Peer::id)
                .containsExactly("n1");
        assertThat(node("n1", "n1=localhost:8091/8092", "n2=127.0.0.1:8093/8094", "n3=[::1]:8095/8096")
                        .checked(HTTP, null)
                        .cutOff())
                .isEmpty();
        assertThat(properties("127.0.0.1", null, false, null, null)
                        .checked(HTTP, null)
                        .cutOff())
                .isEmpty();
    }

    @Test
    void aListOfPeersThatCanNotBeIsRefused() {
        String[] three = {"n1=h1:8091/8092", "n2=h2:8091/8092", "n3=h3:8091/8092"};
        refuses("dtx.server.id", node(null, three), "127.0.0.1");
        refuses("dtx.server.id is n4", node("n4", three), "127.0.0.1");
        refuses("dtx.server.peers is not", node("n1"), "127.0.0.1");
        refuses("names 2 nodes", node("n1", "n1=h1:8091/8092", "n2=h2:8091/8092"), "127.0.0.1");
        refuses("twice", node("n1", three[0], three[1], "n2=h3:8091/8092"), "127.0.0.1");
        refuses("twice", node("n1", three[0], three[1], "n3=h2:8091/8093"), "127.0.0.1");
        refuses("id=host:port/log-port", node("n1", three[0], three[1], "n3=h3:8091"), "127.0.0.1");
        refuses("no underscore", node("n1", three[0], three[1], "n3=h_3:8091/8092"), "127.0.0.1");
        refuses("id=host:port/log-port", node("n1", three[0], three[1], "n3=h3:8091/80920"), "127.0.0.1");
        refuses("dtx.server.port is 8091", node("n1", "n1=h1:9091/8092", three[1], three[2]), "127.0.0.1");
    }

    @Test
    void anOutcomeIsKeptAtLeastAsLongAsALocalCommitMayComeLate() {
        StartException refused = catchThrowableOfType(
                StartException.class,
                () -> retaining(Duration.ofMinutes(10).minusMillis(1)).checked(HTTP, null));

        assertThat(refused).hasMessageContaining("dtx.server.outcome-retention").hasMessageContaining("10 minutes");
        assertThat(refused.remedy()).contains("10m");
        assertThat(retaining(Duration.ofMinutes(10))
                        .checked(HTTP, null)
                        .leader()
                        .outcomeRetention())
                .isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void aManagementPortOfItsOwnWhichAsksForNoTokenIsForLoopbackOnly() {
        refusesManagement(Map.of("management.server.port", "9091"));
        refusesManagement(Map.of("management.server.port", "9091", "management.server.address", " "));
        refusesManagement(Map.of("management.server.port", "9091", "management.server.address", "0.0.0.0"));
        // Any that is free twice is two ports.
        refusesManagement(Map.of("management.server.port", "0", "server.port", "0"));

        takesManagement(Map.of("management.server.port", "9091", "management.server.address", "127.0.0.1"));
        takesManagement(Map.of("management.server.port", "7091", "management.server.address", "0.0.0.0"));
        takesManagement(Map.of("management.server.port", "-1"));
        takesManagement(Map.of("management.server.address", "0.0.0.0"));
    }

    private static void refusesManagement(Map<String, String> set) {
        assertThatThrownBy(() -> withManagement(set))
                .as("%s", set)
                .isInstanceOfSatisfying(StartException.class, failure -> {
                    assertThat(failure).hasMessageContaining("management.server.port");
                    assertThat(failure.remedy()).contains("server.port", "management.server.address to 127.0.0.1");
                });
    }

    private static void takesManagement(Map<String, String> set) {
        assertThat(withManagement(set)).as("%s", set).isNotNull();
    }

    private static CoordinatorSettings withManagement(Map<String, String> set) {
        MockEnvironment environment = new MockEnvironment()
                .withProperty("server.address", "127.0.0.1")
                .withProperty("server.port", "7091");
        set.forEach(environment::setProperty);
        return properties("127.0.0.1", null, false, null, null).checked(HttpSide.of(environment), null);
    }

    private static void refuses(String property, ServerProperties properties, String httpAddress) {
        assertThatThrownBy(() -> properties.checked(new HttpSide(httpAddress, false, null), null))
                .isInstanceOfSatisfying(
                        StartException.class,
                        failure -> assertThat(failure.getMessage() + " " + failure.remedy())
                                .contains(property));
    }

    private static ServerProperties properties(
            String address,
            @Nullable String token,
            boolean allowPlaintext,
            @Nullable Path dataDir,
            @Nullable String operatorToken) {
        return new ServerProperties(
                8091,
                address,
                token,
                null,
                NO_TLS,
                allowPlaintext,
                dataDir,
                Duration.ofHours(1),
                false,
                null,
                List.of(),
                LIMITS,
                operatorToken,
                null,
                null,
                null);
    }

    private static ServerProperties retaining(Duration retention) {
        return new ServerProperties(
                8091,
                "127.0.0.1",
                null,
                null,
                NO_TLS,
                false,
                null,
                retention,
                false,
                null,
                List.of(),
                LIMITS,
                null,
                null,
                null,
                null);
    }

    private static ServerProperties node(@Nullable String id, String... peers) {
        return new ServerProperties(
                8091,
                "127.0.0.1",
                null,
                null,
                NO_TLS,
                false,
                null,
                Duration.ofHours(1),
                false,
                id,
                List.of(peers),
                LIMITS,
                null,
                null,
                null,
                null);
    }
}
