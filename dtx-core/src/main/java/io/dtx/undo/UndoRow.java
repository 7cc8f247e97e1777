package io.dtx.undo;

import io.dtx.model.BranchId;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** What the inserts of an undo row or guard row have in common, whatever proves where they land. */
final class UndoRow {

    /** MySQL's and MariaDB's error for null in a column that takes none. */
    static final int NOT_NULL = 1048;

    static final String COLUMNS = "branch_id, xid, context, rollback_info, log_status, log_created, log_modified) ";

    /** Up to the values: {@link #values}, the status, {@link #times}. */
    static final String INTO = "INSERT INTO undo_log (" + COLUMNS;

    private UndoRow() {}

    /** The first four, as parameters, which {@link #bind} binds. */
    static String values(UndoLogSql sql) {
        return String.join(", ", sql.longParameter(), sql.textParameter(), sql.textParameter(), sql.bytesParameter());
    }

    /** The last two. */
    static String times(UndoLogSql sql) {
        return sql.now() + ", " + sql.now();
    }

    /** The condition that the session is in a schema, which is a parameter, and reads the text by the grammar that was assumed. */
    static String inSchema(UndoLogSql sql) {
        return sql.currentSchema() + " = ?" + (sql.grammar() == null ? "" : " AND " + sql.grammar());
    }

    /**
     * Binds {@link #values}.
     *
     * @param first where they begin
     * @return the parameter behind them
     */
    static int bind(PreparedStatement statement, int first, BranchId branch, EncodedUndo undo) throws SQLException {
        statement.setLong(first, branch.number());
        statement.setString(first + 1, branch.xid().toString());
        statement.setString(first + 2, undo.context());
        statement.setBytes(first + 3, undo.info());
        return first + 4;
    }
}
