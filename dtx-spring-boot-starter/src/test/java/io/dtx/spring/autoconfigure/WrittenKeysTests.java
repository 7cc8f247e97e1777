package io.dtx.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

@ExtendWith(OutputCaptureExtension.class)
class WrittenKeysTests {

    private static final Pattern CONDITION =
            Pattern.compile("@ConditionalOn(?:Boolean)?Property\\(\\s*(?:\\w+ = )?\"?([^,)\"]+)");

    /** Keys are looked at whether dtx is enabled or not; disabled, it starts nothing. */
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(DtxAutoConfiguration.class))
            .withPropertyValues("dtx.enabled=false");

    @ParameterizedTest
    @CsvSource({
        "dtx.coordinator.adresses=tc1:8091, 'dtx.coordinator.adresses', 'dtx.coordinator.addresses'",
        "dtx.coordinator.adresses[0]=tc1:8091, dtx.coordinator.adresses[0], 'dtx.coordinator.addresses'",
        "dtx.enable=false, 'dtx.enable', 'dtx.enabled'",
        "dtx.undo.log.max-size=1MB, 'dtx.undo.log.max-size', 'dtx.undo-log.max-size'"
    })
    void aKeyThatIsNearlyRightStopsTheStartAndSaysWhatToWrite(String property, String written, String meant) {
        fails(runner.withPropertyValues(property), failure -> {
            assertThat(failure.getDescription()).contains(written);
            assertThat(failure.getAction()).contains(meant);
        });
    }

    @Test
    void aGroupWithAValueStopsTheStartAndNamesItsMembers() {
        fails(
                runner.withPropertyValues("dtx.coordinator=tc1:8091"),
                failure -> assertThat(failure.getAction()).contains("dtx.coordinator.addresses"));
    }

    @Test
    void aVariableThatIsNearlyRightStopsTheStartToo() {
        fails(
                withVariables(Map.of("DTX_COORDINATOR_ADRESSES", "tc1:8091")),
                failure -> assertThat(failure.getAction()).contains("'dtx.coordinator.addresses'"));
    }

    @Test
    void aKeyThatIsNearNothingIsWarnedOf(CapturedOutput output) {
        starts(runner.withPropertyValues(
                "dtx.tx-service-group=default",
                "dtx.coordinator.namespace=public",
                "dtx.server.token=s3cret",
                "dtx.lock="));
        assertThat(output.getOut().lines())
                .filteredOn(line -> line.contains("WARN"))
                .singleElement()
                .asString()
                .contains(
                        "dtx.tx-service-group",
                        "dtx.coordinator.namespace",
                        "beside dtx.coordinator.addresses, ",
                        "dtx.server.token",
                        "the coordinator's own process")
                .doesNotContain("dtx.lock", "s3cret");
    }

    @Test
    void aTimeWithoutItsUnitIsWarnedOf(CapturedOutput output) {
        starts(withVariables(Map.of("DTX_LOCK_WAIT", "5"))
                .withPropertyValues("dtx.transaction.timeout=60", "dtx.transaction.rollback-wait=0"));
        assertThat(output.getOut().lines().filter(line -> line.contains("WARN")))
                .hasSize(2)
                .anyMatch(line -> line.contains("'dtx.transaction.timeout'")
                        && line.contains("60 ms")
                        && line.contains("dtx.transaction.timeout=60s"))
                .anyMatch(line -> line.contains("'dtx.lock.wait' (\"DTX_LOCK_WAIT\" from") && line.contains("5 ms"));
    }

    @Test
    void aTimeWithItsUnitIsNotWarnedOf(CapturedOutput output) {
        starts(runner.withPropertyValues(
                "dtx.transaction.timeout=PT1M", "dtx.lock.wait=1500ms", "dtx.transaction.rollback-wait=0s"));
        assertThat(output).doesNotContain("WARN");
    }

    @Test
    void whatBindsIsNotComplainedOf(CapturedOutput output) {
        starts(withVariables(Map.of(
                        "DTX_COORDINATOR_ADDRESSES_0", "tc1:8091",
                        "DTX_UNDOLOG_MAXSIZE", "1MB",
                        "DTX_DATA_SOURCES_EXCLUDE", "reports",
                        "DTX_SERVER_PORT_8091_TCP_ADDR", "10.0.0.1",
                        "DTX_COORDINATOR_SERVICE_HOST", "10.0.0.1"))
                .withPropertyValues(
                        "dtx.test.mariadb.url=jdbc:mariadb://localhost/", "dtx.propagation.acceptFrom[0]=*"));
        assertThat(output).doesNotContain("WARN");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dtx.enabled=ture", "dtx.disabled-behaviour=refuse"})
    void aSwitchWithAWrongValueIsNotTakenForOffNorForOn(String property) {
        fails(
                runner.withPropertyValues(property),
                failure -> assertThat(failure.getDescription()).contains(property.substring(0, property.indexOf('='))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dtx.enabled=on",
                "dtx.enabled=yes",
                "dtx.enabled=1",
                "dtx.enabled=true ",
                "dtx.enabled=",
                "dtx.enabled= ",
                "dtx.enabled=off",
                "dtx.enabled=no",
                "dtx.enabled=0",
                "dtx.enabled=false ",
                "dtx.propagation.tasks=on",
                "dtx.propagation.tasks=0",
                "dtx.propagation.tasks=",
                "dtx.disabled-behaviour=",
                "dtx.disabled-behaviour=ignore ",
                "dtx.disabledBehaviour= "
            })
    void aSwitchTakesItsExactWordsOnlySinceConditionsKnowNoOthers(String property) {
        String[] parts = property.split("=", 2);
        Map<String, Object> written = Map.of(parts[0], parts[1]);
        String name = parts[0].replace("disabledB", "disabled-b");
        String words = name.endsWith("behaviour") ? "=fail or %s=ignore" : "=true or %s=false";
        fails(
                runner.withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addFirst(new MapPropertySource("written", written))),
                failure -> {
                    assertThat(failure.getDescription()).contains("'" + name + "'", "'" + parts[1] + "'");
                    assertThat(failure.getAction()).contains(name + words.formatted(name));
                });
    }

    @Test
    void aVariableIsASwitchTooAndCaseDoesNotMatter() {
        fails(
                withVariables(Map.of("DTX_PROPAGATION_TASKS", "yes")),
                failure -> assertThat(failure.getDescription()).contains("'dtx.propagation.tasks'", "'yes'"));
        starts(withVariables(Map.of("DTX_PROPAGATION_TASKS", "FALSE", "DTX_DISABLED_BEHAVIOUR", "Ignore")));
    }

    /** Whatever a condition reads as text is one of the switches whose text is checked. */
    @Test
    void everyKeyOfAConditionIsASwitch() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(WrittenKeysTests::read)
                            .flatMap(text -> CONDITION.matcher(text).results())
                            .map(match -> match.group(1)))
                    .isNotEmpty()
                    .isSubsetOf(DtxAutoConfiguration.SWITCHES.keySet());
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ApplicationContextRunner withVariables(Map<String, Object> variables) {
        return runner.withInitializer(context -> context.getEnvironment()
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables)));
    }

    private static void starts(ApplicationContextRunner runner) {
        runner.run(context -> assertThat(context).hasNotFailed());
    }

    private static void fails(ApplicationContextRunner runner, Consumer<FailureAnalysis> test) {
        runner.run(context -> {
            assertThat(context).hasFailed();
            test.accept(StartFailure.of(context.getStartupFailure()));
        });
    }
}
