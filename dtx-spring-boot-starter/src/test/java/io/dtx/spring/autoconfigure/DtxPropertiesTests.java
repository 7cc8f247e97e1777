package io.dtx.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.Bounds;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class DtxPropertiesTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner().withUserConfiguration(Bound.class);

    @EnableConfigurationProperties(DtxProperties.class)
    static class Bound {}

    @Test
    void nothingNeedsToBeSet() {
        bound(runner, properties -> {
            assertThat(properties.enabled()).isTrue();
            assertThat(properties.disabledBehaviour()).isEqualTo(DtxProperties.DisabledBehaviour.FAIL);
            assertThat(properties.coordinator().addresses()).containsExactly("localhost:8091");
            assertThat(properties.coordinator().token()).isNull();
            assertThat(properties.transaction().timeout()).isEqualTo(Bounds.STANDARD_TIMEOUT);
            assertThat(properties.lock().longestWait()).isEqualTo(Duration.ofSeconds(1));
            assertThat(properties.undoLog().maxSize().toMegabytes()).isEqualTo(12);
            assertThat(properties.propagation().hosts()).containsExactly("internal");
            assertThat(properties.propagation().acceptFrom()).containsExactly("internal");
            assertThat(properties.dataSources().exclude()).isEmpty();
        });
    }

    @Test
    void everyPropertyIsBound() {
        bound(
                runner.withPropertyValues(
                        "dtx.enabled=false",
                        "dtx.disabled-behaviour=ignore",
                        "dtx.coordinator.addresses=tc1:8091,[::1]:8092",
                        "dtx.coordinator.token=s3cret",
                        "dtx.transaction.timeout=5m",
                        "dtx.transaction.rollback-wait=0",
                        "dtx.lock.wait=0",
                        "dtx.undo-log.max-size=1KB",
                        "dtx.propagation.hosts=internal,*.bank.example",
                        "dtx.propagation.accept-from=10.0.0.0/8",
                        "dtx.data-sources.exclude=reports"),
                properties -> {
                    assertThat(properties.enabled()).isFalse();
                    assertThat(properties.disabledBehaviour()).isEqualTo(DtxProperties.DisabledBehaviour.IGNORE);
                    assertThat(properties.coordinator().addresses()).isEqualTo(List.of("tc1:8091", "[::1]:8092"));
                    assertThat(properties.coordinator().token()).isEqualTo("s3cret");
                    assertThat(properties.transaction().timeout()).isEqualTo(Duration.ofMinutes(5));
                    assertThat(properties.transaction().rollbackWait()).isZero();
                    assertThat(properties.lock().longestWait()).isZero();
                    assertThat(properties.undoLog().maxSize().toBytes()).isEqualTo(1024);
                    assertThat(properties.propagation().hosts()).containsExactly("internal", "*.bank.example");
                    assertThat(properties.propagation().acceptFrom()).containsExactly("10.0.0.0/8");
                    assertThat(properties.dataSources().exclude()).containsExactly("reports");
                    assertThat(properties.toString()).doesNotContain("s3cret");
                });
    }

    @Test
    void theLongestTimesAreTaken() {
        bound(
                runner.withPropertyValues(
                        "dtx.transaction.timeout=1d", "dtx.transaction.rollback-wait=1m", "dtx.lock.wait=10m"),
                properties -> {
                    assertThat(properties.transaction().timeout()).isEqualTo(Duration.ofDays(1));
                    assertThat(properties.transaction().rollbackWait()).isEqualTo(Duration.ofMinutes(1));
                    assertThat(properties.lock().longestWait()).isEqualTo(Duration.ofMinutes(10));
                });
    }

    @Test
    void theTokenIsTakenFromTheEnvironment() {
        Map<String, Object> variables =
                Map.of("DTX_COORDINATOR_TOKEN", "s3cret", "DTX_COORDINATOR_ADDRESSES", "tc1:8091,tc2:8091");
        bound(
                runner.withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addFirst(new SystemEnvironmentPropertySource("test-systemEnvironment", variables))),
                properties -> {
                    assertThat(properties.coordinator().secret()).isEqualTo("s3cret");
                    assertThat(properties.coordinator().addresses()).containsExactly("tc1:8091", "tc2:8091");
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "dtx.coordinator.addresses=|'dtx.coordinator.addresses' is empty|localhost:8091",
                "dtx.coordinator.addresses=http://tc1:8091|holds 'http://tc1:8091'|host:port without a scheme",
                "dtx.coordinator.addresses=tc1|holds 'tc1'|host:port",
                "dtx.coordinator.addresses=tc1:70000|holds 'tc1:70000'|host:port",
                "dtx.enabled=ture|'dtx.enabled' (\"dtx.enabled\" from property source \"test\") is 'ture'|true or false",
                "dtx.disabled-behaviour=refuse|'dtx.disabled-behaviour'|fail or ignore",
                "dtx.transaction.timeout=a while|is 'a while', which is not a time|such as 500ms, 30s",
                "dtx.undo-log.max-size=big|is 'big', which is not a size|12MB",
                "dtx.transaction.timeout=0s|'dtx.transaction.timeout' is PT0S|dtx.transaction.timeout=60s",
                "dtx.transaction.timeout=500us|'dtx.transaction.timeout' is PT0.0005S|between 1ms and 1d",
                "dtx.transaction.timeout=2d|'dtx.transaction.timeout' is PT48H|between 1ms and 1d",
                "dtx.transaction.rollback-wait=-1s|'dtx.transaction.rollback-wait' is PT-1S|between 0 and 1m",
                "dtx.transaction.rollback-wait=61s|'dtx.transaction.rollback-wait' is PT1M1S|dtx.transaction.rollback-wait=2s",
                "dtx.lock.wait=-1s|'dtx.lock.wait' is PT-1S|dtx.lock.wait=1s",
                "dtx.lock.wait=11m|'dtx.lock.wait' is PT11M|between 0 and 10m",
                "dtx.undo-log.max-size=0|'dtx.undo-log.max-size' is 0B|dtx.undo-log.max-size=12MB",
                "dtx.propagation.hosts=|'dtx.propagation.hosts' is empty|dtx.propagation.hosts=internal,bank2.example.org",
                "dtx.propagation.hosts=  |'dtx.propagation.hosts' is empty|dtx.propagation.hosts=!*",
                "dtx.propagation.hosts=internal,|'dtx.propagation.hosts' holds|bank2.example.org",
                "dtx.propagation.accept-from=|'dtx.propagation.accept-from' is empty|dtx.propagation.accept-from=internal,",
                "dtx.propagation.hosts=http://bank2|'dtx.propagation.hosts' holds|bank2.example.org",
                "dtx.propagation.accept-from=10.0.0.0/40|'dtx.propagation.accept-from' holds|10.0.0.0/8"
            })
    void aWrongValueStopsTheStartAndSaysWhatToWrite(String property, String description, String action) {
        runner.withPropertyValues(property).run(context -> {
            assertThat(context).hasFailed();
            assertThat(StartFailure.of(context.getStartupFailure())).satisfies(failure -> {
                assertThat(failure.getDescription()).contains(description);
                assertThat(failure.getAction()).contains(action);
            });
        });
    }

    private static void bound(ApplicationContextRunner runner, Consumer<DtxProperties> test) {
        runner.run(context -> {
            assertThat(context).hasNotFailed();
            test.accept(context.getBean(DtxProperties.class));
        });
    }
}
