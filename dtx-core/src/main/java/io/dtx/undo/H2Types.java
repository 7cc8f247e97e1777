package io.dtx.undo;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** H2's column types. Temporal types travel as text: H2's is exact to the nanosecond, and java.sql.Timestamp knows no zone. */
final class H2Types {

    private static final List<String> INTEGERS = List.of("TINYINT", "SMALLINT", "INTEGER", "BIGINT");

    private H2Types() {}

    /**
     * See {@link DatabaseRules#keepsValues}. The text of a time has no more digits than it needs. Not among these: CHARACTER and BINARY,
     * which pad, and REAL, which is read as such. A collation, behind the sizes, is the database's; an ENUM's labels are not declared here.
     */
    static boolean keepsValues(Declaration was, Declaration is) {
        boolean same = was.before().equals(is.before());
        return switch (was.before()) {
            case "TINYINT", "SMALLINT", "INTEGER", "BIGINT" -> Declaration.grows(INTEGERS, was.before(), is.before());
            case "CHARACTER VARYING" -> (same || is.before().equals("CHARACTER LARGE OBJECT")) && is.isAsWideAs(was);
            case "NUMERIC",
                    "DECFLOAT",
                    "VARCHAR_IGNORECASE",
                    "CHARACTER LARGE OBJECT",
                    "BINARY VARYING",
                    "BINARY LARGE OBJECT",
                    "TIME",
                    "TIME WITH TIME ZONE",
                    "TIMESTAMP",
                    "TIMESTAMP WITH TIME ZONE" -> same && is.isAsWideAs(was);
            default -> false;
        };
    }

    /** @param sizes length, precision, scale, fraction: those that the type has */
    static ColumnType of(String type, List<@Nullable String> sizes, @Nullable String collation) {
        String declaration = type
                + sizes.stream().filter(Objects::nonNull).collect(Collectors.joining(",", "(", ")"))
                + (collation == null ? "" : " " + collation);
        boolean plainCollation = collation == null || collation.equals("OFF");
        return switch (type) {
            case "TINYINT", "SMALLINT", "INTEGER", "BIGINT" ->
                ColumnType.of(declaration, "{c}", Form.INTEGER, "?", Folding.NUMBER);
            case "BOOLEAN" -> ColumnType.of(declaration, "{c}", Form.BOOLEAN, "?", Folding.NUMBER);
            case "NUMERIC" -> ColumnType.of(declaration, "{c}", Form.DECIMAL, "?", Folding.NUMBER);
            case "DECFLOAT" -> asText(declaration, Form.DECIMAL_TEXT, "DECFLOAT", Folding.NUMBER);
            case "REAL" -> ColumnType.of(declaration, "{c}", Form.REAL, "?", Folding.FLOATING);
            case "DOUBLE PRECISION" -> ColumnType.of(declaration, "{c}", Form.DOUBLE, "?", Folding.FLOATING);
            case "CHARACTER" -> text(declaration, plainCollation, Folding.TEXT_TRIMMED);
            case "CHARACTER VARYING", "CHARACTER LARGE OBJECT" -> text(declaration, plainCollation, Folding.TEXT);
            case "VARCHAR_IGNORECASE" -> text(declaration, plainCollation, Folding.TEXT_IGNORING_CASE);
            case "BINARY", "BINARY VARYING", "BINARY LARGE OBJECT" ->
                ColumnType.of(declaration, "{c}", Form.BINARY, "?", Folding.BINARY);
            case "DATE" -> asText(declaration, Form.TEXT, "DATE", Folding.TEMPORAL);
            case "TIME" -> asText(declaration, Form.TEXT, "TIME(9)", Folding.TEMPORAL);
            case "TIMESTAMP" -> asText(declaration, Form.TEXT, "TIMESTAMP(9)", Folding.TEMPORAL);
            case "TIME WITH TIME ZONE" ->
                asText(
                        declaration,
                        Form.TEXT,
                        "TIME(9) WITH TIME ZONE",
                        Folding.none("equal times have more than one offset"));
            case "TIMESTAMP WITH TIME ZONE" ->
                asText(
                        declaration,
                        Form.TEXT,
                        "TIMESTAMP(9) WITH TIME ZONE",
                        Folding.weights("STRINGTOUTF8(CAST({c} AT TIME ZONE 'UTC' AS VARCHAR))", null));
            case "UUID" -> asText(declaration, Form.TEXT, "UUID", Folding.OTHER);
            case "ENUM" -> ColumnType.of(declaration, "CAST({c} AS VARCHAR)", Form.TEXT, "?", Folding.OTHER);
            case "JSON" ->
                ColumnType.of(
                        declaration,
                        "CAST({c} AS VARCHAR)",
                        Form.TEXT,
                        "? FORMAT JSON",
                        Folding.none("equal JSON has more than one text"));
            default -> ColumnType.unsupported(declaration, "dtx does not know how to restore it exactly");
        };
    }

    private static ColumnType asText(String declaration, Form form, String castTo, Folding folding) {
        return ColumnType.of(declaration, "CAST({c} AS VARCHAR)", form, "CAST(? AS " + castTo + ")", folding);
    }

    private static ColumnType text(String declaration, boolean plainCollation, Folding folding) {
        return ColumnType.of(
                declaration,
                "{c}",
                Form.TEXT,
                "?",
                plainCollation ? folding : Folding.none("the collation decides which texts are equal"));
    }
}
