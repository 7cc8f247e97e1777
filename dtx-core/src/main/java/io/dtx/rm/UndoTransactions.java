package io.dtx.rm;

import io.dtx.sql.Dialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/**
 * Local transactions of dtx's own that read or delete rows of undo_log, and do nothing else. Thread-safe.
 *
 * <p>They run at the level that the data source gives its connections, but for two cases:
 *
 * <ul>
 *   <li>Where that shows what was never committed, what is to be believed is read at READ COMMITTED.
 *   <li>On PostgreSQL none is SERIALIZABLE. One that has read the page on which a branch is about to insert its undo row is in
 *       conflict with that branch, as the database sees it; if the branch, too, has read what another, committed one has changed, which
 *       alone does no harm, it is failed. So releases, which always run, would fail each such branch. The level is that of the
 *       transaction alone there: behind a proxy that lends sessions by the transaction, one that is set for the session stays with a
 *       session that others get, and does not hold for this one.
 * </ul>
 */
final class UndoTransactions {

    private final OpenResource resource;
    private final DataSource target;

    UndoTransactions(OpenResource resource, DataSource target) {
        this.resource = resource;
        this.target = target;
    }

    /** What is done in one. */
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /** Reads no row that is not committed. */
    <T> T read(Work<T> work) throws SQLException {
        boolean dirty = resource.showsUncommitted(resource.isolation());
        return at(dirty ? Connection.TRANSACTION_READ_COMMITTED : level(), work);
    }

    <T> T run(Work<T> work) throws SQLException {
        return at(level(), work);
    }

    private int level() {
        boolean conflicts = resource.isolation() == Connection.TRANSACTION_SERIALIZABLE
                && resource.database().dialect() == Dialect.POSTGRESQL;
        return conflicts ? Connection.TRANSACTION_READ_COMMITTED : resource.isolation();
    }

    private <T> T at(int level, Work<T> work) throws SQLException {
        try (Connection connection = target.getConnection()) {
            if (!connection.getAutoCommit()) {
                // A pool's test of the connection may have begun a transaction, whose level stays, and which holds
                // nobody's work.
                connection.rollback();
            }
            if (level == resource.isolation()) {
                return committed(connection, work);
            }
            if (resource.database().dialect() == Dialect.POSTGRESQL) {
                return readCommitted(connection, work);
            }
            connection.setTransactionIsolation(level);
            try {
                return committed(connection, work);
            } finally {
                connection.setTransactionIsolation(resource.isolation());
            }
        }
    }

    /** On PostgreSQL: leaves the session's level alone. */
    private static <T> T readCommitted(Connection connection, Work<T> work) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try {
            return committed(connection, begun -> {
                try (Statement first = begun.createStatement()) {
                    first.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
                }
                return work.on(begun);
            });
        } finally {
            if (autoCommit && !connection.isClosed()) {
                connection.setAutoCommit(true);
            }
        }
    }

    private static <T> T committed(Connection connection, Work<T> work) throws SQLException {
        boolean commits = !connection.getAutoCommit();
        try {
            T result = work.on(connection);
            if (commits) {
                connection.commit();
            }
            return result;
        } catch (SQLException | RuntimeException e) {
            if (commits) {
                BranchCommit.rollBack(connection, e);
            }
            throw e;
        }
    }
}
