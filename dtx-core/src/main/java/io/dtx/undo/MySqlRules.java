package io.dtx.undo;

import static io.dtx.undo.DatabaseRules.named;
import static io.dtx.undo.DatabaseRules.query;
import static io.dtx.undo.DatabaseRules.text;

import com.google.protobuf.ByteString;
import io.dtx.sql.Dialect;
import io.dtx.sql.TableName;
import io.dtx.undo.Table.NameCase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** MySQL and MariaDB. What they call a database is a catalogue in JDBC's words. */
final class MySqlRules implements DatabaseRules {

    /** UTC in a DATETIME: with a TIMESTAMP and the session's zone, a guard row could look an hour older than it is. */
    private static final UndoLogSql UNDO_LOG = new UndoLogSql(
            "undo_log-mysql.sql",
            "UTC_TIMESTAMP(6)",
            "UTC_TIMESTAMP(6) - INTERVAL ? SECOND",
            "TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', log_created)",
            "DATABASE()",
            "?",
            "?",
            "?",
            "@@SESSION.sql_mode NOT LIKE '%ORACLE%'",
            // In hexadecimal, since texts that are equal by a collation are not all the same schema.
            "CONCAT({id}, '/', CONNECTION_ID(), '/', HEX(DATABASE()))",
            null,
            // Where the table is small it would look at all rows, and so lock them, wait for those of others, and keep
            // out new ones.
            "DELETE undo_log FROM undo_log FORCE INDEX ({key}) WHERE ");

    /** Which is no limit, but in the place of {@code sql_select_limit}: that counts for queries that have none. */
    static final String ALL_ROWS = " LIMIT 18446744073709551615";

    /**
     * Where many of a table's rows are sought by their keys it would look at all of them instead, and lock what it looks at: so wait
     * for rows that nobody asked for, and keep out new ones. The primary key has this name in all of them.
     */
    private static final String BY_KEY = byIndex("PRIMARY");

    /** The name of an index that is not there, or that the optimizer is not to see. */
    static final int ER_KEY_DOES_NOT_EXIST = 1176;

    private static final int ER_OPTION_PREVENTS_STATEMENT = 1290;

    /** The binary log is one of statements, and InnoDB lets none be written at this isolation level. */
    private static final int ER_BINLOG_STMT_MODE_AND_ROW_ENGINE = 1665;

    /** Strict, and with no rule that would change or refuse a value that the column held before. */
    private static final String RESTORE_SQL_MODE =
            "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION";

    /** What MariaDB's catalogue shows of a default that is a value: it writes it as SQL does. */
    private static final Pattern CONSTANT =
            Pattern.compile("NULL|[bx]?'([^'\\\\]|''|\\\\.)*'|[-+0-9.eE]+", Pattern.DOTALL);

    /**
     * A line of SHOW CREATE TABLE. The words may as well stand in a comment, a default or a name; but texts are shown with their line
     * breaks escaped.
     */
    private static final Pattern PERIOD = Pattern.compile("^ +PERIOD FOR ", Pattern.MULTILINE);

    @Override
    public Dialect dialect() {
        return Dialect.MYSQL;
    }

    @Override
    public boolean knows(Connection connection) throws SQLException {
        String version = version(connection).toLowerCase(Locale.ROOT);
        return !version.contains("tidb") && !version.contains("oceanbase") && !version.contains("vitess");
    }

    private static String version(Connection connection) throws SQLException {
        return text(query(connection, "SELECT VERSION()").get(0), 0);
    }

    @Override
    public String catalogue(Connection connection) throws SQLException {
        return Objects.requireNonNullElse(
                query(connection, "SELECT DATABASE()").get(0).get(0), "");
    }

    @Override
    public String schema(Connection connection) {
        return "";
    }

    /** Replication itself needs different server ids. */
    @Override
    public String server(Connection connection) throws SQLException {
        return text(
                query(connection, "SELECT CONCAT_WS('/', @@hostname, @@port, @@server_id)")
                        .get(0),
                0);
    }

    @Override
    public String quote(String name) {
        return "`" + name.replace("`", "``") + "`";
    }

    @Override
    public UndoLogSql undoLogSql() {
        return UNDO_LOG;
    }

    /** MySQL would have to be tried. */
    @Override
    public boolean readsWhatItInsertsInto(Connection connection) throws SQLException {
        return version(connection).contains("MariaDB");
    }

    /** Three quarters of the packet limit: the rest is for the statement around it, and for escaped bytes. */
    @Override
    public long maxUndoSize(Connection connection) throws SQLException {
        long packet = Long.parseLong(
                text(query(connection, "SELECT @@max_allowed_packet").get(0), 0));
        return packet / 4 * 3;
    }

    /**
     * By SHOW, since not all of them know all of the variables. That it replicates is what MariaDB tells to everyone; MySQL
     * tells it to those who may see its replicas, and is not asked.
     */
    @Override
    public String notWritable(Connection connection) throws SQLException {
        boolean readOnly = query(
                        connection,
                        "SHOW VARIABLES WHERE Variable_name IN ('read_only', 'innodb_read_only', 'tx_read_only',"
                                + " 'transaction_read_only')")
                .stream()
                .anyMatch(variable -> !text(variable, 1).equals("OFF"));
        if (readOnly) {
            return "its database is read-only";
        }
        boolean replicates = query(connection, "SHOW GLOBAL STATUS WHERE Variable_name = 'Slaves_running'").stream()
                .anyMatch(status -> !text(status, 1).equals("0"));
        return replicates
                ? "its database replicates another one; it will be once a branch has been registered through it"
                : "";
    }

    @Override
    public SessionReset prepareRestores(Connection connection) throws SQLException {
        List<@Nullable String> before = query(
                        connection,
                        "SELECT @@SESSION.sql_mode, @@SESSION.time_zone, @@SESSION.foreign_key_checks,"
                                + " @@SESSION.unique_checks")
                .get(0);
        set(connection, RESTORE_SQL_MODE, "+00:00", 1, 1);
        return () -> set(
                connection,
                text(before, 0),
                text(before, 1),
                Integer.parseInt(text(before, 2)),
                Integer.parseInt(text(before, 3)));
    }

    @Override
    public boolean refusesReadCommitted(SQLException error) {
        return error.getErrorCode() == ER_BINLOG_STMT_MODE_AND_ROW_ENGINE;
    }

    private static void set(Connection connection, String mode, String zone, int foreignKeys, int unique)
            throws SQLException {
        try (PreparedStatement set = connection.prepareStatement("SET SESSION sql_mode = ?, SESSION time_zone = ?,"
                + " SESSION foreign_key_checks = ?, SESSION unique_checks = ?")) {
            set.setString(1, mode);
            set.setString(2, zone);
            set.setInt(3, foreignKeys);
            set.setInt(4, unique);
            set.execute();
        }
    }

    @Override
    public boolean keepsValues(Declaration was, Declaration is) {
        return MySqlTypes.keepsValues(was, is);
    }

    @Override
    public Table describe(Connection connection, Database database, TableName written) throws SQLException {
        NameCase names =
                text(query(connection, "SELECT @@lower_case_table_names").get(0), 0)
                                .equals("0")
                        ? NameCase.EXACT
                        : NameCase.IGNORED;
        TableBuilder.requireWithin(written, names, List.of(database.catalogue()));
        String catalogue = database.catalogue();
        String name = null;
        for (List<@Nullable String> row : query(
                connection,
                "SELECT TABLE_NAME, TABLE_TYPE, ENGINE FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ?"
                        + " AND TABLE_NAME = ?"
                        + ALL_ROWS,
                catalogue,
                written.name().text())) {
            if (names.matches(written.name(), text(row, 0))) {
                name = text(row, 0);
                requireOrdinary(name, text(row, 1), row.get(2));
            }
        }
        if (name == null) {
            throw unknown(connection, database, written);
        }
        String sql = quote(catalogue) + "." + quote(name);
        refuseByDefinition(connection, name, sql);
        TableBuilder table = new TableBuilder(catalogue, "", name, database.acceptsSideEffects(name));
        readTriggers(connection, database, name, names, table);
        List<List<@Nullable String>> indexes = query(
                connection,
                "SELECT INDEX_NAME, COLUMN_NAME, SUB_PART FROM INFORMATION_SCHEMA.STATISTICS WHERE TABLE_SCHEMA = ?"
                        + " AND TABLE_NAME = ? AND NON_UNIQUE = 0 ORDER BY INDEX_NAME, SEQ_IN_INDEX" + ALL_ROWS,
                catalogue,
                name);
        List<List<@Nullable String>> references = query(
                connection,
                "SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME,"
                        + " REFERENCED_COLUMN_NAME FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = ?"
                        + " AND TABLE_NAME = ? AND REFERENCED_TABLE_NAME IS NOT NULL" + ALL_ROWS,
                catalogue,
                name);
        List<Column> columnsHere = readColumns(connection, catalogue, name);
        if (columnsHere.stream().anyMatch(Column::generated)) {
            table.unrestorable(ZonedColumns.refusal(connection, catalogue, name));
        }
        columnsHere.forEach(table::column);
        Map<String, Column> columnsByName = inAnyCase(columnsHere);
        for (List<@Nullable String> row : indexes) {
            addIndexColumn(table, text(row, 0), row.get(1), row.get(2));
        }
        Map<List<String>, Map<String, Column>> parents = new HashMap<>();
        for (List<@Nullable String> row : references) {
            List<String> parent = List.of(text(row, 2), text(row, 3));
            Map<String, Column> columns = parents.get(parent);
            if (columns == null) {
                columns = inAnyCase(readColumns(connection, text(row, 2), text(row, 3)));
                parents.put(parent, columns);
            }
            table.reference(
                    text(row, 0),
                    text(row, 2),
                    text(row, 3),
                    named(columnsByName, text(row, 1), name).name(),
                    named(columns, text(row, 4), parent));
        }
        readReferences(connection, catalogue, name, columnsByName, table);
        table.allRows(ALL_ROWS);
        table.byKey(BY_KEY);
        return table.build(connection, sql, NameCase.IGNORED);
    }

    /**
     * Columns have one name in any case, and the catalogue shows a foreign key's as it was written where its child was made before
     * the table that it refers to, as dumps are loaded; MySQL before 8.0.14 in lower case. Locks need one spelling: the column's own.
     */
    private static Map<String, Column> inAnyCase(List<Column> columns) {
        Map<String, Column> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        columns.forEach(column -> byName.put(column.name(), column));
        return byName;
    }

    /**
     * Whoever has no right on a table is not shown it. Asked for it by name, the server says that he has none before it looks whether
     * there is such a table, and that there is none only to those who would be shown it.
     */
    private CaptureRefusedException unknown(Connection connection, Database database, TableName written)
            throws SQLException {
        String name = written.name().text();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT 1 FROM " + quote(database.catalogue()) + "." + quote(name) + " LIMIT 0");
        } catch (SQLException e) {
            if (UndoLogCheck.isMissing(e)) {
                return TableBuilder.unknown(written, database.catalogue());
            }
            if (!UndoLogCheck.lacksRight(database, e)) {
                throw e;
            }
        }
        String user = text(query(connection, "SELECT CURRENT_USER()").get(0), 0);
        return new RefusedHereException(
                "the user " + user + " is shown no table " + name + " in " + database.catalogue(),
                "Check its name, and the rights of that user on it. Temporary tables are not written inside a global"
                        + " transaction.");
    }

    private static void requireOrdinary(String name, String type, @Nullable String engine)
            throws CaptureRefusedException {
        if (type.equals("TEMPORARY")) {
            throw temporary(name);
        }
        if (!type.equals("BASE TABLE")) {
            throw new CaptureRefusedException(
                    name + " is not an ordinary table but of the kind " + type.toLowerCase(Locale.ROOT),
                    "Write to ordinary tables only.");
        }
        if (!"InnoDB".equalsIgnoreCase(engine)) {
            throw new CaptureRefusedException(
                    "table " + name + " has the engine " + engine + ", which dtx does not know to roll back",
                    "Change it: ALTER TABLE " + name + " ENGINE = InnoDB.");
        }
    }

    /**
     * A temporary table hides an ordinary one of its name, and is in no list; and that a table has an application-time period is
     * in none either. System-versioned ones are of a type of their own.
     */
    private static void refuseByDefinition(Connection connection, String name, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SHOW CREATE TABLE " + sql)) {
            result.next();
            String definition = result.getString(2);
            if (definition.startsWith("CREATE TEMPORARY")) {
                throw temporary(name);
            }
            if (PERIOD.matcher(definition).find()) {
                throw new CaptureRefusedException(
                        "table " + name + " has an application-time period", "Write to ordinary tables only.");
            }
        }
    }

    /** It is this session's alone. */
    private static RefusedHereException temporary(String name) {
        return new RefusedHereException(name + " is a temporary table", "Write it outside of the global transaction.");
    }

    private static void readTriggers(
            Connection connection, Database database, String name, NameCase names, TableBuilder table)
            throws SQLException {
        String catalogue = database.catalogue();
        List<List<@Nullable String>> triggers = query(
                connection,
                "SELECT TRIGGER_NAME, ACTION_TIMING = 'BEFORE' AND FIND_IN_SET('INSERT', EVENT_MANIPULATION) > 0"
                        + " FROM INFORMATION_SCHEMA.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ?"
                        + ALL_ROWS,
                catalogue,
                name);
        if (!triggers.isEmpty()) {
            table.trigger(text(triggers.get(0), 0));
            if (triggers.stream().anyMatch(trigger -> text(trigger, 1).equals("1"))) {
                table.insertTriggers();
            }
        } else if (!MySqlGrants.showTriggers(grants(connection), catalogue, name, names)) {
            if (!database.acceptsSideEffects(name)) {
                String user = text(query(connection, "SELECT CURRENT_USER()").get(0), 0);
                throw new RefusedHereException(
                        "table " + name + " may have triggers, which the user " + user
                                + " is not shown without the privilege TRIGGER, and which may write other rows",
                        "GRANT TRIGGER ON `" + catalogue
                                + "`.* TO that user, or, if what triggers of the table write need not be"
                                + " undone, say so (dtx.data-sources.side-effects-accepted).");
            }
            table.insertTriggers();
        }
    }

    private static List<String> grants(Connection connection) throws SQLException {
        List<String> grants = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet shown = statement.executeQuery("SHOW GRANTS" + withRoles(connection))) {
            while (shown.next()) {
                grants.add(shown.getString(1));
            }
        } catch (SQLException e) {
            if (e.getErrorCode() != ER_OPTION_PREVENTS_STATEMENT) {
                throw e;
            }
            grants.add("GRANT ALL PRIVILEGES ON *.* TO ''"); // the server runs without grants, and shows everybody all
        }
        return grants;
    }

    /** MariaDB shows the grants of active roles by itself; MySQL, which has roles since 8.0, when they are named. */
    private static String withRoles(Connection connection) throws SQLException {
        String version = version(connection);
        if (version.contains("MariaDB") || version.startsWith("5.")) {
            return "";
        }
        String roles = text(query(connection, "SELECT CURRENT_ROLE()").get(0), 0);
        return roles.equals("NONE") ? "" : " FOR CURRENT_USER() USING " + roles;
    }

    private List<Column> readColumns(Connection connection, String catalogue, String name) throws SQLException {
        List<Column> columns = new ArrayList<>();
        boolean mariaDb = version(connection).contains("MariaDB");
        Map<String, ByteString> pads = new HashMap<>();
        for (List<@Nullable String> row : query(
                connection,
                "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, IS_NULLABLE, EXTRA,"
                        + " GENERATION_EXPRESSION, COLUMN_DEFAULT FROM INFORMATION_SCHEMA.COLUMNS"
                        + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION" + ALL_ROWS,
                catalogue,
                name)) {
            String column = text(row, 0);
            String charset = row.get(3);
            String collation = row.get(4);
            // MariaDB's collations of more than one level: the first alone decides less, which locks more.
            String sortKey = mariaDb ? "WEIGHT_STRING({c} LEVEL 1)" : "WEIGHT_STRING({c})";
            ByteString pad = null;
            if (charset != null && collation != null && padsWithSpaces(collation)) {
                pad = pads.get(collation);
                if (pad == null) {
                    pad = sortKeyOfSpace(connection, sortKey, charset, collation);
                    pads.put(collation, pad);
                }
            }
            String extra = text(row, 6).toLowerCase(Locale.ROOT);
            columns.add(new Column(
                    column,
                    quote(column),
                    MySqlTypes.of(text(row, 1), text(row, 2), charset, collation, sortKey, pad),
                    text(row, 5).equals("YES"),
                    extra.contains("auto_increment")
                            || Objects.requireNonNullElse(row.get(8), "")
                                    .toLowerCase(Locale.ROOT)
                                    .startsWith("nextval("),
                    !Objects.requireNonNullElse(row.get(7), "").isEmpty(),
                    false,
                    extra.contains("on update"),
                    row.get(8) != null,
                    constantDefault(row, mariaDb) ? "DEFAULT(" + quote(column) + ")" : null,
                    extra.contains("invisible")));
        }
        return columns;
    }

    /** Generated columns and auto-increment have none, and MySQL 8 says in EXTRA which defaults are expressions. */
    private static boolean constantDefault(List<@Nullable String> row, boolean mariaDb) {
        String byDefault = row.get(8);
        String extra = text(row, 6).toLowerCase(Locale.ROOT);
        boolean made = extra.contains("auto_increment")
                || !Objects.requireNonNullElse(row.get(7), "").isEmpty();
        boolean constant = byDefault == null
                ? text(row, 5).equals("YES")
                : mariaDb ? CONSTANT.matcher(byDefault).matches() : constantOnMySql(byDefault, extra);
        return constant && !made;
    }

    /** Before 8.0.13 only the clock is marked by its text alone. */
    private static boolean constantOnMySql(String byDefault, String extra) {
        return !extra.contains("default_generated")
                && !byDefault.toLowerCase(Locale.ROOT).startsWith("current_timestamp");
    }

    /** PAD SPACE or NO PAD, by the collation's name: where they can be asked for it, the two databases do it differently. */
    private static boolean padsWithSpaces(String collation) {
        return !collation.contains("nopad") && !collation.contains("_0900_");
    }

    private static String byIndex(String name) {
        return " FORCE INDEX (" + name + ")";
    }

    private static ByteString sortKeyOfSpace(Connection connection, String sortKey, String charset, String collation)
            throws SQLException {
        String space = "CONVERT(' ' USING " + charset + ") COLLATE " + collation;
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT " + sortKey.replace("{c}", space))) {
            result.next();
            return ByteString.copyFrom(result.getBytes(1));
        }
    }

    private void addIndexColumn(TableBuilder table, String index, @Nullable String column, @Nullable String prefix) {
        if (column == null) {
            // Of which columns is not said here; the index may have plain ones besides, which alone would not be it.
            table.unsupportedUnique(index, "it is on an expression");
            table.uniqueDependsOnAll(index);
        } else if (index.equals("PRIMARY") && prefix == null) {
            table.key(column);
        } else if (index.equals("PRIMARY")) {
            // Rows are found by whole values, which a key on their beginnings does not tell apart.
            table.key(column);
            table.unsupportedUnique(index, "it is on the beginning of " + column + " only");
        } else {
            table.unique(index, true, column, prefix == null ? 0 : Integer.parseInt(prefix));
            table.uniqueByName(index, byIndex(quote(index)));
        }
    }

    /**
     * Every foreign key that points here, as far as the user is shown. Its rule is shown with more rights on the child than its
     * columns: where it is not, it may act.
     */
    private static void readReferences(
            Connection connection, String catalogue, String name, Map<String, Column> columns, TableBuilder table)
            throws SQLException {
        for (List<@Nullable String> row : query(
                connection,
                "SELECT K.CONSTRAINT_NAME, K.TABLE_NAME, R.DELETE_RULE, R.UPDATE_RULE, K.REFERENCED_COLUMN_NAME"
                        + " FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE K"
                        + " LEFT JOIN INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS R"
                        + " ON R.CONSTRAINT_SCHEMA = K.CONSTRAINT_SCHEMA"
                        + " AND R.CONSTRAINT_NAME = K.CONSTRAINT_NAME AND R.TABLE_NAME = K.TABLE_NAME"
                        + " WHERE K.REFERENCED_TABLE_SCHEMA = ? AND K.REFERENCED_TABLE_NAME = ?" + ALL_ROWS,
                catalogue,
                name)) {
            table.referencedBy(
                    text(row, 0),
                    text(row, 1),
                    acts(row.get(2)),
                    acts(row.get(3)),
                    named(columns, text(row, 4), name).name());
        }
    }

    private static boolean acts(@Nullable String rule) {
        return rule == null || !(rule.equals("NO ACTION") || rule.equals("RESTRICT"));
    }
}
