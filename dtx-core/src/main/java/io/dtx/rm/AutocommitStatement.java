package io.dtx.rm;

import io.dtx.error.LockConflictException;
import io.dtx.rm.ManagedConnection.Work;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a statement that the application sends in autocommit mode in a local transaction of its own, which takes the commit
 * path. If its wait for a global lock was broken (the holder rolls back and needs the rows, or the wait would have been a
 * deadlock), or the database chose it as a deadlock's victim, nothing of it is left, and it runs again from its start, until
 * the time for that is over.
 */
final class AutocommitStatement {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final int MOST_DOUBLINGS = 5;

    private final Connection physical;
    private final LocalTransaction transaction;
    private final Retry retry;

    /** @param budget the longest time in which it is run again; the last run may end later */
    record Retry(Duration budget, LongSupplier nanos) {}

    AutocommitStatement(Connection physical, LocalTransaction transaction, Retry retry) {
        this.physical = physical;
        this.transaction = transaction;
        this.retry = retry;
    }

    <T> T run(Owner owner, OpenResource resource, Work<T> work) throws SQLException {
        long start = retry.nanos().getAsLong();
        LastInsertId number = transaction.lastInsertId();
        String kept = number.kept();
        for (int attempt = 0; ; attempt++) {
            try {
                return once(owner, resource, work);
            } catch (SQLException e) {
                boolean inTime =
                        retry.nanos().getAsLong() - start < retry.budget().toNanos();
                if (!inTime
                        || !wasBroken(e)
                        || owner.vetoed()
                        || !pause(attempt)
                        || !number.again(resource.database().dialect(), kept)) {
                    transaction.tellLostWork(owner);
                    throw e;
                }
            } catch (RuntimeException | Error e) {
                transaction.tellLostWork(owner);
                throw e;
            }
        }
    }

    private <T> T once(Owner owner, OpenResource resource, Work<T> work) throws SQLException {
        physical.setAutoCommit(false);
        transaction.begun();
        T result;
        try {
            transaction.bind(owner, resource, sql -> false);
            result = work.run();
            transaction.commit();
        } catch (SQLException | RuntimeException | Error e) {
            undo(e);
            backToAutocommit(e);
            throw e;
        }
        backToAutocommit(null);
        return result;
    }

    private void undo(Throwable because) {
        if (transaction.isBound()) {
            try {
                transaction.rollback();
            } catch (SQLException e) {
                because.addSuppressed(e);
            }
        }
    }

    /**
     * What the statement did is settled by now, so a failure here is not the statement's: the connection is cut, and the next
     * use of it fails.
     */
    private void backToAutocommit(@Nullable Throwable because) {
        try {
            physical.setAutoCommit(true);
        } catch (SQLException e) {
            BranchCommit.cut(physical, e);
            if (because != null) {
                because.addSuppressed(e);
            }
        }
    }

    private static boolean wasBroken(SQLException error) {
        if (error instanceof SqlErrors.HeldException) {
            return false;
        }
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof LockConflictException) {
                return true;
            }
        }
        String state = error.getSQLState();
        return state != null && state.startsWith("40") && !(error.getCause() instanceof RuntimeException);
    }

    /** Doubling from {@link #FIRST_PAUSE}, with jitter. */
    private static boolean pause(int attempt) {
        long most = FIRST_PAUSE.toMillis() << Math.min(attempt, MOST_DOUBLINGS);
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
