package io.dtx.undo;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The column types of MySQL and MariaDB.
 *
 * <p>Text travels as the bytes of its column's own character set: neither the connection's character set nor a character
 * that has no Unicode form can change it. Connector/J says of bytes, in a statement that the server prepares, that they are
 * text in the connection's character set: {@link #BYTES} takes them for bytes whatever the driver says. A TIMESTAMP travels as
 * its instant, and is written in a session at UTC: local times are ambiguous for one hour a year. A FLOAT is widened first: its
 * text has six digits.
 */
final class MySqlTypes {

    private static final Pattern DIGITS = Pattern.compile("\\(([0-9]+),([0-9]+)\\)");

    private static final String TRIMMED = "TRIM(TRAILING ' ' FROM {c})";

    /**
     * A parameter of bytes: converted from what it is said to be, a text would be garbled, and a key found by it no more. CAST(? AS
     * BINARY) would not do: on MariaDB its value is still converted as the text that the parameter was.
     */
    private static final String BYTES = "CONVERT(? USING binary)";

    private static final String JSON_TEXT = "CAST({c} AS CHAR CHARACTER SET utf8mb4)";

    /** What a JSON value is once its text was written back. */
    private static final String JSON_AGAIN = "CAST(" + JSON_TEXT + " AS JSON)";

    /**
     * MySQL's JSON keeps a DECIMAL or a double that SQL has put in, but reads each number with a fraction as a double: 90.00 comes
     * back as 90.0. Where that is equal, its text is the image, or no restore would find that the value is back. Where it is not
     * (more digits than a double has, dates, which are strings then), the image is of the value as it is, and a restore that does not
     * bring it back stalls.
     */
    private static final String JSON = "IF(" + JSON_AGAIN + " = {c}, CAST(CAST(" + JSON_AGAIN
            + " AS CHAR CHARACTER SET utf8mb4) AS BINARY), CAST(" + JSON_TEXT + " AS BINARY))";

    private static final Map<String, Integer> BYTES_OF_INTEGERS =
            Map.of("tinyint", 1, "smallint", 2, "mediumint", 3, "int", 4, "bigint", 8);

    /** Each holds what the one before it does; all but the first hold any VARCHAR. */
    private static final List<String> TEXTS = List.of("tinytext", "text", "mediumtext", "longtext");

    /** Likewise, and VARBINARY. */
    private static final List<String> BLOBS = List.of("tinyblob", "blob", "mediumblob", "longblob");

    private MySqlTypes() {}

    /**
     * See {@link DatabaseRules#keepsValues}. Widths of integers are for display only. A double holds each float, and (M,D) would round it.
     * Labels are read and written as texts, those of a SET in the order in which they are declared. Bytes of a text mean the same
     * whatever the collation, as long as the character set is the same, or utf8mb4 instead of utf8mb3; trailing spaces of a CHAR are not
     * read. Not among these: fractions of seconds and of decimals, which are read with all digits that are declared; CHAR instead of
     * VARCHAR, and another length of BINARY, which pad; an instant instead of a local time.
     */
    static boolean keepsValues(Declaration was, Declaration is) {
        String type = is.type();
        boolean same = was.type().equals(type);
        boolean withSign = isUnsigned(was.kind()) || !isUnsigned(is.kind());
        return switch (was.type()) {
            case "tinyint", "smallint", "mediumint", "int", "bigint" ->
                BYTES_OF_INTEGERS.containsKey(type)
                        && integerForm(was.kind()) == integerForm(is.kind())
                        && integers(type, is.kind()).holdAll(integers(was.type(), was.kind()));
            case "decimal" -> same && withSign && is.isAsWideAs(was);
            case "float" -> withSign && (same || type.equals("double")) && roundsNoMore(was, is);
            case "double" -> withSign && same && roundsNoMore(was, is);
            case "bit" -> same && is.isAsWideAs(was);
            case "year" -> same;
            case "char" -> same && isSameText(was, is) && is.isAsWideAs(was);
            case "varchar" ->
                isSameText(was, is) && (same ? is.isAsWideAs(was) : Declaration.grows(TEXTS, "text", type));
            case "tinytext", "text", "mediumtext", "longtext" ->
                isSameText(was, is) && Declaration.grows(TEXTS, was.type(), type);
            case "enum" -> same && isSameText(was, is) && is.arguments().containsAll(was.arguments());
            case "set" -> same && isSameText(was, is) && beginsWith(is.arguments(), was.arguments());
            case "varbinary" -> same ? is.isAsWideAs(was) : Declaration.grows(BLOBS, "blob", type);
            case "tinyblob", "blob", "mediumblob", "longblob" -> Declaration.grows(BLOBS, was.type(), type);
            default -> false;
        };
    }

    private static boolean roundsNoMore(Declaration was, Declaration is) {
        return is.arguments().isEmpty()
                || (was.type().equals(is.type()) && is.arguments().equals(was.arguments()));
    }

    private static boolean beginsWith(List<String> labels, List<String> first) {
        return labels.size() >= first.size() && labels.subList(0, first.size()).equals(first);
    }

    private static boolean isSameText(Declaration was, Declaration is) {
        String before = charset(was);
        String now = charset(is);
        return now.equals(before) || (before.equals("utf8mb3") && now.equals("utf8mb4"));
    }

    /** By the collation, whose name begins with it. Older servers call utf8mb3 utf8. */
    private static String charset(Declaration text) {
        String collation = text.kind().substring(text.kind().lastIndexOf(' ') + 1);
        String charset = collation.replaceFirst("_.*", "");
        return charset.equals("utf8") ? "utf8mb3" : charset;
    }

    /**
     * @param type without length: {@code varchar}
     * @param declared with length and more: {@code varchar(100)}
     * @param charset null for types that are no text
     * @param sortKey the expression of the collation's sort key; {@code {c}} stands for the column
     * @param pad see {@link Folding#pad}
     */
    static ColumnType of(
            String type,
            String declared,
            @Nullable String charset,
            @Nullable String collation,
            String sortKey,
            @Nullable ByteString pad) {
        String declaration = collation == null ? declared : declared + " " + collation;
        return switch (type.toLowerCase(Locale.ROOT)) {
            case "tinyint", "smallint", "mediumint", "int", "bigint" ->
                plain(declared, integerForm(declared), Folding.NUMBER)
                        .holding(isPlain(declared) ? integers(type, declared) : null);
            case "decimal" -> plain(declaration, Form.DECIMAL, Folding.NUMBER).holding(decimals(declared));
            case "float", "double" -> ColumnType.of(declaration, "({c} + 0E0)", Form.DOUBLE, "?", Folding.FLOATING);
            case "bit" ->
                ColumnType.of(
                        declaration, "CAST({c} AS UNSIGNED)", Form.DECIMAL_TEXT, "CAST(? AS UNSIGNED)", Folding.NUMBER);
            case "char" -> // which the session's mode may pad, while the index never counts the padding
                text(declaration, TRIMMED, charset, collation, sortKey.replace("{c}", TRIMMED), pad);
            case "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set" ->
                text(declaration, "{c}", charset, collation, sortKey, pad);
            case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob" ->
                plain(declaration, Form.BINARY, Folding.BINARY);
            case "date", "time", "datetime" ->
                ColumnType.of(declaration, "CAST({c} AS CHAR)", Form.TEXT, "?", Folding.TEMPORAL);
            case "timestamp" -> ColumnType.of(declaration, "UNIX_TIMESTAMP({c})", Form.UTC_TIME, "?", Folding.TEMPORAL);
            case "year" -> ColumnType.of(declaration, "CAST({c} AS UNSIGNED)", Form.INTEGER, "?", Folding.NUMBER);
            case "json" ->
                ColumnType.of(
                        declaration,
                        JSON,
                        Form.BINARY,
                        "CAST(CONVERT(" + BYTES + " USING utf8mb4) AS JSON)",
                        Folding.none("equal JSON has more than one text"));
            case "uuid", "inet4", "inet6" ->
                ColumnType.of(declaration, "CAST({c} AS CHAR)", Form.TEXT, "?", Folding.OTHER);
            default -> ColumnType.unsupported(declaration, "dtx does not know how to restore it exactly");
        };
    }

    private static ColumnType plain(String declaration, Form form, Folding folding) {
        return ColumnType.of(declaration, "{c}", form, "?", folding);
    }

    private static Form integerForm(String declared) {
        return declared.startsWith("bigint") && isUnsigned(declared) ? Form.DECIMAL : Form.INTEGER;
    }

    private static ExactNumbers integers(String type, String declared) {
        int bits = 8 * BYTES_OF_INTEGERS.getOrDefault(type.toLowerCase(Locale.ROOT), 0);
        return ExactNumbers.integers(bits, isUnsigned(declared));
    }

    private static boolean isUnsigned(String declared) {
        return declared.contains("unsigned");
    }

    private static boolean isPlain(String declared) {
        return !declared.contains("zerofill");
    }

    private static @Nullable ExactNumbers decimals(String declared) {
        Matcher digits = DIGITS.matcher(declared);
        return digits.find() && isPlain(declared)
                ? ExactNumbers.decimals(
                        Integer.parseInt(digits.group(1)), Integer.parseInt(digits.group(2)), isUnsigned(declared))
                : null;
    }

    private static ColumnType text(
            String declaration,
            String trimmed,
            @Nullable String charset,
            @Nullable String collation,
            String sortKey,
            @Nullable ByteString pad) {
        if (charset == null || collation == null) {
            return ColumnType.unsupported(declaration, "its character set is not known");
        }
        return ColumnType.of(
                declaration,
                "CAST(" + trimmed + " AS BINARY)",
                Form.BINARY,
                "CONVERT(" + BYTES + " USING " + charset + ") COLLATE " + collation,
                Folding.weights(sortKey, pad));
    }
}
