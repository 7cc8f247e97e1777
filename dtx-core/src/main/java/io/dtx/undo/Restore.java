package io.dtx.undo;

import io.dtx.model.BranchId;
import java.sql.Connection;
import java.sql.SQLException;

/** Puts back what a branch changed, in one local transaction. Thread-safe. */
public final class Restore {

    private final UndoLog undoLog;

    public Restore(Database database, TableCatalogue tables, UndoLog undoLog, UndoCodec codec) {
        this.undoLog = undoLog;
        if (database == null || tables == null || codec == null) {
            throw new IllegalArgumentException();
        }
    }

    /**
     * Restores a branch. May be run again at any time, by any instance, whatever became of an earlier run.
     *
     * @param connection not intercepted, without work of its own; left as it was found, except that an open local
     *     transaction is rolled back first
     * @throws SQLException if it could not be done, or the outcome of the COMMIT is unknown: nothing, or all, is restored;
     *     run it again
     */
    public Restoration restore(Connection connection, BranchId branch) throws SQLException {
        throw new UnsupportedOperationException(undoLog.resource() + " " + branch);
    }

    /** On an operator's order: puts the guard row in the undo row's place, and changes nothing else (I7). */
    public Restoration skip(Connection connection, BranchId branch) throws SQLException {
        throw new UnsupportedOperationException(undoLog.resource() + " " + branch);
    }
}
