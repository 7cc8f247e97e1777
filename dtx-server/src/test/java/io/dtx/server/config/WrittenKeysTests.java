package io.dtx.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** What stops the coordinator's start before anything is opened, in the words that are printed. */
@ExtendWith(OutputCaptureExtension.class)
class WrittenKeysTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner().withUserConfiguration(Keys.class);

    @EnableConfigurationProperties(ServerProperties.class)
    static class Keys {
        @Bean
        static WrittenKeys writtenKeys(ConfigurableEnvironment environment) {
            return ServerConfiguration.writtenKeys(environment);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dtx.server.ports=8092|There is no property dtx.server.ports|dtx.server.port",
                "dtx.server.data.dir=x|There is no property|dtx.server.data-dir",
                "dtx.server.operator-tokens=x|There is no property|dtx.server.operator-token",
                "dtx.server=localhost|no property but a group|dtx.server.address, ",
                "dtx.server.port=tcp://10.0.0.1:8091|dtx.server.port .* is tcp://10.0.0.1:8091, which is not a number|Write a number",
                "dtx.server.outcome-retention=long|is long, which is not a time|30s",
                "dtx.server.allow-plaintext=maybe|is maybe, which is not true or false|Write true or false"
            })
    void aSlipOrAWrongValueStopsTheStartAndSaysWhatToWrite(String property, String description, String action) {
        runner.withPropertyValues(property).run(context -> {
            assertThat(context).hasFailed();
            FailureAnalysis failure = printed(context.getStartupFailure());
            assertThat(failure.getDescription().replace("'", "")).containsPattern(description);
            assertThat(String.valueOf(failure.getAction()).replace("'", "")).contains(action);
        });
    }

    @Test
    void secretsAreTakenFromTheEnvironment() {
        Map<String, Object> variables = Map.of(
                "DTX_SERVER_TOKEN",
                "s3cret",
                "DTX_SERVER_OPERATOR_TOKEN",
                "0perator",
                "DTX_SERVER_READ_TOKEN",
                "r3ader");
        runner.withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addFirst(new SystemEnvironmentPropertySource("test-systemEnvironment", variables)))
                .run(context -> {
                    ServerProperties properties = context.getBean(ServerProperties.class);
                    assertThat(properties
                                    .checked(new HttpSide("127.0.0.1", false, null), null)
                                    .token())
                            .isEqualTo("s3cret");
                    assertThat(properties.operatorSecret()).isEqualTo("0perator");
                    assertThat(properties.readSecret()).isEqualTo("r3ader");
                });
    }

    @Test
    void aKeyThatIsNearNothingIsWarnedOf(CapturedOutput output) {
        runner.withPropertyValues("dtx.server.database.url=jdbc:none", "dtx.coordinator.token=s3cret")
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output.getOut().lines())
                .filteredOn(line -> line.contains("WARN"))
                .singleElement()
                .asString()
                .contains("dtx.server.database.url", "beside dtx.server.address")
                .contains("dtx.coordinator.token", "which belongs to applications")
                .doesNotContain("s3cret");
    }

    @Test
    void aTimeWithoutItsUnitIsWarnedOf(CapturedOutput output) {
        runner.withPropertyValues("dtx.server.outcome-retention=3600000")
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output.getOut().lines())
                .filteredOn(line -> line.contains("WARN"))
                .singleElement()
                .asString()
                .contains("'dtx.server.outcome-retention' (", "from property source \"test\")")
                .contains("3600000 ms", "dtx.server.outcome-retention=3600000s");
    }

    private static FailureAnalysis printed(@Nullable Throwable failure) {
        Objects.requireNonNull(failure);
        return SpringFactoriesLoader.forDefaultResourceLocation()
                .load(FailureAnalyzer.class, (type, name, error) -> {})
                .stream()
                .map(analyzer -> analyzer.analyze(failure))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow(() -> new AssertionError("not analysed", failure));
    }
}
