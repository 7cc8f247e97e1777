package io.dtx.rm;

import io.dtx.undo.CaptureRefusedException;
import io.dtx.undo.TableChangedException;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs a batch: as much of it as possible by the driver at once, the rest one by one, and in the order in which it stands. What
 * becomes of the counts and the keys is what the driver makes of them.
 *
 * <p>If what a part that the driver ran at once did can not be told for sure, it is undone to a savepoint and run again one by
 * one. If it fails, what has stayed of it is what stays without dtx: drivers stop at an error, go on after it, or have sent all of
 * it as one statement. (PostgreSQL needs none of that: there an error ends the local transaction.)
 *
 * <p>{@code done} is the next element: every method here that runs elements runs those from there on, and moves it behind the
 * last that ran. Not thread-safe.
 */
final class BatchRun {

    private final Statement application;
    private final List<BatchElement> elements;
    private final boolean keysWanted;
    private final Runner runner;
    private final List<ResultSet> keys = new ArrayList<>();
    private final List<Statement> open = new ArrayList<>();
    private final int[] counts;
    private final boolean atOnce;
    private final boolean allOrNothing;
    private int done;
    /** How many elements run by themselves before rows are locked together again, with the one that has shown that they must be. */
    private int lockedInVain = 1;
    /** Whether the driver has not counted. */
    private boolean withoutInfo;

    private @Nullable Ran result;

    /** Opens the execution of an element, which watches over waits in the database, for some work. */
    interface Runner {
        <T> T with(BatchElement element, Work<T> work) throws SQLException;
    }

    interface Work<T> {
        T run(StatementRun execution) throws SQLException;
    }

    /**
     * @param atOnce whether the driver may be given several elements at once
     * @param keysWanted whether the application asks for generated keys
     * @param allOrNothing whether what was done is rolled back when an element fails: the local transaction ends with the batch
     */
    BatchRun(
            Statement application,
            List<BatchElement> elements,
            boolean atOnce,
            boolean keysWanted,
            boolean allOrNothing,
            Runner runner) {
        this.application = application;
        this.atOnce = atOnce;
        this.allOrNothing = allOrNothing;
        this.counts = new int[elements.size()];
        this.elements = elements;
        this.keysWanted = keysWanted;
        this.runner = runner;
    }

    Ran run() throws SQLException {
        if (elements.size() < 2 || !atOnce || !inserted()) {
            while (done < elements.size()) {
                some();
            }
            if (withoutInfo) {
                Arrays.fill(counts, Statement.SUCCESS_NO_INFO); // what it would not have told of the others either
            }
        }
        Ran ran = result;
        return ran != null ? ran : new Ran(application, null, -1, keys.isEmpty() ? null : ChainedRows.of(keys), open);
    }

    int[] counts() {
        return counts;
    }

    private boolean inserted() throws SQLException {
        return runner.with(elements.get(0), execution -> {
            BatchInserts inserts = orElseNull(() -> BatchInserts.of(execution, elements));
            if (inserts != null && ranTogether(execution, elements.size(), inserts)) {
                result = inserts.result();
                return true;
            }
            return false;
        });
    }

    /** Runs the next element, and those behind it that can run with it. */
    private void some() throws SQLException {
        int from = done;
        int alike = keysWanted || !atOnce ? 1 : BatchChanges.alike(elements, from);
        List<BatchElement> some = elements.subList(from, from + alike);
        if (alike == 1) {
            single();
            return;
        }
        boolean rowsKnown = runner.with(some.get(0), execution -> {
            BatchChanges changes = orElseNull(() -> BatchChanges.lock(execution, some));
            if (changes != null) {
                run(changes, from, from + alike);
            }
            return changes != null;
        });
        if (!rowsKnown) {
            for (int i = 0; i < alike; i++) {
                single();
            }
        }
    }

    /**
     * Runs elements whose rows are locked; not all of them if one has shown that others must be locked as well.
     *
     * @param from the first of them, which is the first of these changes
     * @param to behind the last
     */
    private void run(BatchChanges changes, int from, int to) throws SQLException {
        while (done < to) {
            int present = changes.atOnce(done - from);
            if (present == 0) {
                single();
                if (counts[done - 1] != 0) {
                    backOff(to); // it may have been about one of the rows after all, by another spelling of its key
                    return;
                }
            } else {
                BatchPart part = changes.part(done - from, done - from + present);
                if (!runner.with(elements.get(done), each -> {
                    each.watch().runs(present); // the rows are locked; it may wait for more than these
                    return ranTogether(each, done + present, part);
                })) {
                    for (int i = 0; i < present; i++) {
                        single();
                    }
                    backOff(to);
                    return;
                }
            }
        }
    }

    /**
     * The rows of the elements that are left are to be locked anew. Before that some of these run by themselves, twice as many each
     * time: where each key is spelled in another way than it is stored, to lock all that are left after each would take the
     * square of their number.
     */
    private void backOff(int to) throws SQLException {
        for (int i = 1; i < lockedInVain && done < to; i++) {
            single();
        }
        lockedInVain = Math.min(2 * lockedInVain, elements.size());
    }

    private interface Attempt<T> {
        @Nullable T make() throws SQLException;
    }

    /** What keeps elements from running at once is told better when they run one by one. */
    private static <T> @Nullable T orElseNull(Attempt<T> attempt) throws SQLException {
        try {
            return attempt.make();
        } catch (CaptureRefusedException | TableChangedException e) {
            return null;
        }
    }

    /**
     * @param to behind its last element
     * @return false if it was undone, and is to be run one by one
     */
    private boolean ranTogether(StatementRun execution, int to, BatchPart part) throws SQLException {
        Connection physical = execution.physical();
        Savepoint before = physical.setSavepoint();
        int[] theirs;
        try {
            theirs = part.run();
        } catch (BatchPart.NotTold | TableChangedException e) {
            physical.rollback(before);
            physical.releaseSavepoint(before);
            execution.transaction().unchanged();
            return false;
        } catch (SQLException e) {
            int[] told = e instanceof BatchUpdateException batch ? batch.getUpdateCounts() : new int[0];
            boolean goesOn = execution.resource().errors().effectOf(e) == DatabaseErrors.Effect.GOES_ON;
            if (!goesOn) {
                execution.transaction().unchanged(); // whatever it did is gone with the local transaction
            } else if (!allOrNothing && e instanceof BatchUpdateException) {
                part.failed(
                        told,
                        before,
                        element -> runner.with(element, each -> StatementCapture.run(each, element.statement()))
                                .close());
            }
            throw failure(e, all(told));
        }
        physical.releaseSavepoint(before);
        for (int count : theirs) {
            withoutInfo |= count == Statement.SUCCESS_NO_INFO;
        }
        System.arraycopy(theirs, 0, counts, done, theirs.length);
        done = to;
        return true;
    }

    private void single() throws SQLException {
        BatchElement element = elements.get(done);
        try {
            Ran ran = runner.with(element, execution -> StatementCapture.run(execution, element.statement()));
            if (keysWanted) {
                keys.add(ran.generatedKeys());
                open.addAll(ran.open());
            } else {
                ran.close();
            }
            counts[done] = ran.count();
        } catch (SQLException e) {
            throw failure(e, Arrays.copyOf(counts, done));
        }
        done++;
    }

    private int[] all(int[] theirs) {
        int[] all = Arrays.copyOf(counts, done + theirs.length);
        System.arraycopy(theirs, 0, all, done, theirs.length);
        return all;
    }

    /** As drivers do: the counts of the elements before, or all failed where nothing stays. */
    private BatchUpdateException failure(SQLException e, int[] known) {
        int[] told = known;
        if (allOrNothing) {
            told = new int[counts.length];
            Arrays.fill(told, Statement.EXECUTE_FAILED);
        }
        BatchUpdateException failure =
                new BatchUpdateException(e.getMessage(), e.getSQLState(), e.getErrorCode(), told, e);
        failure.setNextException(e);
        return failure;
    }
}
