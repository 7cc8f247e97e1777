package io.dtx.undo;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * How a type of column is read, written back and turned into a lock key. The tables of types are in {@link MySqlTypes},
 * {@link PostgreSqlTypes} and {@link H2Types}.
 *
 * @param declaration the type as the database's catalogue spells it, with length, precision and collation
 * @param select the expression to select; {@code {c}} stands for the column
 * @param form how JDBC gets it and sets it
 * @param placeholder the expression that turns a bound value into the column's type; holds one {@code ?}
 * @param folding how a value enters a lock key
 * @param unsupported why values of the type can not be restored exactly; null if they can
 * @param numbers which numbers it holds; null if that is not known, or they are not exact
 */
record ColumnType(
        String declaration,
        String select,
        Form form,
        String placeholder,
        Folding folding,
        @Nullable String unsupported,
        @Nullable ExactNumbers numbers) {

    static ColumnType of(String declaration, String select, Form form, String placeholder, Folding folding) {
        return new ColumnType(declaration, select, form, placeholder, folding, null, null);
    }

    static ColumnType unsupported(String declaration, String why) {
        return new ColumnType(declaration, "{c}", Form.TEXT, "?", Folding.none(why), why, null);
    }

    ColumnType holding(@Nullable ExactNumbers held) {
        return new ColumnType(declaration, select, form, placeholder, folding, unsupported, held);
    }

    String selectOf(String column) {
        return select.replace("{c}", column);
    }

    /** For people; text that was read as bytes of its character set is shown as far as it is ASCII. */
    String describe(Value value) {
        return switch (value.kind()) {
            case NULL -> "null";
            case INTEGER -> Long.toString(value.asLong());
            case DECIMAL, TEXT -> value.asText();
            case DOUBLE -> Double.toString(Double.longBitsToDouble(value.asLong()));
            case REAL -> Float.toString(Float.intBitsToFloat((int) value.asLong()));
            case BINARY -> {
                byte[] bytes = value.asBinary().toByteArray();
                yield folding.rule() == Folding.Rule.WEIGHTS && printable(bytes)
                        ? new String(bytes, StandardCharsets.US_ASCII)
                        : "0x" + HexFormat.of().formatHex(bytes);
            }
        };
    }

    private static boolean printable(byte[] bytes) {
        for (byte b : bytes) {
            if (b < ' ' || b == 0x7f) {
                return false;
            }
        }
        return true;
    }
}
