package io.dtx.rm;

import io.dtx.error.LockConflictException;
import io.dtx.model.Lock;
import io.dtx.model.Xid;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Waits until no other global transaction holds the rows that a local transaction has locked or written.
 *
 * <p>Why the answer "free" still holds when it arrives, and until the local transaction L ends. Let T be a global transaction
 * that holds the lock of a row, a unique entry or a parent key r.
 *
 * <ul>
 *   <li>L asks only after its statement has returned: it holds the database's lock on r by then, and keeps it to its end. T's
 *       branch registers r after its own statement has returned, and before its local transaction ends: with the database's
 *       lock on r. So the two do not overlap. If T's local transaction had r first, T was registered before L got the row, and
 *       so before L asked; the question goes through the log, so the answer knows of T, as long as T is undecided or not
 *       restored. If L has r first, T's statement waits in the database until L has ended.
 *   <li>T rolls back: its restore needs the database's lock on r and comes after L. T's global lock goes only after the restore
 *       has committed (I4); so when L asks, T still holds it, L is told at once that T is rolling back, rolls back itself, and
 *       leaves the row to the restore.
 *   <li>A row that T deleted is not there to be locked. But if L inserts its key, L's after image names r, and L waits for T;
 *       the restore's insert waits in the database for L's, and L is told to roll back as above. A unique value that T freed
 *       and L takes, or a child that L puts under T's new parent, is the same: the images name the unique entry and the
 *       parent's key.
 *   <li>A row that L deleted or inserted, or a unique value that it took or freed, keeps others waiting in the database until
 *       L has ended: nobody registers it meanwhile.
 *   <li>L dies, or is answered too late: it has not committed, or it has, with r locked all the time.
 * </ul>
 *
 * What this does not cover: rows that L looked for and did not find, because T has deleted or changed them.
 */
final class LockCheck {

    private LockCheck() {}

    /**
     * Before COMMIT of a local transaction of nobody.
     *
     * @throws SQLException if they are not free in time; the local transaction is rolled back then, so that whoever waits for its
     *     rows, a restore perhaps, goes on
     */
    static void beforeCommit(Coordinator coordinator, Connection physical, List<Lock> locks) throws SQLException {
        try {
            check(coordinator, null, locks, true, "the local commit");
        } catch (SQLException | RuntimeException e) {
            BranchCommit.rollBack(physical, e);
            throw e;
        }
    }

    /** Of rows that the database has locked. */
    static void ofRead(StatementRun execution, RowSelection keys, List<Row> rows, boolean waits) throws SQLException {
        if (!rows.isEmpty()) {
            ofRead(execution, keys.locks(execution.resource().id(), rows, List.of()), waits);
        }
    }

    /**
     * Sees that nobody else holds them. If the wait ends without the locks, our row locks go at once: their holder's restore may
     * be waiting for them.
     *
     * <p>Whoever waits holds the rows that it wrote before, too, and must be told when the holder of one of them rolls back, or
     * waits for it in the database: so the question of one that waits names these as well. But mostly nobody holds what is read,
     * and nobody waits. To name all each time would be, for a local transaction that reads and writes row after row, the square
     * of their number, all of it through the log. So what is read is asked for alone at first, without waiting.
     *
     * <p>Between the two questions nothing is lost. Of the first only "free" is used, and that holds for what is read as is said
     * above, whatever else was written; what it found held is forgotten by both sides. The second is then the only one there ever
     * was: a holder that turned to rolling back before it is seen when it arrives, one that does so later finds it in its queue,
     * and a circle of waits is looked for when it begins to wait. Who does not wait stands in nobody's way for longer than its own
     * statements take, as one that reads nothing, and is told when it asks next, at its commit at the latest.
     *
     * @param waits whether to wait for those that are held (not with NOWAIT)
     */
    static void ofRead(StatementRun execution, List<Lock> locks, boolean waits) throws SQLException {
        execution.watch().end(); // from here on the coordinator itself knows of the wait
        Coordinator coordinator = execution.coordinator();
        Xid xid = execution.owner().xid();
        String what =
                waits ? "waiting for the rows that a statement reads" : "a read of rows that is not to wait for them";
        LocalTransaction transaction = execution.transaction();
        boolean wroteBefore = waits && transaction.capturedSoFar() > 0;
        try {
            if (wroteBefore && areFree(coordinator, xid, locks, what)) {
                return;
            }
            List<Lock> all = new ArrayList<>(wroteBefore ? transaction.locks() : List.of());
            all.addAll(locks);
            check(coordinator, xid, all, waits, what);
        } catch (SQLException e) {
            transaction.breakOff(e);
            throw e;
        }
    }

    /**
     * @param xid the asking transaction; null for none
     * @param waits whether to wait for those that are held
     * @param what is being done, for people
     * @throws SqlErrors.HeldException if not to wait, and some are held
     */
    static void check(Coordinator coordinator, @Nullable Xid xid, List<Lock> locks, boolean waits, String what)
            throws SQLException {
        if (locks.isEmpty()) {
            return;
        }
        try {
            coordinator.checkLocks(xid, locks, waits).join(); // not interruptible: the future has a deadline
        } catch (CompletionException | CancellationException e) {
            Throwable cause = SqlErrors.cause(e);
            if (!waits && cause instanceof LockConflictException conflict) {
                throw SqlErrors.held(xid, what, conflict);
            }
            throw SqlErrors.of(xid, what, cause);
        }
    }

    /**
     * Whether nobody else holds them, without waiting.
     *
     * @param xid the asking transaction; null for none
     * @param what is being done, for people
     */
    static boolean areFree(Coordinator coordinator, @Nullable Xid xid, List<Lock> locks, String what)
            throws SQLException {
        try {
            return coordinator.areFree(xid, locks).join(); // not interruptible: the future has a deadline
        } catch (CompletionException | CancellationException e) {
            throw SqlErrors.of(xid, what, SqlErrors.cause(e));
        }
    }
}
