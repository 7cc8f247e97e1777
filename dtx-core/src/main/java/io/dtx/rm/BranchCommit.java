package io.dtx.rm;

import io.dtx.context.Participation;
import io.dtx.error.CoordinatorUnavailableException;
import io.dtx.error.LockConflictException;
import io.dtx.error.RolledBackException;
import io.dtx.error.UsageException;
import io.dtx.model.BranchId;
import io.dtx.model.Outcome;
import io.dtx.model.TransactionStatus;
import io.dtx.undo.CaptureRefusedException;
import io.dtx.undo.EncodedUndo;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commit of a local transaction with captured work: it becomes a branch.
 *
 * <p>The order is the protocol (DESIGN 3, 6; I5, I11), and each step may be the last that this process does:
 *
 * <ol>
 *   <li>The registration is sent. From here on the coordinator may know the branch, so every way out but success rolls the
 *       local transaction back and vetoes: the coordinator would otherwise wait for a report that never comes.
 *   <li>While it travels, the undo row is inserted. If the branch was restored before (it was registered, its transaction
 *       timed out, we were slow), the guard row is there, and the insert fails on the unique key.
 *   <li>The grant is awaited. If it is refused, the branch was not registered: the local transaction rolls back.
 *   <li>After the insert has returned, the age of the registration is looked at. A guard row stays for 2X; the registration
 *       is younger than X now; the insert met no guard row: so none can have come and gone in between (T5). From here the
 *       uncommitted undo row itself keeps a guard row out until the local transaction ends.
 *   <li>So is the database session, which is to be the one in which the work was done: a driver may have replaced it.
 *   <li>COMMIT, as a packet of its own: a process that is suspended before it is still covered by the undo row.
 *   <li>The report, which is what lets the global transaction commit.
 * </ol>
 *
 * Thread-safe.
 */
final class BranchCommit {

    private static final Logger log = LoggerFactory.getLogger(BranchCommit.class);

    private final Coordinator coordinator;
    private final Agents agents;
    private final Duration registrationLimit;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final SecureRandom random = new SecureRandom();

    BranchCommit(
            Coordinator coordinator,
            Agents agents,
            Duration registrationLimit,
            InstantSource clock,
            LongSupplier nanos) {
        this.coordinator = coordinator;
        this.agents = agents;
        this.registrationLimit = registrationLimit;
        this.clock = clock;
        this.nanos = nanos;
    }

    /**
     * Commits, or raises. When it raises, the local transaction is rolled back, except after SQLState 08007: then nobody knows.
     *
     * @param physical the connection, not in autocommit mode, with the work done on it
     * @param session the number of the database session in which that began
     */
    void commit(
            Connection physical, long session, OpenResource resource, Participation participation, CapturedWork work)
            throws SQLException {
        BranchId branch = new BranchId(participation.xid(), newNumber());
        EncodedUndo undo;
        try {
            undo = resource.codec().encode(branch, work.entries());
        } catch (SQLException | RuntimeException e) {
            rollBack(physical, e);
            throw e;
        }
        // Before it can be restored, which must be done on the same server.
        agents.registers(branch, resource);
        RegistrationAge age = RegistrationAge.start(clock, nanos);
        CompletableFuture<Void> grant = register(branch, resource, participation, work);
        insertUndo(physical, resource, participation, branch, undo);
        await(grant, physical, participation, branch);
        participation.branchRegistered();
        if (age.age().compareTo(registrationLimit) >= 0) {
            SQLException late = SqlErrors.conflict(
                    "branch " + branch + " was registered " + age.age().toSeconds()
                            + " s ago, and a local transaction must commit within "
                            + registrationLimit.toSeconds() + " s of its registration",
                    null);
            throw givenUp(physical, participation, branch, "its local commit came too late", late);
        }
        if (resource.session().isReplaced(physical, session)) {
            SQLException lost = SqlErrors.rollbackOnly(
                    branch.xid(), "the driver has replaced its database session, and lost what was done", null);
            throw givenUp(physical, participation, branch, "its database session was lost", lost);
        }
        commit(physical, resource, participation, branch);
        coordinator.reportCommitted(branch, participation.initiator());
    }

    private SQLException givenUp(
            Connection physical, Participation participation, BranchId branch, String why, SQLException error) {
        rollBack(physical, error);
        veto(participation, branch, why, error);
        return error;
    }

    private CompletableFuture<Void> register(
            BranchId branch, OpenResource resource, Participation participation, CapturedWork work) {
        try {
            return coordinator.register(branch, resource.id(), participation.executions(), work.locks());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void insertUndo(
            Connection physical, OpenResource resource, Participation participation, BranchId branch, EncodedUndo undo)
            throws SQLException {
        try {
            resource.undoLog().insert(physical, branch, undo);
        } catch (SQLException | RuntimeException e) {
            rollBack(physical, e);
            veto(participation, branch, "its undo row could not be inserted: " + e.getMessage(), e);
            if (e instanceof CaptureRefusedException refusal) {
                throw SqlErrors.refused(branch.xid(), refusal);
            }
            if (e instanceof SQLException sql && resource.errors().isDeadlockInDisguise(sql)) {
                throw SqlErrors.conflict("branch " + branch + " lost a deadlock in its database", e);
            }
            if (e instanceof SQLException sql && isDuplicate(sql)) {
                throw SqlErrors.conflict(
                        "branch " + branch + " was restored before it could commit: its global transaction rolls back",
                        e);
            }
            throw e;
        }
    }

    private void await(CompletableFuture<Void> grant, Connection physical, Participation participation, BranchId branch)
            throws SQLException {
        try {
            grant.join(); // not interruptible: the future has a deadline
        } catch (CompletionException | CancellationException e) {
            Throwable cause = SqlErrors.cause(e);
            SQLException error = SqlErrors.of(branch.xid(), "registering a branch", cause);
            rollBack(physical, error);
            boolean refused = cause instanceof LockConflictException
                    || cause instanceof RolledBackException
                    || cause instanceof UsageException;
            if (!refused) {
                vetoWithoutWaiting(participation, branch, cause);
            }
            throw error;
        }
    }

    private void commit(Connection physical, OpenResource resource, Participation participation, BranchId branch)
            throws SQLException {
        try {
            physical.commit();
        } catch (SQLException e) {
            rollBack(physical, e);
            if (resource.errors().commitWasRefused(e)) {
                veto(participation, branch, "its local commit failed: " + e.getMessage(), e);
                throw e;
            }
            throw unknown(participation, branch, e);
        } catch (RuntimeException e) {
            rollBack(physical, e);
            throw unknown(participation, branch, new SQLException("COMMIT failed in the driver or pool", e));
        }
    }

    private SQLException unknown(Participation participation, BranchId branch, SQLException cause) {
        boolean acknowledged = veto(participation, branch, "the outcome of its local commit is unknown", cause);
        SQLException error = SqlErrors.commitUnknown(branch, acknowledged, cause);
        log.warn("{}", error.getMessage());
        return error;
    }

    /**
     * First in this process, so that it holds whatever the coordinator answers; then there, awaited.
     *
     * @return whether the coordinator has acknowledged it
     */
    private boolean veto(Participation participation, BranchId branch, String why, Exception cause) {
        String reason = "branch " + branch + " did not commit: " + why;
        participation.veto(reason);
        try {
            Outcome outcome = coordinator.veto(branch.xid(), reason).join();
            if (outcome.status() == TransactionStatus.COMMITTED) {
                log.error("{} was decided to commit although {} (I11): tell the operator", branch.xid(), reason);
            }
            return true;
        } catch (RuntimeException e) {
            // A transaction that is decided already answers with its outcome, so this one can not be reached.
            // The branch stays unreported, which turns a commit into a rollback as well (I11).
            cause.addSuppressed(e);
            return false;
        }
    }

    /** For a coordinator that just did not answer: waiting for it once more would double the caller's wait. */
    private void vetoWithoutWaiting(Participation participation, BranchId branch, Throwable cause) {
        String reason = "branch " + branch + " may be registered, and did not commit: " + cause.getMessage();
        participation.veto(reason);
        if (cause instanceof CoordinatorUnavailableException) {
            log.warn("{}", reason);
        } else {
            log.warn("{}", reason, cause);
        }
        try {
            coordinator.veto(branch.xid(), reason).exceptionally(unheard -> null);
        } catch (RuntimeException e) {
            log.debug("the veto could not be sent", e);
        }
    }

    /**
     * Rolls back, without fail: where the database can not be told, the connection is cut, so that nothing that was done on it
     * can be committed later.
     */
    static void rollBack(Connection physical, Throwable because) {
        try {
            physical.rollback();
        } catch (SQLException | RuntimeException | Error e) {
            if (e != because) {
                because.addSuppressed(e);
            }
            cut(physical, because);
        }
    }

    /** Not every driver's {@code abort} does something (H2's does not). */
    static void cut(Connection physical, Throwable because) {
        try {
            physical.abort(Runnable::run);
            if (!physical.isClosed()) {
                physical.close();
            }
        } catch (SQLException | RuntimeException e) {
            because.addSuppressed(e);
        }
    }

    private static boolean isDuplicate(SQLException error) {
        return error.getSQLState() != null && error.getSQLState().startsWith("23");
    }

    /** Positive, 63 random bits (I9, T10): new for every attempt. */
    private long newNumber() {
        long number;
        do {
            number = random.nextLong() >>> 1;
        } while (number == 0);
        return number;
    }
}
