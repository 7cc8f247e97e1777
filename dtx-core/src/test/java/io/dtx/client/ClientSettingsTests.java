package io.dtx.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientSettingsTests {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:",
                ":8091",
                "localhost:0",
                "localhost:65536",
                "localhost:99999999999",
                "http://localhost:8091",
                "::1:8091",
                "a b:1",
                "my_host:8091",
                "-host:8091",
                "host-:8091",
                "host.1:8091",
                ""
            })
    void anAddressThatIsNoneIsRefusedWithWhatToWrite(String address) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientSettings.of("app", address))
                .withMessageContaining("dtx.coordinator.addresses: '" + address + "' is not host:port")
                .withMessageContaining("localhost:8091");
    }

    @Test
    void namesAndBothKindsOfIpAddressAreTaken() {
        assertThat(ClientSettings.of("app", "my-host.example:1", " 127.0.0.1:8091", "[::1]:65535", "my-host.example:1")
                        .addresses())
                .containsExactly("my-host.example:1", "127.0.0.1:8091", "[::1]:65535");
    }

    @Test
    void aNameThatNoHostCanHaveIsRefusedWithWhatANameMayHold() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientSettings.of("app", "dtx_server:8091"))
                .withMessageContaining("dtx.coordinator.addresses: 'dtx_server:8091' is not host:port")
                .withMessageContaining("no underscore");
    }

    @Test
    void noAddressAtAllIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientSettings.of("app"))
                .withMessageContaining("dtx.coordinator.addresses is empty");
    }

    @Test
    void aTokenIsNeverShown() {
        assertThat(withToken("s3cret")).asString().doesNotContain("s3cret").contains("with token");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> withToken("s3cret\n"))
                .withMessageContaining("dtx.coordinator.token")
                .withMessageNotContaining("s3cret");
    }

    @Test
    void timesOutOfRangeAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> times(Duration.ofMillis(-1), Duration.ofSeconds(1)))
                .withMessageContaining("dtx.lock.wait");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> times(Duration.ofMinutes(11), Duration.ofSeconds(1)))
                .withMessageContaining("from 0 to 10 min");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> times(Duration.ZERO, Duration.ofNanos(1)))
                .withMessageContaining("request timeout");
        assertThatIllegalArgumentException().isThrownBy(() -> times(Duration.ZERO, Duration.ofHours(2)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientSettings.of("app", "localhost:8091").withCommitTimeout(Duration.ZERO))
                .withMessageContaining("commit timeout");
    }

    private static ClientSettings withToken(@Nullable String token) {
        return new ClientSettings(
                "app", List.of("localhost:8091"), token, Duration.ofSeconds(1), Duration.ofSeconds(1));
    }

    private static ClientSettings times(Duration lockWait, Duration requestTimeout) {
        return new ClientSettings("app", List.of("localhost:8091"), null, lockWait, requestTimeout);
    }
}
