package io.dtx.settings;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How the values of a type are written.
 *
 * @param kind what such a value is, as in "which is not a time"
 * @param examples what to write, as in "Write a number"
 */
public record ValueForm(String kind, String examples) {

    public static ValueForm of(Class<?> type) {
        if (type == Boolean.class || type == boolean.class) {
            return new ValueForm("true or false", "true or false");
        }
        if (type == Duration.class) {
            return new ValueForm("a time", "a number with its unit, such as 500ms, 30s or 5m");
        }
        if (type.isEnum()) {
            return new ValueForm(
                    "one of its values",
                    Arrays.stream(type.getEnumConstants())
                            .map(value ->
                                    value.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
                            .collect(Collectors.joining(" or ")));
        }
        if (Number.class.isAssignableFrom(type) || type == int.class || type == long.class) {
            return new ValueForm("a number", "a number");
        }
        // By its name: the type is Spring's.
        if (type.getSimpleName().equals("DataSize")) {
            return new ValueForm("a size", "a number with its unit, such as 512KB or 12MB");
        }
        return new ValueForm("what it can be", "what docs/configuration.md says of it");
    }
}
