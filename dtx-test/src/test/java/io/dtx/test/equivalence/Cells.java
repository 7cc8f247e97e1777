package io.dtx.test.equivalence;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.sql.Types;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Values of a result in one text each. A driver's text of the same value depends on whether the server sent it as text or in
 * binary, and which of the two it does on whether, how and how often the statement was prepared: dtx prepares statements that
 * the application does not.
 */
final class Cells {

    /** What MariaDB shows of a FLOAT in text. */
    private static final MathContext SIX_DIGITS = new MathContext(6, RoundingMode.HALF_EVEN);

    private static final Set<Integer> TIMES =
            Set.of(Types.TIME, Types.TIMESTAMP, Types.TIME_WITH_TIMEZONE, Types.TIMESTAMP_WITH_TIMEZONE);

    private Cells() {}

    /** @param type one of {@link Types} */
    static String byValue(int type, @Nullable String text) {
        if (text == null) {
            return "null";
        }
        if (type == Types.REAL) {
            float value = Float.parseFloat(text);
            return Float.isFinite(value) && value != 0
                    ? new BigDecimal(value)
                            .round(SIX_DIGITS)
                            .stripTrailingZeros()
                            .toString()
                    : Float.toString(value);
        }
        if (type == Types.DOUBLE || type == Types.FLOAT) {
            return Double.toString(Double.parseDouble(text));
        }
        if (type == Types.ARRAY) {
            // In binary, elements come in quotes, and the bounds, where they are not the usual ones, not at all.
            return text.replaceFirst("^(\\[-?\\d+:-?\\d+])+=", "").replaceAll("\"(-?[0-9.]+)\"", "$1");
        }
        // The digits behind a second's decimal point: as many as the column has, or as many as are not zero.
        return TIMES.contains(type)
                ? text.replaceFirst("(\\.\\d*?)0+(?!\\d)", "$1").replaceFirst("\\.(?!\\d)", "")
                : text;
    }
}
