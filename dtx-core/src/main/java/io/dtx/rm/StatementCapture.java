package io.dtx.rm;

import io.dtx.sql.SqlStatement;
import io.dtx.undo.CaptureRefusedException;
import java.sql.SQLException;

/** Which kind of statement is captured how. */
final class StatementCapture {

    private StatementCapture() {}

    static Ran run(Execution execution, SqlStatement statement) throws SQLException {
        try {
            if (statement instanceof SqlStatement.Update update) {
                return ChangeCapture.update(execution, update);
            }
            if (statement instanceof SqlStatement.Insert insert) {
                return InsertCapture.insert(execution, insert);
            }
            if (statement instanceof SqlStatement.Delete delete) {
                return ChangeCapture.delete(execution, delete);
            }
            if (statement instanceof SqlStatement.LockingRead read) {
                return LockingReadCapture.read(execution, read);
            }
        } catch (CaptureRefusedException e) {
            throw SqlErrors.refused(execution.participation().xid(), e);
        }
        throw new IllegalStateException("not to be captured: " + statement);
    }
}
