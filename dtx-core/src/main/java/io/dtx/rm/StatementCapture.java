package io.dtx.rm;

import io.dtx.sql.SqlStatement;
import io.dtx.undo.CaptureRefusedException;
import io.dtx.undo.TableChangedException;
import java.sql.SQLException;

/** Which kind of statement is captured how. */
final class StatementCapture {

    private StatementCapture() {}

    /** Before a statement is refused or fails because of what is known of a table, the table is looked at anew. */
    static Ran run(StatementRun execution, SqlStatement statement) throws SQLException {
        int before = execution.transaction().capturedSoFar();
        try {
            try {
                return capture(execution, statement);
            } catch (SQLException e) {
                if (!mayBeOutdated(e)
                        || !execution.resource().tables().refresh(e)
                        || !canRunAgain(execution, e, before)) {
                    throw e;
                }
                return capture(execution, statement);
            }
        } catch (CaptureRefusedException e) {
            throw SqlErrors.refused(execution.owner().xid(), e);
        }
    }

    /** SQLState class 42: no such column, no such table. */
    private static boolean mayBeOutdated(SQLException error) {
        return error instanceof CaptureRefusedException
                || error instanceof TableChangedException
                || (error.getSQLState() != null && error.getSQLState().startsWith("42"));
    }

    /** What has run once, and was captured, must not run a second time. */
    private static boolean canRunAgain(StatementRun execution, SQLException error, int capturedBefore) {
        boolean ours = error instanceof CaptureRefusedException || error instanceof TableChangedException;
        return !execution.transaction().isUnimaged()
                && execution.transaction().capturedSoFar() == capturedBefore
                && (ours || execution.resource().errors().effectOf(error) == DatabaseErrors.Effect.GOES_ON);
    }

    private static Ran capture(StatementRun execution, SqlStatement statement) throws SQLException {
        if (statement instanceof SqlStatement.Update update) {
            return ChangeCapture.update(execution, update);
        }
        if (statement instanceof SqlStatement.Insert insert) {
            return InsertCapture.insert(execution, insert);
        }
        if (statement instanceof SqlStatement.Delete delete) {
            return ChangeCapture.delete(execution, delete);
        }
        if (statement instanceof SqlStatement.Merge merge) {
            return MergeCapture.merge(execution, merge);
        }
        if (statement instanceof SqlStatement.LockingRead read) {
            return LockingReadCapture.read(execution, read);
        }
        if (statement instanceof SqlStatement.LockingJoin join) {
            return LockingJoinCapture.read(execution, join);
        }
        throw new IllegalStateException("not to be captured: " + statement);
    }
}
