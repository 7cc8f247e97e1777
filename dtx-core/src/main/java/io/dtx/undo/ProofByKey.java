package io.dtx.undo;

import io.dtx.model.BranchId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * The insert tries to insert the resource row again, and a second one, whose key has the resource's id in it. Both are there, so
 * nothing comes of it; where one is not, the statement fails (PostgreSQL).
 *
 * <p>This reads nothing, in the sense of PostgreSQL's conflicts between SERIALIZABLE transactions: a search for what an ON
 * CONFLICT would meet looks at the table as it is, and not at a snapshot. What a query reads in this small table is a page of it,
 * or all of it, and into that page each insert writes: of branches that have nothing else in common one would fail at COMMIT, and
 * its global transaction with it. It is a proof of both rows: the second is made out of the first, and goes before one of another
 * id can come ({@link UndoLog#open}). Thread-safe.
 */
final class ProofByKey {

    private static final String DIVISION_BY_ZERO = "22012";

    private final String insert;
    private final String random;
    private final String place;

    /** @param readsConflict where this does not hold of the local transaction, nothing is inserted */
    ProofByKey(UndoLogSql sql, String random, String place, String readsConflict) {
        this.random = random;
        this.place = place;
        // Given an id, it takes none of the table's numbers. If a row does get in, the division fails the statement.
        this.insert = "WITH dtx_resource AS (INSERT INTO undo_log (id, " + UndoRow.COLUMNS
                + "OVERRIDING SYSTEM VALUE SELECT 0, 0, proof.xid, '', CAST('' AS bytea), " + UndoLog.RESOURCE
                + ", " + UndoRow.times(sql) + " FROM (VALUES (CAST('" + UndoLog.RESOURCE_XID + "' AS varchar)), ("
                + sql.textParameter() + ")) AS proof (xid) WHERE " + readsConflict
                + " ON CONFLICT (xid, branch_id) DO NOTHING RETURNING 1 / (log_status - " + UndoLog.RESOURCE
                + ")) " + UndoRow.INTO + "SELECT " + UndoRow.values(sql) + ", " + sql.longParameter() + ", "
                + UndoRow.times(sql) + " WHERE " + UndoRow.inSchema(sql) + " AND " + readsConflict;
    }

    /**
     * Gives how many rows were inserted.
     *
     * @throws UndoLogException if one of the two rows is not there
     */
    int insert(Connection connection, BranchId branch, EncodedUndo undo, int status) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
            statement.setString(1, UndoLog.keyXid(random));
            int next = UndoRow.bind(statement, 2, branch, undo);
            statement.setLong(next, status);
            statement.setString(next + 1, place);
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw DIVISION_BY_ZERO.equals(e.getSQLState())
                    ? UndoLogException.withoutKeyRow(random + "/" + place, e)
                    : e;
        }
    }
}
