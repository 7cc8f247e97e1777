package io.dtx.undo;

import static io.dtx.undo.DatabaseRules.byName;
import static io.dtx.undo.DatabaseRules.named;
import static io.dtx.undo.DatabaseRules.query;
import static io.dtx.undo.DatabaseRules.text;

import io.dtx.sql.Dialect;
import io.dtx.sql.TableName;
import io.dtx.undo.Table.NameCase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** H2 in its regular mode. */
final class H2Rules implements DatabaseRules {

    /** A default that is a value: H2 has computed whatever does not change. */
    private static final Pattern CONSTANT = Pattern.compile(
            "NULL|TRUE|FALSE|UNKNOWN|[-+0-9.E]+|([A-Z ]|U&)*'([^']|'')*'|CAST\\(('[^']*'|[-+0-9.E]+) AS .*\\)");

    private static final UndoLogSql UNDO_LOG = new UndoLogSql(
            "undo_log-h2.sql",
            "CURRENT_TIMESTAMP(6)",
            "DATEADD(SECOND, -?, CURRENT_TIMESTAMP(6))",
            "CAST(FLOOR(EXTRACT(EPOCH FROM log_created)) AS BIGINT)",
            "CURRENT_SCHEMA",
            "CAST(? AS BIGINT)",
            "CAST(? AS VARCHAR)",
            "CAST(? AS BINARY LARGE OBJECT)",
            null,
            null,
            null,
            UndoLogSql.DELETE);

    /** Constraint, child table and column, parent's schema, table and column, what it does on delete and on update. */
    private static final String FOREIGN_KEYS = """
            SELECT R.CONSTRAINT_NAME, K.TABLE_NAME, K.COLUMN_NAME, P.TABLE_SCHEMA, P.TABLE_NAME, P.COLUMN_NAME,
                   R.DELETE_RULE, R.UPDATE_RULE
            FROM INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS R
            JOIN INFORMATION_SCHEMA.KEY_COLUMN_USAGE K ON K.CONSTRAINT_SCHEMA = R.CONSTRAINT_SCHEMA
                AND K.CONSTRAINT_NAME = R.CONSTRAINT_NAME
            JOIN INFORMATION_SCHEMA.KEY_COLUMN_USAGE P ON P.CONSTRAINT_SCHEMA = R.UNIQUE_CONSTRAINT_SCHEMA
                AND P.CONSTRAINT_NAME = R.UNIQUE_CONSTRAINT_NAME
                AND P.ORDINAL_POSITION = K.POSITION_IN_UNIQUE_CONSTRAINT
            """;

    private static final long MAX_UNDO_SIZE = 64L * 1024 * 1024;

    @Override
    public Dialect dialect() {
        return Dialect.H2;
    }

    @Override
    public boolean knows(Connection connection) throws SQLException {
        return "REGULAR".equalsIgnoreCase(setting(connection, "MODE"));
    }

    @Override
    public boolean isInMemory(Connection connection) throws SQLException {
        String url = connection.getMetaData().getURL();
        return url != null && url.startsWith("jdbc:h2:mem:");
    }

    @Override
    public String catalogue(Connection connection) throws SQLException {
        return text(query(connection, "SELECT CURRENT_CATALOG").get(0), 0);
    }

    @Override
    public String schema(Connection connection) throws SQLException {
        return text(query(connection, "SELECT CURRENT_SCHEMA").get(0), 0);
    }

    @Override
    public String server(Connection connection) throws SQLException {
        return text(
                query(connection, "SELECT COALESCE(DATABASE_PATH(), DATABASE())")
                        .get(0),
                0);
    }

    @Override
    public String quote(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    @Override
    public UndoLogSql undoLogSql() {
        return UNDO_LOG;
    }

    @Override
    public long maxUndoSize(Connection connection) {
        return MAX_UNDO_SIZE;
    }

    @Override
    public String insertOverride() {
        return " OVERRIDING SYSTEM VALUE";
    }

    @Override
    public boolean keepsValues(Declaration was, Declaration is) {
        return H2Types.keepsValues(was, is);
    }

    @Override
    public Table describe(Connection connection, Database database, TableName written) throws SQLException {
        NameCase names = names(connection);
        TableBuilder.requireWithin(written, names, List.of(database.schema(), database.catalogue()));
        String schema = database.schema();
        String name = null;
        for (List<@Nullable String> row : query(
                connection,
                "SELECT TABLE_NAME, TABLE_TYPE, STORAGE_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ?",
                schema)) {
            if (names.matches(written.name(), text(row, 0))) {
                name = text(row, 0);
                requireOrdinary(name, text(row, 1), text(row, 2));
            }
        }
        if (name == null) {
            throw TableBuilder.unknown(written, schema);
        }
        TableBuilder table = new TableBuilder(database.catalogue(), schema, name, database.acceptsSideEffects(name));
        readColumns(connection, schema, name).forEach(table::column);
        readIndexes(connection, schema, name, table);
        readForeignKeys(connection, schema, name, table);
        readTriggers(connection, schema, name, table);
        return table.build(connection, quote(schema) + "." + quote(name), names);
    }

    private static NameCase names(Connection connection) throws SQLException {
        if (isOn(connection, "CASE_INSENSITIVE_IDENTIFIERS")) {
            return NameCase.IGNORED;
        }
        if (isOn(connection, "DATABASE_TO_LOWER")) {
            return NameCase.LOWER;
        }
        return isOn(connection, "DATABASE_TO_UPPER") ? NameCase.UPPER : NameCase.EXACT;
    }

    private static boolean isOn(Connection connection, String setting) throws SQLException {
        return "true".equalsIgnoreCase(setting(connection, setting));
    }

    private static @Nullable String setting(Connection connection, String name) throws SQLException {
        List<List<@Nullable String>> rows =
                query(connection, "SELECT SETTING_VALUE FROM INFORMATION_SCHEMA.SETTINGS WHERE SETTING_NAME = ?", name);
        return rows.isEmpty() ? null : rows.get(0).get(0);
    }

    private static void requireOrdinary(String name, String type, String storage) throws CaptureRefusedException {
        if (!type.equals("BASE TABLE") || !(storage.equals("MEMORY") || storage.equals("CACHED"))) {
            throw new CaptureRefusedException(
                    name + " is not an ordinary table but " + type + " (" + storage + ")",
                    "Write to the tables behind it.");
        }
    }

    private List<Column> readColumns(Connection connection, String schema, String name) throws SQLException {
        List<Column> columns = new ArrayList<>();
        for (List<@Nullable String> row : query(
                connection,
                "SELECT COLUMN_NAME, DATA_TYPE, IS_NULLABLE, IS_IDENTITY, IS_GENERATED, COLUMN_ON_UPDATE, COLUMN_DEFAULT,"
                        + " CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, COLLATION_NAME,"
                        + " IS_VISIBLE, IDENTITY_GENERATION"
                        + " FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?"
                        + " ORDER BY ORDINAL_POSITION",
                schema,
                name)) {
            String column = text(row, 0);
            String byDefault = Objects.requireNonNullElse(row.get(6), "NULL");
            boolean generated = text(row, 4).equals("ALWAYS");
            columns.add(new Column(
                    column,
                    quote(column),
                    H2Types.of(text(row, 1), row.subList(7, 11), row.get(11)),
                    text(row, 2).equals("YES"),
                    text(row, 3).equals("YES")
                            || generated
                            || !CONSTANT.matcher(byDefault).matches(),
                    generated,
                    "ALWAYS".equals(row.get(13)),
                    row.get(5) != null,
                    !byDefault.equals("NULL"),
                    null,
                    !"TRUE".equalsIgnoreCase(row.get(12))));
        }
        return columns;
    }

    private static void readIndexes(Connection connection, String schema, String name, TableBuilder table)
            throws SQLException {
        for (List<@Nullable String> row : query(
                connection,
                "SELECT I.INDEX_NAME, I.INDEX_TYPE_NAME, I.NULLS_DISTINCT, C.COLUMN_NAME FROM INFORMATION_SCHEMA.INDEXES I"
                        + " JOIN INFORMATION_SCHEMA.INDEX_COLUMNS C ON C.INDEX_SCHEMA = I.INDEX_SCHEMA"
                        + " AND C.INDEX_NAME = I.INDEX_NAME AND C.TABLE_NAME = I.TABLE_NAME"
                        + " WHERE I.TABLE_SCHEMA = ? AND I.TABLE_NAME = ? AND C.IS_UNIQUE"
                        + " ORDER BY I.INDEX_NAME, C.ORDINAL_POSITION",
                schema,
                name)) {
            if (text(row, 1).equals("PRIMARY KEY")) {
                table.key(text(row, 3));
            } else if ("ALL".equals(row.get(2))) {
                table.unsupportedUnique(text(row, 0), "it is declared NULLS ALL DISTINCT");
            } else {
                table.unique(text(row, 0), !"NO".equals(row.get(2)), text(row, 3), 0);
            }
        }
    }

    private void readForeignKeys(Connection connection, String schema, String name, TableBuilder table)
            throws SQLException {
        Map<List<String>, Map<String, Column>> parents = new HashMap<>();
        for (List<@Nullable String> row :
                query(connection, FOREIGN_KEYS + " WHERE K.TABLE_SCHEMA = ? AND K.TABLE_NAME = ?", schema, name)) {
            List<String> parent = List.of(text(row, 3), text(row, 4));
            Map<String, Column> columns = parents.get(parent);
            if (columns == null) {
                columns = byName(readColumns(connection, text(row, 3), text(row, 4)));
                parents.put(parent, columns);
            }
            table.reference(
                    text(row, 0), text(row, 3), text(row, 4), text(row, 2), named(columns, text(row, 5), parent));
        }
        for (List<@Nullable String> row :
                query(connection, FOREIGN_KEYS + " WHERE P.TABLE_SCHEMA = ? AND P.TABLE_NAME = ?", schema, name)) {
            table.referencedBy(text(row, 0), text(row, 1), acts(text(row, 6)), acts(text(row, 7)), text(row, 5));
        }
    }

    private static boolean acts(String rule) {
        return !rule.equals("NO ACTION") && !rule.equals("RESTRICT");
    }

    private static void readTriggers(Connection connection, String schema, String name, TableBuilder table)
            throws SQLException {
        List<List<@Nullable String>> triggers = query(
                connection,
                "SELECT TRIGGER_NAME FROM INFORMATION_SCHEMA.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ?"
                        + " AND EVENT_OBJECT_TABLE = ? AND EVENT_MANIPULATION <> 'SELECT'",
                schema,
                name);
        if (!triggers.isEmpty()) {
            table.trigger(text(triggers.get(0), 0));
        }
    }
}
