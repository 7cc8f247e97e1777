package io.dtx.undo;

import io.dtx.model.BranchId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.OptionalLong;

/**
 * Once, a variable of the database session is set, out of the resource row, to the resource's id with the session's own number and
 * the exact name of its schema. Later inserts compare the variable with what the session's number and schema are now. That saves
 * the subquery, a twentieth of the server's work for a transfer, and its shared lock on the one row that all branches would walk
 * past (MariaDB).
 *
 * <p>It holds because the server reads the row into the variable by itself, and compares by itself, in each insert: a connection
 * whose session is another one than before, below a driver that reconnects or a proxy that leads elsewhere, finds the variable
 * empty there; a proxy that repeats the setting elsewhere reads the row that is there; one that copies variables copies a session
 * number that is not the other's. A session never changes its server, and a USE changes what the variable is compared with. A
 * variable that does not match makes a null, which {@code log_status} refuses. Nor is undo_log taken away under the session
 * without notice (emptied, made anew, hidden by a temporary table): the numbers that it gives to the session's rows only grow.
 * For what might still pass that, the variable counts for a minute, as the description of any table does, after which the insert
 * is one by the row again ({@link UndoInsert} sees to both).
 *
 * <p>On a replica nothing is compared anew: by default the server logs the row, since the statement reads a system variable; and
 * where it logs statements, the variable's value and the session's number are logged with them.
 *
 * <p>Thread-safe.
 */
final class ProofBySession {

    private static final String VARIABLE = "@dtx_undo_log_of_resource";

    private final String insert;
    private final String setVariable;
    private final String random;
    private final String place;

    /** @param mark see {@link UndoLogSql#sessionMark} */
    ProofBySession(UndoLogSql sql, String random, String place, String mark) {
        this.random = random;
        this.place = place;
        this.insert = UndoRow.INTO + "VALUES (" + UndoRow.values(sql) + ", IF(" + VARIABLE + " = "
                + mark.replace("{id}", "?") + " AND " + UndoRow.inSchema(sql) + ", " + sql.longParameter() + ", NULL), "
                + UndoRow.times(sql) + ")";
        // The aggregate makes a null where there is no row; without, the variable would stay as it was. No lock.
        this.setVariable = "SELECT MAX(" + mark.replace("{id}", "context") + ") INTO " + VARIABLE
                + " FROM undo_log WHERE " + UndoLog.IS_RESOURCE_ROW;
    }

    /** @return false if something in between does not let it be set, as a firewall for SQL may; that query leaves nothing behind */
    boolean setVariable(Connection connection) throws SQLException {
        try (PreparedStatement set = connection.prepareStatement(setVariable)) {
            set.execute();
            return true;
        } catch (SQLException e) {
            if (mayHaveEnded(e)) {
                throw e;
            }
            return false;
        }
    }

    /** Whether the connection or the local transaction may be lost, and the session be another one now. */
    private static boolean mayHaveEnded(SQLException error) {
        String state = String.valueOf(error.getSQLState());
        return DriverSession.mayBeLost(error) || state.startsWith("25") || state.startsWith("40");
    }

    /**
     * Inserts an undo row.
     *
     * @return the number that the table gave it, 0 if none; empty if the session is not known to lead to the resource: then
     *     nothing is inserted
     */
    OptionalLong insert(Connection connection, BranchId branch, EncodedUndo undo) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(insert, Statement.RETURN_GENERATED_KEYS)) {
            int next = UndoRow.bind(statement, 1, branch, undo);
            statement.setString(next, random);
            statement.setString(next + 1, place);
            statement.setLong(next + 2, UndoLog.UNDO);
            statement.executeUpdate();
            try (ResultSet keys = statement.getGeneratedKeys()) {
                return OptionalLong.of(keys.next() ? keys.getLong(1) : 0);
            }
        } catch (SQLException e) {
            if (e.getErrorCode() == UndoRow.NOT_NULL) {
                return OptionalLong.empty();
            }
            throw e;
        }
    }
}
