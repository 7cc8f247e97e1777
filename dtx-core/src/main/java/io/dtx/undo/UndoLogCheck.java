package io.dtx.undo;

import io.dtx.sql.Dialect;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Whether undo_log is there and as the script makes it. The script is the remedy. */
final class UndoLogCheck {

    private static final Set<String> COLUMNS = Set.of(
            "id", "branch_id", "xid", "context", "rollback_info", "log_status", "log_created", "log_modified", "ext");

    /** SQLStates of MySQL and MariaDB (the first), H2 (the first three) and PostgreSQL for a table that is not there. */
    private static final Set<String> MISSING = Set.of("42S02", "42S03", "42S04", "42P01");

    /** PostgreSQL's and H2's SQLStates for a right that the user has not, here on a table. */
    private static final Set<String> WITHOUT_RIGHT = Set.of("42501", "90096");

    /** MySQL's and MariaDB's errors for one: on a database, a table, a column. Their SQLState 42000 stands for more than rights. */
    private static final Set<Integer> WITHOUT_RIGHT_ON_MYSQL = Set.of(1044, 1142, 1143);

    private UndoLogCheck() {}

    /** @return the name of the unique key on (xid, branch_id) */
    static String check(Connection connection, Database database) throws SQLException {
        Set<String> columns = new HashSet<>();
        boolean statusMayBeNull = false;
        try (Statement select = connection.createStatement();
                ResultSet result = select.executeQuery("SELECT * FROM undo_log WHERE 1 = 0")) {
            for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                columns.add(result.getMetaData().getColumnName(i).toLowerCase(Locale.ROOT));
                statusMayBeNull |= result.getMetaData().getColumnName(i).equalsIgnoreCase("log_status")
                        && result.getMetaData().isNullable(i) == ResultSetMetaData.columnNullable;
            }
        } catch (SQLException e) {
            throw isMissing(e) ? missing(database, "there is no table undo_log", e) : unreadable(database, e);
        }
        if (!columns.containsAll(COLUMNS)) {
            Set<String> missing = new HashSet<>(COLUMNS);
            missing.removeAll(columns);
            throw wrong(database, "undo_log has no column " + String.join(", ", missing));
        }
        if (statusMayBeNull) { // on MariaDB it is a null there that keeps undo rows out of a foreign database
            throw wrong(database, "undo_log takes a null for log_status");
        }
        return uniqueKey(connection, database)
                .orElseThrow(() -> wrong(database, "undo_log has no unique key on (xid, branch_id)"));
    }

    /**
     * Creates the table, if it is missing and the database is one of those named.
     *
     * @param connection without work of its own
     * @throws UndoLogException if it could not be created; the message holds the script
     */
    static void createIfMissing(Connection connection, Database database, UndoLogCreation where) throws SQLException {
        boolean wanted = where == UndoLogCreation.ALWAYS
                || (where == UndoLogCreation.EMBEDDED && database.rules().isInMemory(connection));
        if (!wanted || exists(connection, database)) {
            return;
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(script(database).strip().replaceFirst(";$", ""));
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        } catch (SQLException e) {
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
            // Another instance of the application may have been faster.
            if (!exists(connection, database)) {
                throw missing(database, "undo_log is missing and could not be created (" + e.getMessage() + ")", e);
            }
        }
    }

    private static boolean exists(Connection connection, Database database) throws SQLException {
        try (Statement select = connection.createStatement();
                ResultSet none = select.executeQuery("SELECT 1 FROM undo_log WHERE 1 = 0")) {
            return none.getMetaData().getColumnCount() > 0;
        } catch (SQLException e) {
            if (!isMissing(e)) {
                throw unreadable(database, e);
            }
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
            return false;
        }
    }

    private static Optional<String> uniqueKey(Connection connection, Database database) throws SQLException {
        DatabaseMetaData metaData = connection.getMetaData();
        for (String spelling : List.of("undo_log", "UNDO_LOG")) {
            Map<String, List<String>> keys = new HashMap<>();
            String catalogue = database.catalogue().isEmpty() ? null : database.catalogue();
            String schema = database.schema().isEmpty() ? null : database.schema();
            try (ResultSet result = metaData.getIndexInfo(catalogue, schema, spelling, true, false)) {
                while (result.next()) {
                    String column = result.getString("COLUMN_NAME");
                    if (column != null) {
                        keys.computeIfAbsent(result.getString("INDEX_NAME"), unused -> new ArrayList<>())
                                .add(column.toLowerCase(Locale.ROOT));
                    }
                }
            }
            for (Map.Entry<String, List<String>> key : keys.entrySet()) {
                if (key.getValue().size() == 2 && key.getValue().containsAll(List.of("xid", "branch_id"))) {
                    return Optional.of(key.getKey());
                }
            }
        }
        return Optional.empty();
    }

    /** Whether it says that there is no such table. */
    static boolean isMissing(SQLException error) {
        return error.getSQLState() != null && MISSING.contains(error.getSQLState());
    }

    /** A connection that broke, a limit, a right that is missing: nothing of it says that the table is not there. */
    private static SQLException unreadable(Database database, SQLException error) {
        return lacksRight(database, error)
                ? new UndoLogException(
                        "undo_log in " + database.place() + " can not be read (" + error.getMessage()
                                + "). Give the user SELECT, INSERT, UPDATE and DELETE on it",
                        error)
                : error;
    }

    /** Whether the database says that the user lacks a right. */
    static boolean lacksRight(Database database, SQLException error) {
        return database.dialect() == Dialect.MYSQL
                ? WITHOUT_RIGHT_ON_MYSQL.contains(error.getErrorCode())
                : error.getSQLState() != null && WITHOUT_RIGHT.contains(error.getSQLState());
    }

    private static UndoLogException missing(Database database, String what, SQLException cause) {
        return UndoLogException.missing(withScript(database, what), cause);
    }

    private static UndoLogException wrong(Database database, String what) {
        return new UndoLogException(withScript(database, what));
    }

    private static String withScript(Database database, String what) {
        return what + " in " + database.place() + ". Run this script there (a wrong table must be dropped first;"
                + " see that it is empty):\n" + script(database);
    }

    private static String script(Database database) {
        String name = database.rules().undoLogSql().script();
        try (InputStream in = UndoLogCheck.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing in the dtx-core artefact");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
