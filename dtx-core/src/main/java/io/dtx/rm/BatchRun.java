package io.dtx.rm;

import io.dtx.rm.ManagedConnection.Work;
import java.sql.BatchUpdateException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The elements of a batch, run one by one, and what becomes of their results. */
final class BatchRun {

    private final Statement application;
    private final boolean keysWanted;
    private final List<ResultSet> keys = new ArrayList<>();
    private final List<Statement> open = new ArrayList<>();
    private int[] counts = {};
    private int done;
    private boolean allOrNothing;

    BatchRun(Statement application, boolean keysWanted) {
        this.application = application;
        this.keysWanted = keysWanted;
    }

    /** @param allOrNothing whether what was done is rolled back when an element fails */
    void start(boolean allOrNothing, int elements) {
        this.allOrNothing = allOrNothing;
        keys.clear();
        open.clear();
        counts = new int[elements];
        done = 0;
    }

    void element(Work<Ran> work) throws SQLException {
        try {
            Ran ran = work.run();
            if (keysWanted) {
                keys.add(ran.generatedKeys());
                open.addAll(ran.open());
            } else {
                ran.close();
            }
            counts[done++] = ran.count();
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** As drivers do: the counts of the elements before, or all failed where nothing stays. */
    private BatchUpdateException failure(SQLException e) {
        int[] known;
        if (allOrNothing) {
            known = new int[counts.length];
            Arrays.fill(known, Statement.EXECUTE_FAILED);
        } else {
            known = Arrays.copyOf(counts, done);
        }
        BatchUpdateException failure =
                new BatchUpdateException(e.getMessage(), e.getSQLState(), e.getErrorCode(), known, e);
        failure.setNextException(e);
        return failure;
    }

    Ran result() {
        return new Ran(application, null, -1, keys.isEmpty() ? null : ChainedRows.of(keys), open);
    }

    int[] counts() {
        return counts;
    }
}
