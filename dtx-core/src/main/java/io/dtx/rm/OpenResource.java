package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.undo.Database;
import io.dtx.undo.DriverSession;
import io.dtx.undo.Restore;
import io.dtx.undo.RowSelections;
import io.dtx.undo.TableCatalogue;
import io.dtx.undo.UndoCodec;
import io.dtx.undo.UndoLog;
import io.dtx.undo.UndoLogCreation;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/**
 * A resource whose database was reached and holds a usable undo_log: what captures, commits and restores need. Immutable.
 *
 * @param label the normalised URL, without credentials and parameters
 * @param server see {@link Database#server}
 * @param session tells sessions of its connections apart
 * @param isolation the isolation level that its connections start with, as {@link Connection} numbers it
 * @param returning whether {@code INSERT .. RETURNING} gives the inserted rows
 * @param oldAndNew whether RETURNING gives rows as they were and as they are
 */
record OpenResource(
        String label,
        Database database,
        String server,
        UndoLog undoLog,
        TableCatalogue tables,
        RowSelections selections,
        UndoCodec codec,
        DatabaseErrors errors,
        DriverSession session,
        int isolation,
        boolean returning,
        boolean oldAndNew) {

    /** How long a table's description is used before it is read again. */
    private static final Duration TABLES_MAX_AGE = Duration.ofMinutes(1);

    /**
     * Reads what is behind a connection, and makes the resource row if there is none.
     *
     * @param connection without work of its own; what this does on it is committed
     * @param creation where undo_log may be created now
     */
    static OpenResource of(Connection connection, ResourceSettings settings, UndoLogCreation creation)
            throws SQLException {
        Database database = Database.of(connection, settings.sideEffectsAccepted());
        UndoLog.createIfMissing(connection, database, creation);
        UndoLog undoLog = UndoLog.open(connection, database);
        OpenResource opened = new OpenResource(
                label(connection),
                database,
                ofTheWriter(connection, database::server),
                undoLog,
                new TableCatalogue(database, TABLES_MAX_AGE),
                new RowSelections(TABLES_MAX_AGE),
                UndoCodec.within(settings.maxUndoSize(), database.maxUndoSize(connection)),
                new DatabaseErrors(database.dialect(), rollsBackOnTimeout(connection, database.dialect())),
                DriverSession.of(connection),
                connection.getTransactionIsolation(),
                hasReturning(connection, database.dialect()),
                database.dialect() == Dialect.POSTGRESQL
                        && connection.getMetaData().getDatabaseMajorVersion() >= 18);
        if (!connection.getAutoCommit()) {
            connection.commit();
        }
        return opened;
    }

    /** Whether this isolation level shows rows that were never committed; PostgreSQL shows none, whatever it is told. */
    boolean showsUncommitted(int level) {
        return level == Connection.TRANSACTION_READ_UNCOMMITTED && database.dialect() != Dialect.POSTGRESQL;
    }

    /** The resource id that the database holds. */
    String id() {
        return undoLog.resource();
    }

    /**
     * What speaks against carrying out orders on a connection's database now, in words; empty if nothing does.
     *
     * @param connection without work of its own; what this does on it is committed
     */
    String notUsable(Connection connection) throws SQLException {
        return connection.isReadOnly()
                ? "its connections are read-only"
                : ofTheWriter(connection, database::notWritable);
    }

    private interface Question {
        String ask(Connection connection) throws SQLException;
    }

    /** Asked in a local transaction: a proxy that splits reads from writes would ask a replica otherwise. */
    private static String ofTheWriter(Connection connection, Question question) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        if (autoCommit) {
            connection.setAutoCommit(false);
        }
        try {
            String answer = question.ask(connection);
            connection.commit();
            return answer;
        } finally {
            if (autoCommit) {
                connection.setAutoCommit(true);
            }
        }
    }

    /** @param valuesShown see {@link ResourceSettings} */
    Restore restore(Set<String> valuesShown) {
        return new Restore(database, tables, undoLog, codec, session, valuesShown);
    }

    /** {@code jdbc:mariadb://user:secret@host:3306/bank1?password=x} becomes {@code mariadb://host:3306/bank1}. */
    private static String label(Connection connection) throws SQLException {
        String url = connection.getMetaData().getURL();
        return url == null ? "unknown" : normalised(url);
    }

    static String normalised(String url) {
        return url.replaceFirst("^jdbc:", "")
                .replaceFirst("[?;].*$", "")
                .replaceFirst("//[^/@]*@", "//")
                .toLowerCase(Locale.ROOT);
    }

    private static boolean rollsBackOnTimeout(Connection connection, Dialect dialect) throws SQLException {
        return dialect == Dialect.MYSQL
                && !"0".equals(text(connection, "SELECT CAST(@@innodb_rollback_on_timeout AS SIGNED)"));
    }

    private static boolean hasReturning(Connection connection, Dialect dialect) throws SQLException {
        if (dialect != Dialect.MYSQL) {
            return dialect == Dialect.POSTGRESQL;
        }
        String version = text(connection, "SELECT VERSION()").toLowerCase(Locale.ROOT);
        if (!version.contains("mariadb")) {
            return false;
        }
        String[] parts = version.replaceFirst("^5\\.5\\.5-", "").split("[.-]", 3);
        int major = Integer.parseInt(parts[0]);
        return major > 10 || (major == 10 && Integer.parseInt(parts[1]) >= 5);
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return String.valueOf(result.getString(1));
        }
    }
}
