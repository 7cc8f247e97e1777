package io.dtx.samples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.samples.demo.DemoOptions.DatabaseKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoOptionsTests {

    @Test
    void thePortsAreThoseOfTheDocumentsUnlessChosen() {
        DemoOptions options = DemoOptions.from(Map.of("demo.bank1.port", "9000", "user.name", "somebody"));
        assertThat(options.port(Service.BANK1)).isEqualTo(9000);
        assertThat(options.port(Service.COORDINATOR)).isEqualTo(8091);
        assertThat(options.port(Service.CONSOLE)).isEqualTo(7091);
        assertThat(options.keep()).isFalse();
        assertThat(options.dtx()).isTrue();
    }

    @Test
    void anOptionWithoutValueIsOn() {
        assertThat(DemoOptions.from(Map.of("demo.keep", "")).keep()).isTrue();
    }

    @Test
    void theDatabaseCanBeChosen() {
        assertThat(DemoOptions.from(Map.of("demo.database", "PostgreSQL")).database())
                .contains(DatabaseKind.POSTGRESQL);
    }

    @Test
    void onlyADemoWithDiscoveryHasARegistry() {
        assertThat(DemoOptions.from(Map.of()).has(Service.REGISTRY)).isFalse();
        assertThat(DemoOptions.from(Map.of("demo.discovery", "eureka")).has(Service.REGISTRY))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "demo.database   | oracle | demo.database must be mariadb or postgresql, but is oracle",
                "demo.discovery  | consul | demo.discovery must be none or eureka, but is consul",
                "demo.keep       | maybe  | demo.keep must be true or false, but is maybe",
                "demo.bank1.port | 99999  | demo.bank1.port must be a port (0 for any that is free), but is 99999",
                "demo.bank1.port | x      | demo.bank1.port must be a port (0 for any that is free), but is x"
            })
    void aValueThatMakesNoSenseIsRefused(String name, String value, String message) {
        assertThatThrownBy(() -> DemoOptions.from(Map.of(name, value)))
                .isInstanceOf(DemoFailure.class)
                .hasMessage(message);
    }

    @Test
    void aMistypedOptionIsRefusedAndTheRightOnesAreNamed() {
        assertThatThrownBy(() -> DemoOptions.from(Map.of("demo.kep", "true")))
                .isInstanceOf(DemoFailure.class)
                .hasMessageContainingAll("demo.kep", "demo.keep", "demo.bank2.port");
    }

    @Test
    void aTakenPortIsNamedWithTheOptionThatChoosesAnother() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            DemoOptions options = DemoOptions.from(Map.of("demo.bank2.port", port, "demo.bank1.port", "0"));
            assertThatThrownBy(() -> Ports.claim(options))
                    .isInstanceOf(DemoFailure.class)
                    .hasMessageContainingAll("Port " + port, "bank2", "-Ddemo.bank2.port=<port>");
        }
    }

    @Test
    void zeroStandsForAnyFreePort() {
        DemoOptions options = DemoOptions.from(Map.of(
                "demo.bank1.port",
                "0",
                "demo.bank2.port",
                "0",
                "demo.coordinator.port",
                "0",
                "demo.console.port",
                "0"));
        assertThat(Ports.claim(options).numbers().values()).doesNotContain(0).doesNotHaveDuplicates();
    }
}
