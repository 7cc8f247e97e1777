package io.dtx.rm;

import io.dtx.error.SqlStates;
import io.dtx.sql.Dialect;
import io.dtx.undo.DriverSession;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an error of the database means for the local transaction in which it was raised. All that is known of SQLStates and
 * vendor codes is in the three tables of this class, and in {@link DriverSession#mayBeLost}.
 */
final class DatabaseErrors {

    /** What is left of the local transaction after an error, from least to most harm. */
    enum Effect {
        /** The statement did nothing; the local transaction goes on. */
        GOES_ON,
        /** Every further statement fails until a rollback, to a savepoint or of all. */
        ABORTED,
        /** The database has rolled all of it back, or nobody knows what it did: only a rollback of all is accepted. */
        ENDED
    }

    /**
     * @param dialect null for all
     * @param state a prefix of the SQLState; null for any
     * @param code the vendor's error code; 0 for any
     */
    private record Rule(@Nullable Dialect dialect, @Nullable String state, int code, Effect effect) {

        boolean matches(Dialect actual, SQLException error) {
            String sqlState = error.getSQLState();
            return (dialect == null || dialect == actual)
                    && (state == null || (sqlState != null && sqlState.startsWith(state)))
                    && (code == 0 || code == error.getErrorCode());
        }
    }

    private static final List<Rule> IN_A_STATEMENT = List.of(
            new Rule(null, "40", 0, Effect.ENDED), // deadlock, serialization failure
            new Rule(Dialect.MYSQL, null, 1213, Effect.ENDED), // ER_LOCK_DEADLOCK
            new Rule(Dialect.MYSQL, null, 1020, Effect.ENDED), // ER_CHECKREAD: MariaDB's innodb_snapshot_isolation
            new Rule(Dialect.MYSQL, null, 1206, Effect.ENDED), // ER_LOCK_TABLE_FULL
            new Rule(Dialect.MYSQL, null, 1467, Effect.ENDED), // ER_AUTOINC_READ_FAILED: a deadlock, perhaps
            new Rule(Dialect.MYSQL, null, 1927, Effect.ENDED), // ER_CONNECTION_KILLED
            new Rule(Dialect.MYSQL, "70100", 1317, Effect.ENDED), // ER_QUERY_INTERRUPTED: KILL may hit the connection
            new Rule(Dialect.H2, null, 90067, Effect.ENDED), // CONNECTION_BROKEN_1
            new Rule(Dialect.H2, null, 90098, Effect.ENDED), // DATABASE_IS_CLOSED
            new Rule(Dialect.POSTGRESQL, "57P", 0, Effect.ENDED), // admin shutdown, crash shutdown
            new Rule(Dialect.POSTGRESQL, null, 0, Effect.ABORTED)); // any error aborts; 25P02 from then on

    /** ER_LOCK_WAIT_TIMEOUT ends the local transaction only under {@code innodb_rollback_on_timeout}. */
    private static final Rule LOCK_WAIT_TIMEOUT = new Rule(Dialect.MYSQL, null, 1205, Effect.ENDED);

    /** Errors of COMMIT after which it certainly did not happen. After any other, nobody knows. */
    private static final List<Rule> COMMIT_REFUSED = List.of(
            new Rule(null, "23", 0, Effect.ENDED), // a deferred constraint
            new Rule(null, "40001", 0, Effect.ENDED),
            new Rule(null, "40002", 0, Effect.ENDED),
            new Rule(Dialect.POSTGRESQL, "40P01", 0, Effect.ENDED),
            new Rule(Dialect.POSTGRESQL, "25P02", 0, Effect.ENDED)); // it was aborted: COMMIT rolled it back

    /** Errors of a database, a session or a user that may not write. */
    private static final List<Rule> WRITES_REFUSED = List.of(
            new Rule(null, "25006", 0, Effect.ENDED), // a read-only transaction, or a standby
            new Rule(Dialect.POSTGRESQL, "42501", 0, Effect.ENDED),
            new Rule(Dialect.MYSQL, null, 1036, Effect.ENDED), // ER_OPEN_AS_READONLY
            new Rule(Dialect.MYSQL, null, 1044, Effect.ENDED), // ER_DBACCESS_DENIED_ERROR
            new Rule(Dialect.MYSQL, null, 1142, Effect.ENDED), // ER_TABLEACCESS_DENIED_ERROR
            new Rule(Dialect.MYSQL, null, 1143, Effect.ENDED), // ER_COLUMNACCESS_DENIED_ERROR
            new Rule(Dialect.MYSQL, null, 1290, Effect.ENDED), // ER_OPTION_PREVENTS_STATEMENT: read_only
            new Rule(Dialect.MYSQL, null, 1836, Effect.ENDED), // ER_READ_ONLY_MODE
            new Rule(Dialect.MYSQL, null, 1874, Effect.ENDED), // ER_INNODB_READ_ONLY
            new Rule(Dialect.H2, null, 90096, Effect.ENDED), // NOT_ENOUGH_RIGHTS_FOR_1
            new Rule(Dialect.H2, null, 90097, Effect.ENDED)); // DATABASE_IS_READ_ONLY

    /** Where PostgreSQL finds that a statement which is prepared on the server would give other columns now. */
    private static final String REVALIDATION = "RevalidateCachedQuery";

    private static final int MOST_CAUSES = 20;

    private static final String MYSQL_CANCELLED = "com.mysql.cj.jdbc.exceptions.MySQLStatementCancelledException";

    private final Dialect dialect;
    private final boolean rollbackOnTimeout;

    /** @param rollbackOnTimeout MySQL's {@code innodb_rollback_on_timeout} */
    DatabaseErrors(Dialect dialect, boolean rollbackOnTimeout) {
        this.dialect = dialect;
        this.rollbackOnTimeout = rollbackOnTimeout;
    }

    /** The worst effect of an error, those chained to it, and what caused it. */
    Effect effectOf(SQLException error) {
        Effect worst = Effect.GOES_ON;
        for (SQLException e = error; e != null; e = e.getNextException()) {
            worst = worse(worst, effectOfOne(e));
        }
        int depth = 0;
        for (Throwable cause = error.getCause(); cause != null && depth < MOST_CAUSES; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                worst = worse(worst, effectOfOne(sql));
            }
            depth++;
        }
        return worst;
    }

    private static Effect worse(Effect one, Effect other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private Effect effectOfOne(SQLException error) {
        if (rollbackOnTimeout && LOCK_WAIT_TIMEOUT.matches(dialect, error)) {
            return Effect.ENDED;
        }
        if (DriverSession.mayBeLost(error) || mayHaveRun(error)) {
            return Effect.ENDED;
        }
        for (Rule rule : IN_A_STATEMENT) {
            if (rule.matches(dialect, error)) {
                return rule.effect();
            }
        }
        return Effect.GOES_ON;
    }

    /**
     * Whether the driver gave up by itself, and not by the database's word: MySQL's raises these after the statement has been
     * answered, too.
     */
    private static boolean mayHaveRun(SQLException error) {
        return error.getErrorCode() == 0
                && (error instanceof SQLTimeoutException
                        || error.getClass().getName().equals(MYSQL_CANCELLED));
    }

    /** Under REPEATABLE READ an INSERT of MariaDB that is chosen as a deadlock's victim may say only this. */
    boolean isDeadlockInDisguise(SQLException error) {
        return dialect == Dialect.MYSQL && error.getErrorCode() == 1467; // ER_AUTOINC_READ_FAILED
    }

    /**
     * Whether a table was altered after PostgreSQL's driver had prepared the statement on the server, by itself: it has thrown
     * away all that it had prepared on the connection by now, so that the statement works when it is run again. The words are
     * in the server's language, and the SQLState is that of much else (0A000).
     */
    boolean isOfAnAlteredTable(SQLException error) {
        if (dialect != Dialect.POSTGRESQL || !SqlStates.REFUSED.equals(error.getSQLState())) {
            return false;
        }
        int depth = 0;
        for (Throwable e = error; e != null && depth < MOST_CAUSES; e = e.getCause()) { // that of a batch is a cause
            if (e instanceof SQLException sql && REVALIDATION.equals(routine(sql))) {
                return true;
            }
            depth++;
        }
        return false;
    }

    /** The part of PostgreSQL that has raised an error; empty if the driver does not tell. */
    private static String routine(SQLException error) {
        try {
            Object told = error.getClass().getMethod("getServerErrorMessage").invoke(error);
            return told == null
                    ? ""
                    : String.valueOf(told.getClass().getMethod("getRoutine").invoke(told));
        } catch (ReflectiveOperationException | RuntimeException anotherDriver) {
            return "";
        }
    }

    /** Whether whoever raised this may not write at all, or not what was to be written. */
    boolean refusesWrites(SQLException error) {
        return WRITES_REFUSED.stream().anyMatch(rule -> rule.matches(dialect, error));
    }

    /** Whether a COMMIT that raised this certainly did not happen. */
    boolean commitWasRefused(SQLException error) {
        return COMMIT_REFUSED.stream().anyMatch(rule -> rule.matches(dialect, error));
    }
}
