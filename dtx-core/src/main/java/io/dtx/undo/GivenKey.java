package io.dtx.undo;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The key of a row told from what an application gives for it, before the database is asked: only of types between which the
 * database converts nothing, so that a row with exactly this key is the one that is meant.
 */
final class GivenKey {

    private GivenKey() {}

    /** Null where that can not be told. */
    static @Nullable List<Value> of(List<Column> key, List<? extends @Nullable Object> given) {
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            Value value = value(key.get(i).type(), given.get(i));
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return values;
    }

    private static @Nullable Value value(ColumnType type, @Nullable Object given) {
        if (given instanceof Long || given instanceof Integer || given instanceof Short || given instanceof Byte) {
            return number(type, ((Number) given).longValue());
        }
        if (given instanceof String text) {
            return text(type, text);
        }
        boolean uuid = given instanceof UUID && type.declaration().equalsIgnoreCase("uuid") && type.form() == Form.TEXT;
        return uuid ? Value.text(String.valueOf(given)) : null;
    }

    private static @Nullable Value number(ColumnType type, long number) {
        boolean year = type.declaration().toLowerCase(Locale.ROOT).startsWith("year"); // where 26 is 2026
        if (type.folding().rule() != Folding.Rule.NUMBER || year) {
            return null;
        }
        return type.form() == Form.INTEGER ? Value.integer(number) : null; // a decimal would come back with its scale
    }

    private static @Nullable Value text(ColumnType type, String text) {
        boolean plain = !text.isEmpty() && !text.endsWith(" ") && text.chars().allMatch(c -> c >= ' ' && c < 0x7f);
        if (!plain) {
            return null;
        }
        return switch (type.folding().rule()) {
            case TEXT, TEXT_TRIMMED, TEXT_IGNORING_CASE -> type.form() == Form.TEXT ? Value.text(text) : null;
            case WEIGHTS -> Value.binary(text.getBytes(StandardCharsets.US_ASCII));
            default -> null;
        };
    }
}
