package io.dtx.undo;

import io.dtx.sql.Dialect;
import io.dtx.sql.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What differs from database to database. One small class each; stateless. */
interface DatabaseRules {

    /** @throws CaptureRefusedException if the database is not known */
    static DatabaseRules of(Connection connection) throws SQLException {
        String product = connection.getMetaData().getDatabaseProductName();
        String version = connection.getMetaData().getDatabaseProductVersion();
        DatabaseRules rules = switch (product.toLowerCase(Locale.ROOT)) {
            case "mysql", "mariadb" -> new MySqlRules();
            case "postgresql" -> new PostgreSqlRules();
            case "h2" -> new H2Rules();
            default -> null;
        };
        if (rules == null || !rules.knows(connection)) {
            throw new CaptureRefusedException(
                    "dtx does not know the database " + product + " " + version,
                    "Known are MySQL, MariaDB, PostgreSQL, and H2 in its regular mode. Write to it outside of global"
                            + " transactions, or leave it out with dtx.data-sources.exclude: what is written to it then"
                            + " stays whatever becomes of a global transaction.");
        }
        return rules;
    }

    Dialect dialect();

    /** Whether the server is really of this family, and not one that only speaks its protocol. */
    boolean knows(Connection connection) throws SQLException;

    /** Whether the database is gone when this process ends. */
    default boolean isInMemory(Connection connection) throws SQLException {
        return false;
    }

    /** The connection's default catalogue; empty if the database has none. */
    String catalogue(Connection connection) throws SQLException;

    /** The connection's default schema; empty if the database has none. */
    String schema(Connection connection) throws SQLException;

    String quote(String name);

    /**
     * Reads the database's catalogue.
     *
     * @param written the name in a statement
     * @throws CaptureRefusedException if there is no such table, or none that can be captured
     */
    Table describe(Connection connection, Database database, TableName written) throws SQLException;

    /**
     * Whether a column that was altered from one type to another reads every value that it held as it did before, and takes it back;
     * asked where the two are not the same, of types that are known.
     */
    boolean keepsValues(Declaration was, Declaration is);

    /** The SQL texts for undo_log. */
    UndoLogSql undoLogSql();

    /** Whether a subquery among an INSERT's values may read the same table. */
    default boolean readsWhatItInsertsInto(Connection connection) throws SQLException {
        return false;
    }

    /** See {@link Database#notWritable}. */
    default String notWritable(Connection connection) throws SQLException {
        return "";
    }

    /** See {@link Database#server}. Needs no right that an ordinary user might lack. */
    String server(Connection connection) throws SQLException;

    long maxUndoSize(Connection connection) throws SQLException;

    /** What stands between an INSERT's columns and its VALUES when every column is given explicitly. */
    default String insertOverride() {
        return "";
    }

    /**
     * Sets what matters for writing rows back exactly, for all restores on this connection.
     *
     * @return puts back what was before; called after the last local transaction has ended
     */
    default SessionReset prepareRestores(Connection connection) throws SQLException {
        return SessionReset.NOTHING;
    }

    /** Whether the error says that nothing can be written at READ COMMITTED, while it could be at REPEATABLE READ. */
    default boolean refusesReadCommitted(SQLException error) {
        return false;
    }

    /** Sets what matters for one restore, at the start of its local transaction. */
    default void beginRestore(Connection connection) throws SQLException {}

    /** Raises what {@link #beginRestore} has put off, before the COMMIT does. */
    default void checkConstraints(Connection connection) throws SQLException {}

    /** Puts a session's settings back. */
    interface SessionReset {
        SessionReset NOTHING = () -> {};

        void putBack() throws SQLException;
    }

    /** Runs a query of text columns and gives its rows; for the catalogue's few rows. */
    static List<List<@Nullable String>> query(Connection connection, String sql, String... parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet result = statement.executeQuery()) {
                int width = result.getMetaData().getColumnCount();
                List<List<@Nullable String>> rows = new ArrayList<>();
                while (result.next()) {
                    List<@Nullable String> row = new ArrayList<>(width);
                    for (int i = 1; i <= width; i++) {
                        row.add(result.getString(i));
                    }
                    rows.add(row);
                }
                return rows;
            }
        }
    }

    static Map<String, Column> byName(List<Column> columns) {
        return columns.stream().collect(Collectors.toMap(Column::name, column -> column));
    }

    /** A column that a foreign key names, which may be dropped while we look, or hidden from the user. */
    static Column named(Map<String, Column> columns, String name, Object table) throws RefusedHereException {
        Column column = columns.get(name);
        if (column == null) {
            throw new RefusedHereException(
                    "a foreign key refers to the column " + name + " of " + table + ", which can not be seen",
                    "Check the rights of the user.");
        }
        return column;
    }

    /** A column of a row that is never null. */
    static String text(List<@Nullable String> row, int index) {
        return Objects.requireNonNull(row.get(index));
    }
}
