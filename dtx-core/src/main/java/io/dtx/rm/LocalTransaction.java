package io.dtx.rm;

import io.dtx.context.Participation;
import io.dtx.error.SqlStates;
import io.dtx.model.Lock;
import io.dtx.rm.SqlErrors.RefusedException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The local transaction that is open on one connection, as far as a global transaction is concerned.
 *
 * <pre>
 *   FREE    first captured statement                           -> BOUND
 *   BOUND   commit, rollback, close                            -> FREE
 *   BOUND   rows changed whose images could not be taken;
 *           ended by the database, or broken off by dtx;
 *           its connection found invalid;
 *           a rollback to a savepoint that is not known        -> DOOMED
 *   BOUND   an error that aborts it (PostgreSQL: any error)    -> DOOMED, until a rollback to a savepoint makes it BOUND again
 *   DOOMED  rollback, close; commit, which rolls back, vetoes
 *           and raises; any other statement is refused         -> FREE
 *   any     abort, by any thread: nothing but the end is left  -> ABORTED, for good
 * </pre>
 *
 * FREE is everything outside of global transactions that need not respect global locks, and plain reads; once something has run
 * outside of any that may have done more than read ({@link #usedOutside}), only nobody can have it until it ends. BOUND belongs to
 * one XID until it ends; or to nobody, and then its commit waits until the rows are free of global locks. Used by one thread at a
 * time, as its connection is, but for {@link #abort}.
 */
final class LocalTransaction {

    private final Connection physical;
    private final Shared shared;
    private final CapturedWork work = new CapturedWork();
    private final LastInsertId lastInsertId;
    /** Taken out exactly once, by whatever ends the local transaction: so that no capture is ended twice. */
    private final AtomicReference<@Nullable Binding> binding = new AtomicReference<>();

    private final RanOutside ranOutside = new RanOutside();

    private volatile boolean aborted;
    /** Whether rows were changed whose images are not taken. */
    private boolean unimaged;

    private int writes;
    /** Whether the last one, which has ended since, had captured work. */
    private boolean endedWithWork;
    /** Not null if it is DOOMED. */
    private @Nullable Doom doom;

    /** @param session the number of the database session in which it began */
    private record Binding(Owner owner, OpenResource resource, long session) {}

    /** @param bySavepoint whether a rollback to a savepoint is enough */
    private record Doom(
            String reason, boolean bySavepoint, @Nullable Throwable cause) {}

    LocalTransaction(Connection physical, Shared shared) {
        this.physical = physical;
        this.shared = shared;
        this.lastInsertId = new LastInsertId(physical);
    }

    LastInsertId lastInsertId() {
        return lastInsertId;
    }

    /** Whether it has captured statements, and so an owner. */
    boolean isBound() {
        return binding.get() != null;
    }

    /** Null as long as it is not bound. */
    @Nullable Owner owner() {
        Binding bound = binding.get();
        return bound == null ? null : bound.owner();
    }

    boolean isAborted() {
        return aborted;
    }

    /** A statement with this text runs outside of any global transaction. */
    void usedOutside(String sql) {
        ranOutside.add(sql);
        lastInsertId.forget();
    }

    /** Something else does. */
    void usedOutside() {
        ranOutside.addUnknown();
        lastInsertId.forget();
    }

    /** Autocommit was switched: whatever was open is committed. */
    void begun() {
        ranOutside.clear();
        endedWithWork = false;
    }

    /**
     * Lets a statement in, or refuses it.
     *
     * @param current what the thread works for; null for nothing
     */
    void admit(@Nullable Participation current) throws SQLException {
        if (aborted) {
            throw afterAbort();
        }
        Binding bound = binding.get();
        if (bound == null) {
            return;
        }
        Owner owner = bound.owner();
        if (!owner.is(current)) {
            throw SqlErrors.refused(
                    owner.isNobody() && current != null ? current.xid() : owner.xid(),
                    "the local transaction that is open on this connection belongs to "
                            + (owner.isNobody() ? "no global transaction" : owner.xid())
                            + ", and the statement runs "
                            + (current == null ? "outside of any global transaction" : "under " + current.xid()),
                    "commit or roll back the local transaction first, or use another connection");
        }
        Doom doomed = doom;
        if (doomed != null) {
            throw SqlErrors.rollbackOnly(owner.xid(), doomed.reason(), doomed.cause());
        }
    }

    /**
     * Makes it belong to its owner, before the first statement that is captured runs.
     *
     * @param plainReads asked about what ran in it before
     */
    void bind(Owner owner, OpenResource resource, RanOutside.PlainReads plainReads) throws SQLException {
        if (isBound()) {
            return;
        }
        if (!owner.isNobody() && !ranOutside.isOf(plainReads)) {
            throw SqlErrors.refused(
                    owner.xid(),
                    "statements ran on this connection's open local transaction before the global transaction began, and"
                            + " a rollback could not undo them",
                    "begin the global transaction first, or commit the local transaction before");
        }
        doom = null;
        binding.set(new Binding(owner, resource, resource.session().number(physical)));
        owner.captureStarted();
    }

    /** A statement has changed rows, and their images are not complete yet. */
    void changed() {
        unimaged = true;
        writes++;
    }

    /** A statement runs that may change rows, and is not captured. */
    void runsUnprotected() {
        writes++;
    }

    /**
     * Another number whenever rows may have been written on this connection in between. It never goes back: what a rollback to a
     * savepoint takes back may have been passed by meanwhile, by who reads in portions.
     */
    int writes() {
        return writes;
    }

    /** How many statements were captured so far; a statement may be captured in pieces. */
    int capturedSoFar() {
        return work.size();
    }

    /** Whether rows were changed whose images are not taken. */
    boolean isUnimaged() {
        return unimaged;
    }

    /**
     * The owner knows of it from here on, so before the local commit, which is this thread's and takes nothing that was not
     * captured (what {@link #changed} and has no images dooms it): nobody can know of a commit whose owner does not know that it
     * wrote. Not earlier, or a mere locking read and a change of no row would pass for writes.
     */
    void captured(Captured statement) {
        unimaged = false;
        writes++;
        work.add(statement);
        Binding bound = binding.get();
        if (bound != null) { // else it was aborted meanwhile, with a veto, and can not commit
            bound.owner().rowsWritten();
        }
    }

    /** Of what was captured so far; each once. */
    List<Lock> locks() {
        return work.locks();
    }

    /** Nothing was changed after all. */
    void unchanged() {
        unimaged = false;
    }

    /**
     * Judges an error that any call of this connection, or of what it gave, raised. Most mean nothing for the local transaction;
     * but one may be the only time at which a driver says that it has replaced the connection, and with it lost all that was done.
     */
    void raised(SQLException error) {
        Binding bound = binding.get();
        if (bound != null && bound.resource().errors().effectOf(error) == DatabaseErrors.Effect.ENDED) {
            failed(error);
        }
    }

    /** The driver says that the connection is no good: it may replace it, and then nobody says again that the work was lost. */
    void foundInvalid() {
        if (binding.get() != null) {
            doom(new Doom("its connection was found to be invalid", false, null));
        }
    }

    /** Judges an error that a statement of this local transaction raised. */
    void failed(Throwable error) {
        Binding bound = binding.get();
        if (bound == null) {
            return;
        }
        if (unimaged) { // whatever the error: also a refusal that comes only after the statement has run
            doom(new Doom("a statement changed rows whose images could not be taken", false, error));
        } else if (error instanceof RefusedException || error.getCause() instanceof RefusedException) {
            return;
        } else if (error instanceof SQLException sql) {
            switch (bound.resource().errors().effectOf(sql)) {
                case ENDED -> doom(new Doom("the database has ended it: " + sql.getMessage(), false, sql));
                case ABORTED -> doom(new Doom("the database has aborted it: " + sql.getMessage(), true, sql));
                case GOES_ON -> {}
            }
        }
    }

    /** The database row locks go at once, since a restore may be waiting for them; the application has yet to roll back. */
    void breakOff(SQLException because) {
        BranchCommit.rollBack(physical, because);
        doom(new Doom("it was rolled back: " + because.getMessage(), false, because));
    }

    private void doom(Doom next) {
        Doom known = doom;
        if (known == null || (known.bySavepoint() && !next.bySavepoint())) {
            doom = next;
        }
    }

    private SQLException afterAbort() {
        return SqlErrors.rollbackOnly(null, "its connection was aborted", null);
    }

    /** COMMIT, by the application or by the end of an autocommit statement. */
    void commit() throws SQLException {
        if (aborted) {
            SQLException error = afterAbort();
            BranchCommit.rollBack(physical, error);
            end();
            throw error;
        }
        Binding bound = binding.get();
        if (bound == null) {
            physical.commit();
            end();
            return;
        }
        Doom doomed = doom;
        try {
            if (doomed != null) {
                SQLException error = SqlErrors.rollbackOnly(bound.owner().xid(), doomed.reason(), doomed.cause());
                BranchCommit.rollBack(physical, error);
                bound.owner().veto("a local commit was refused: " + doomed.reason());
                throw error;
            }
            Participation participation = bound.owner().participation();
            if (work.isEmpty()) {
                physical.commit();
            } else if (participation != null) {
                lastInsertId.undoInserted();
                shared.commit().commit(physical, bound.session(), bound.resource(), participation, work);
            } else {
                LockCheck.beforeCommit(shared.coordinator(), physical, work.locks());
                physical.commit();
            }
        } catch (RuntimeException | Error e) {
            // No memory for a large record, say, or a random generator that gives up. What comes next here,
            // setAutoCommit(true) above all, must not commit what has no undo row. What was committed already is
            // restored: it is not reported, or this veto comes before the decision. A second rollback is harmless.
            BranchCommit.rollBack(physical, e);
            bound.owner().veto("a local commit was broken off: " + e);
            throw e;
        } finally {
            end();
        }
    }

    void rollback() throws SQLException {
        try {
            physical.rollback();
        } catch (SQLException | RuntimeException | Error e) {
            if (isBound()) {
                BranchCommit.cut(physical, e);
            }
            throw e;
        } finally {
            end();
        }
    }

    void savepoint(Savepoint savepoint) {
        work.mark(savepoint);
    }

    void rollback(Savepoint savepoint) throws SQLException {
        physical.rollback(savepoint);
        boolean known = work.dropSince(savepoint);
        Doom doomed = doom;
        if (!known && isBound()) {
            doom(new Doom(
                    "it was rolled back to a savepoint that was not set through dtx, or whose name was used again",
                    false,
                    null));
        } else if (doomed != null && doomed.bySavepoint()) {
            doom = null;
        }
    }

    /**
     * Before the connection is closed: captured work is not left to what pool or driver makes of it, and since nobody asked
     * for its rollback, the global transaction must not commit without it.
     */
    void close() {
        Binding bound = binding.get();
        if (bound == null) {
            return;
        }
        if (!work.isEmpty()) {
            bound.owner().veto("a connection was closed with captured work neither committed nor rolled back");
        }
        BranchCommit.rollBack(physical, new SQLException("closed", SqlStates.ROLLBACK_ONLY));
        end();
    }

    /**
     * The connection is aborted, maybe by another thread: the database rolls back. Where the driver's {@code abort} does
     * nothing (H2's), what was captured must not be committed uncaptured.
     */
    void abort() {
        aborted = true;
        Binding bound = binding.getAndSet(null);
        if (bound != null) {
            bound.owner().veto("a connection was aborted in the middle of a local transaction");
            bound.owner().captureEnded();
        }
    }

    /**
     * The last local transaction has ended without a commit, for good: its owner is told if captured work was lost with it.
     *
     * @param owner whose it was; null if it had none
     */
    void tellLostWork(@Nullable Owner owner) {
        if (owner != null && endedWithWork) {
            owner.workLost();
        }
    }

    private void end() {
        Binding bound = binding.getAndSet(null);
        endedWithWork = !work.isEmpty();
        work.clear();
        ranOutside.clear();
        unimaged = false;
        doom = null;
        if (bound != null) {
            bound.owner().captureEnded();
        }
    }
}
