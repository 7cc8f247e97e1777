package io.dtx.undo;

import com.google.protobuf.ByteString;
import io.dtx.model.LockKey;
import java.math.BigDecimal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a column's value enters a lock key. The rule: two values that the database's unique index calls equal must give the
 * same part of the key. The reverse may fail (two different values, one lock), which costs waiting, never safety.
 *
 * @param rule how
 * @param select for {@link Rule#WEIGHTS}: the expression to select beside the column, {@code {c}} standing for it
 * @param pad for {@link Rule#WEIGHTS}: the weight of a space, stripped from the end; null if trailing spaces count
 * @param why for {@link Rule#NONE}: why values of the column can not be locked
 */
record Folding(
        Rule rule,
        @Nullable String select,
        @Nullable ByteString pad,
        @Nullable String why) {

    enum Rule {
        NUMBER,
        /** The bits of a double or float; the two zeros are one. */
        FLOATING,
        TEXT,
        /** Trailing spaces do not count. */
        TEXT_TRIMMED,
        TEXT_IGNORING_CASE,
        BINARY,
        TEMPORAL,
        OTHER,
        /** The database's own sort key of the text. */
        WEIGHTS,
        /** No lock key can be made. */
        NONE
    }

    /** Beyond it, a number's plain form could fill the memory. */
    private static final int LONGEST_PLAIN_SCALE = 1000;

    static final Folding NUMBER = new Folding(Rule.NUMBER, null, null, null);
    static final Folding FLOATING = new Folding(Rule.FLOATING, null, null, null);
    static final Folding TEXT = new Folding(Rule.TEXT, null, null, null);
    static final Folding TEXT_TRIMMED = new Folding(Rule.TEXT_TRIMMED, null, null, null);
    static final Folding TEXT_IGNORING_CASE = new Folding(Rule.TEXT_IGNORING_CASE, null, null, null);
    static final Folding BINARY = new Folding(Rule.BINARY, null, null, null);
    static final Folding TEMPORAL = new Folding(Rule.TEMPORAL, null, null, null);
    static final Folding OTHER = new Folding(Rule.OTHER, null, null, null);

    static Folding weights(String select, @Nullable ByteString pad) {
        return new Folding(Rule.WEIGHTS, select, pad, null);
    }

    static Folding none(String why) {
        return new Folding(Rule.NONE, null, null, why);
    }

    /** Adds a value, or for {@link Rule#WEIGHTS} what was selected for it. */
    void add(LockKey.Builder key, Value value) {
        if (value.isNull()) {
            key.nullValue();
            return;
        }
        switch (rule) {
            case NUMBER -> key.number(number(value));
            case FLOATING -> key.number(floating(value));
            case TEXT -> key.text(value.asText());
            case TEXT_TRIMMED -> key.text(trimmed(value.asText()));
            case TEXT_IGNORING_CASE -> key.text(ignoringCase(value.asText()));
            case BINARY -> key.binary(value.asBinary().toByteArray());
            case TEMPORAL -> key.temporal(value.asText());
            case OTHER -> key.other(value.asText());
            case WEIGHTS -> key.binary(stripped(value.asBinary()).toByteArray());
            case NONE -> throw new IllegalStateException("a lock key was asked for although " + why);
        }
    }

    private static String number(Value value) {
        if (value.kind() == Value.Kind.INTEGER) {
            return Long.toString(value.asLong());
        }
        String text = value.asText();
        char last = text.charAt(text.length() - 1);
        if (last < '0' || last > '9') {
            return text; // NaN, Infinity
        }
        BigDecimal number = new BigDecimal(text).stripTrailingZeros();
        return Math.abs((long) number.scale()) > LONGEST_PLAIN_SCALE ? number.toString() : number.toPlainString();
    }

    private static String floating(Value value) {
        double number = value.kind() == Value.Kind.REAL
                ? Float.intBitsToFloat((int) value.asLong())
                : Double.longBitsToDouble(value.asLong());
        return number == 0 ? "0.0" : Double.toString(number);
    }

    private static String trimmed(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
            end--;
        }
        return text.substring(0, end);
    }

    /** As {@link String#compareToIgnoreCase} compares, char by char: by whole text, some characters would grow. */
    private static String ignoringCase(String text) {
        StringBuilder folded = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            folded.append(Character.toLowerCase(Character.toUpperCase(text.charAt(i))));
        }
        return folded.toString();
    }

    private ByteString stripped(ByteString weights) {
        if (pad == null || pad.isEmpty()) {
            return weights;
        }
        int end = weights.size();
        while (end >= pad.size() && weights.substring(end - pad.size(), end).equals(pad)) {
            end -= pad.size();
        }
        return weights.substring(0, end);
    }

    @Override
    public String toString() {
        return rule.name().toLowerCase(Locale.ROOT);
    }
}
