package io.dtx.undo;

import io.dtx.undo.DatabaseRules.SessionReset;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Local transactions, one after the other, on a connection that is borrowed from a pool: with the settings that writing rows
 * back exactly needs. Leaves the connection as it was found. Closed without {@link #commit}, it rolls back what was begun.
 *
 * <p>READ COMMITTED, whatever the pool is set to: the locked reads must see what is committed now, and a database that
 * holds them to an older snapshot would fail them. Only where that is refused (MySQL and MariaDB with
 * {@code binlog_format=STATEMENT}) is it REPEATABLE READ: locked reads see the same there, or fail and are run again.
 */
final class RestoreSession implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RestoreSession.class);

    /** Longer than the coordinator waits for a report, and than a database usually lets a session wait for a row. */
    private static final Duration LONGEST_ANSWER = Duration.ofMinutes(5);

    private final Connection connection;
    private final NetworkTimeout timeout;
    private final DatabaseRules rules;
    private final DriverSession driver;
    private final boolean autoCommit;
    private final boolean readOnly;
    private final int isolation;
    /** What it is set to now. */
    private int isolationNow;

    private SessionReset reset = SessionReset.NOTHING;
    /** Whether the local transaction that was begun last has ended. */
    private boolean ended = true;

    /** The number of the database session in which the local transaction was begun that was begun last. */
    private long began = -1;

    private RestoreSession(Connection connection, DatabaseRules rules, DriverSession driver) throws SQLException {
        this.connection = connection;
        this.rules = rules;
        this.driver = driver;
        this.timeout = NetworkTimeout.on(connection, LONGEST_ANSWER);
        this.autoCommit = connection.getAutoCommit();
        if (!autoCommit) {
            connection.rollback();
        }
        this.readOnly = connection.isReadOnly();
        this.isolation = connection.getTransactionIsolation();
        this.isolationNow = isolation;
    }

    static RestoreSession begin(Connection connection, DatabaseRules rules, DriverSession driver) throws SQLException {
        RestoreSession session = new RestoreSession(connection, rules, driver);
        try {
            if (session.readOnly) {
                connection.setReadOnly(false);
            }
            session.isolate(Connection.TRANSACTION_READ_COMMITTED);
            if (session.autoCommit) {
                connection.setAutoCommit(false);
            }
            session.reset = rules.prepareRestores(connection);
            return session;
        } catch (SQLException | RuntimeException e) {
            try {
                session.close();
            } catch (SQLException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    private void isolate(int level) throws SQLException {
        if (isolationNow != level) {
            connection.setTransactionIsolation(level);
            isolationNow = level;
        }
    }

    /**
     * Rolls back, and sets the isolation level otherwise, if that is what the error asks for.
     *
     * @return whether to run again
     */
    boolean isolatesOtherwise(SQLException error) throws SQLException {
        if (isolationNow != Connection.TRANSACTION_READ_COMMITTED || !rules.refusesReadCommitted(error)) {
            return false;
        }
        rollBack();
        isolate(Connection.TRANSACTION_REPEATABLE_READ);
        return true;
    }

    /** Should the session be another one than before, as drivers that connect again by themselves may make it. */
    void prepareAgain() throws SQLException {
        var unused = rules.prepareRestores(connection); // what was before is known from the first time
    }

    /** A local transaction begins. */
    void work() throws SQLException {
        ended = false;
        rules.beginRestore(connection);
        began = driver.number(connection);
    }

    /** @throws SQLException if it failed, or its outcome is unknown */
    void commit() throws SQLException {
        if (driver.isReplaced(connection, began)) {
            throw new SQLException(
                    "the driver has replaced the database session, and lost what was restored: run again", "40001");
        }
        connection.commit();
        ended = true;
    }

    void rollBack() throws SQLException {
        connection.rollback();
        ended = true;
    }

    /**
     * A connection that can not be put back as it was must not be used by anyone: it is cut. What was committed stays, so
     * this is no error of the restore.
     */
    @Override
    public void close() throws SQLException {
        try {
            if (!ended) {
                connection.rollback();
            }
            reset.putBack();
            if (autoCommit) {
                connection.setAutoCommit(true);
            }
            isolate(isolation);
            if (readOnly) {
                connection.setReadOnly(true);
            }
            timeout.putBack();
        } catch (SQLException e) {
            if (ended) {
                log.warn("a connection could not be put back as it was after a restore; it is cut: {}", e.toString());
            }
            connection.abort(Runnable::run);
            if (!connection.isClosed()) { // a driver whose abort does nothing
                connection.close();
            }
        }
    }
}
