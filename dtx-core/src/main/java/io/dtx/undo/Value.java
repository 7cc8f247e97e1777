package io.dtx.undo;

import com.google.protobuf.ByteString;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One column's value, held exactly. Two values are equal only if the database holds the same bytes: {@code 1.0} and
 * {@code 1.00}, {@code 'a'} and {@code 'A'}, {@code 0.0} and {@code -0.0} differ. Immutable.
 *
 * @param kind how it is held
 * @param content by kind; null only for {@link Kind#NULL}
 */
public record Value(Kind kind, @Nullable Object content) {

    static final Value NULL = new Value(Kind.NULL, null);

    /** A fixed order of keys, in which rows are locked; not the database's. */
    static final Comparator<List<Value>> KEY_ORDER = Value::compareKeys;

    /** How a value is held. What a kind means for a column, its {@link ColumnType} says. */
    public enum Kind {
        NULL,
        /** {@link Long}: integers that fit, booleans as 0 and 1. */
        INTEGER,
        /** {@link String}: an exact number with its scale, as the database writes it. */
        DECIMAL,
        /** {@link String}: text, or another type in an exact text form that does not depend on the session. */
        TEXT,
        /** {@link ByteString}: bytes, or text in its column's own character set. */
        BINARY,
        /** {@link Long}: the bits of a double. */
        DOUBLE,
        /** {@link Long}: the bits of a float. */
        REAL
    }

    public static Value integer(long value) {
        return new Value(Kind.INTEGER, value);
    }

    static Value decimal(@Nullable BigDecimal value) {
        return value == null ? NULL : decimal(value.toPlainString());
    }

    static Value decimal(@Nullable String value) {
        return value == null ? NULL : new Value(Kind.DECIMAL, value);
    }

    public static Value text(@Nullable String value) {
        return value == null ? NULL : new Value(Kind.TEXT, value);
    }

    public static Value binary(byte @Nullable [] value) {
        return value == null ? NULL : new Value(Kind.BINARY, ByteString.copyFrom(value));
    }

    static Value real(float value) {
        return new Value(Kind.REAL, (long) Float.floatToRawIntBits(value));
    }

    static Value doublePrecision(double value) {
        return new Value(Kind.DOUBLE, Double.doubleToRawLongBits(value));
    }

    public boolean isNull() {
        return kind == Kind.NULL;
    }

    long asLong() {
        return (Long) present();
    }

    String asText() {
        return (String) present();
    }

    ByteString asBinary() {
        return (ByteString) present();
    }

    private Object present() {
        if (content == null) {
            throw new IllegalStateException("the value is null");
        }
        return content;
    }

    private static int compareKeys(List<Value> one, List<Value> other) {
        for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
            int order = one.get(i).compare(other.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(one.size(), other.size());
    }

    private int compare(Value other) {
        if (kind != other.kind) {
            return kind.compareTo(other.kind);
        }
        return switch (kind) {
            case NULL -> 0;
            case INTEGER, DOUBLE, REAL -> Long.compare(asLong(), other.asLong());
            case DECIMAL, TEXT -> asText().compareTo(other.asText());
            case BINARY -> ByteString.unsignedLexicographicalComparator().compare(asBinary(), other.asBinary());
        };
    }
}
