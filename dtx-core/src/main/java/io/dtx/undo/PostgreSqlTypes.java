package io.dtx.undo;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL's column types, by their names in pg_type.
 *
 * <p>Most travel in the server's text form, which casts back exactly. Types whose text depends on the session do not: floats
 * travel as bits, instants at UTC; intervals, money and arrays of such types are refused. DateStyle is ISO on every
 * connection: the JDBC driver cuts those on which it is not.
 */
final class PostgreSqlTypes {

    /** Elements of arrays whose text form does not depend on the session. */
    private static final Set<String> ARRAY_ELEMENTS = Set.of(
            "bool",
            "int2",
            "int4",
            "int8",
            "numeric",
            "text",
            "varchar",
            "bpchar",
            "uuid",
            "date",
            "time",
            "timestamp",
            "inet",
            "cidr",
            "json",
            "jsonb");

    private static final List<String> INTEGERS = List.of("smallint", "integer", "bigint");

    private PostgreSqlTypes() {}

    /**
     * See {@link DatabaseRules#keepsValues}. The text of a time has no more digits than it needs, that of a numeric all that are
     * declared. Not among these: char and bit, which pad or do not fit, real, which is read as four bytes, and types that are not
     * PostgreSQL's own.
     */
    static boolean keepsValues(Declaration was, Declaration is) {
        boolean arrays = was.kind().endsWith("[]") && is.kind().endsWith("[]");
        String before = arrays ? ofElements(was) : was.kind();
        String now = arrays ? ofElements(is) : is.kind();
        return switch (before) {
            case "smallint", "integer", "bigint" -> Declaration.grows(INTEGERS, before, now);
            case "text" -> now.equals("character varying") && is.arguments().isEmpty();
            case "character varying" -> now.equals("text") || (now.equals(before) && is.isAsWideAsOrWithoutLimit(was));
            case "numeric",
                    "bit varying",
                    "time without time zone",
                    "time with time zone",
                    "timestamp without time zone",
                    "timestamp with time zone" -> now.equals(before) && is.isAsWideAsOrWithoutLimit(was);
            default -> false;
        };
    }

    private static String ofElements(Declaration array) {
        return array.kind().substring(0, array.kind().length() - 2);
    }

    /**
     * @param declaration as format_type gives it; of a domain, the domain's name
     * @param type the name in pg_type; of a domain, its base type's
     * @param category b base, e enum, r range, m multirange, ...
     * @param sql the type's qualified and quoted name
     * @param element the name of an array's element type; null if it is none
     * @param deterministic whether the column's collation calls only equal bytes equal
     */
    static ColumnType of(
            String declaration,
            String type,
            String category,
            String sql,
            @Nullable String element,
            boolean deterministic) {
        if (category.equals("e")) {
            return asText(declaration, sql, Folding.OTHER);
        }
        if (element != null && type.startsWith("_")) {
            return ARRAY_ELEMENTS.contains(element)
                    ? asText(declaration, sql, Folding.none("equal arrays may have more than one text"))
                    : ColumnType.unsupported(declaration, "dtx does not know arrays of " + element);
        }
        Folding textFolding =
                deterministic ? Folding.TEXT : Folding.none("the collation decides which texts are equal");
        return switch (type) {
            case "int2", "int4", "int8" -> plain(declaration, Form.INTEGER, Folding.NUMBER);
            case "numeric" ->
                ColumnType.of(
                        declaration, "CAST({c} AS text)", Form.DECIMAL_TEXT, "CAST(? AS numeric)", Folding.NUMBER);
            case "float4" -> ColumnType.of(declaration, "float4send({c})", Form.REAL_BYTES, "?", Folding.FLOATING);
            case "float8" -> ColumnType.of(declaration, "float8send({c})", Form.DOUBLE_BYTES, "?", Folding.FLOATING);
            case "bool" -> plain(declaration, Form.BOOLEAN, Folding.NUMBER);
            case "text", "varchar" -> ColumnType.of(declaration, "{c}", Form.TEXT, "CAST(? AS text)", textFolding);
            // Not cast to text, which would drop trailing blanks.
            case "bpchar" ->
                ColumnType.of(
                        declaration,
                        "{c}",
                        Form.TEXT,
                        "CAST(? AS bpchar)",
                        deterministic ? Folding.TEXT_TRIMMED : textFolding);
            case "bytea" -> plain(declaration, Form.BINARY, Folding.BINARY);
            case "date", "time", "timestamp" -> asText(declaration, type, Folding.TEMPORAL);
            case "timetz" -> asText(declaration, type, Folding.none("equal times have more than one offset"));
            case "timestamptz" ->
                ColumnType.of(
                        declaration,
                        "CAST({c} AT TIME ZONE 'UTC' AS text)",
                        Form.TEXT,
                        "(CAST(? AS timestamp) AT TIME ZONE 'UTC')",
                        Folding.TEMPORAL);
            case "uuid", "bit", "varbit", "inet", "cidr", "macaddr", "macaddr8" ->
                asText(declaration, type.equals("bit") ? declaration : type, Folding.OTHER);
            case "json", "jsonb" -> asText(declaration, type, Folding.none("equal JSON has more than one text"));
            case "int4range",
                    "int8range",
                    "numrange",
                    "daterange",
                    "tsrange",
                    "int4multirange",
                    "int8multirange",
                    "nummultirange",
                    "datemultirange",
                    "tsmultirange" ->
                asText(declaration, type, Folding.none("equal ranges may have more than one text"));
            default -> ColumnType.unsupported(declaration, "dtx does not know how to restore it exactly");
        };
    }

    private static ColumnType plain(String declaration, Form form, Folding folding) {
        return ColumnType.of(declaration, "{c}", form, "?", folding);
    }

    private static ColumnType asText(String declaration, String castTo, Folding folding) {
        return ColumnType.of(declaration, "CAST({c} AS text)", Form.TEXT, "CAST(? AS " + castTo + ")", folding);
    }
}
