package io.dtx.settings;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A time that was written as a bare number: Spring Boot takes it as milliseconds, and who wrote it may have meant seconds. */
public final class TimeWithoutUnit {

    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]+");
    private static final Pattern ZERO = Pattern.compile("[+-]?0+");

    private TimeWithoutUnit() {}

    /** Whether the text is a number alone; zero is the same in each unit. */
    public static boolean is(String text) {
        return NUMBER.matcher(text).matches() && !ZERO.matcher(text).matches();
    }

    /**
     * What to log about a value.
     *
     * @param property in its canonical form
     * @param place where the value was written, in brackets after a blank; empty if that is not known
     * @param value as it was written
     * @return null if there is nothing to say
     */
    public static @Nullable String warning(String property, String place, String value) {
        String number = value.strip();
        return is(number)
                ? "The property '" + property + "'" + place + " is '" + number + "', without a unit, which is " + number
                        + " ms. Write " + property + "=" + number + "s if seconds were meant, " + property + "="
                        + number + "ms if not"
                : null;
    }
}
