package io.dtx.undo;

import io.dtx.model.BranchId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The insert reads the resource row, under the conditions that the row holds this resource's id and that the session is in this
 * resource's schema. It needs no knowledge of the connection. Thread-safe.
 */
final class ProofByRow {

    private final String insert;
    private final String random;
    private final String place;

    /**
     * @param byValues whether it is a subquery in VALUES, whose null the log_status refuses: InnoDB takes an INSERT .. SELECT for
     *     a bulk insert, with a lock on the whole table's counter, and several times the cost
     * @param readsConflict where this holds of the local transaction, nothing is inserted, since {@link ProofByKey} counts; null
     *     for never
     */
    ProofByRow(UndoLogSql sql, String random, String place, boolean byValues, @Nullable String readsConflict) {
        this.random = random;
        this.place = place;
        String status = sql.longParameter();
        String here = UndoLog.IS_RESOURCE_ROW + " AND context = ? AND " + UndoRow.inSchema(sql)
                + (readsConflict == null ? "" : " AND NOT " + readsConflict);
        this.insert = UndoRow.INTO
                + (byValues
                        ? "VALUES (" + UndoRow.values(sql) + ", (SELECT " + status
                                + " FROM undo_log AS dtx_resource WHERE " + here + "), " + UndoRow.times(sql) + ")"
                        : "SELECT " + UndoRow.values(sql) + ", " + status + ", " + UndoRow.times(sql)
                                + " FROM undo_log WHERE " + here);
    }

    /** Gives how many rows were inserted: none, or with {@code byValues} an error, where this is not the resource. */
    int insert(Connection connection, BranchId branch, EncodedUndo undo, int status) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
            int next = UndoRow.bind(statement, 1, branch, undo);
            statement.setLong(next, status);
            statement.setString(next + 1, random);
            statement.setString(next + 2, place);
            return statement.executeUpdate();
        }
    }
}
