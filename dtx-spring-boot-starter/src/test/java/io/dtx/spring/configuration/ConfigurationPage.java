package io.dtx.spring.configuration;

import io.dtx.spring.configuration.Metadata.Example;
import io.dtx.spring.configuration.Metadata.Property;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** {@code docs/configuration.md}, as the metadata has it. */
final class ConfigurationPage {

    private static final Predicate<Property> OF_SERVER =
            property -> property.name().startsWith("dtx.server.");

    private ConfigurationPage() {}

    static String of(Metadata metadata) {
        return """
                # Configuration

                Everything that can be set, with what it is if it is not. Set it as with every Spring Boot application:
                `application.yml`, `DTX_LOCK_WAIT=2s` in the environment, `--dtx.lock.wait=2s` on the command line. Secrets belong
                in the environment. A time is a number with its unit (`500ms`, `30s`, `5m`, `1h`), a size likewise (`512KB`,
                `12MB`); a list is separated by commas. A time without its unit is taken as milliseconds, and warned of at the start.

                A wrong value, or a `dtx.*` key that looks like a slip of one of these, stops the start and says what to write; any
                other `dtx.*` key that is not here is named in one warning.

                ## Applications

                %s
                ## The coordinator

                Its HTTP side, for operators, is Spring Boot's: `server.port` is 7091 here.

                %s
                <!-- Written by ConfigurationPageTests from the descriptions in the code. To change a line, change them, and run
                %s -->
                """.formatted(
                table(metadata, OF_SERVER.negate()), table(metadata, OF_SERVER), ConfigurationPageTests.COMMAND);
    }

    private static String table(Metadata metadata, Predicate<Property> which) {
        return metadata.properties().stream()
                .filter(which)
                .map(ConfigurationPage::row)
                .collect(Collectors.joining("", "| property | default | |\n|---|---|---|\n", ""));
    }

    private static String row(Property property) {
        return "| `%s` | %s | %s%s |\n"
                .formatted(
                        property.name(),
                        property.defaultValue() == null ? "" : "`" + property.defaultValue() + "`",
                        cell(property.description()),
                        cell(examples(property.examples())));
    }

    private static String examples(List<Example> examples) {
        if (examples.isEmpty()) {
            return "";
        }
        if (examples.stream().allMatch(example -> example.description() == null)) {
            return examples.stream()
                    .map(example -> "`" + example.value() + "`")
                    .collect(Collectors.joining(", ", " For example ", "."));
        }
        return examples.stream()
                .map(example -> "`" + example.value() + "`: " + lowerFirst(String.valueOf(example.description())))
                .collect(Collectors.joining(" ", "<br>", ""));
    }

    private static String lowerFirst(String sentence) {
        return sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1);
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("\n", " ");
    }
}
