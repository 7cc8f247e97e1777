package io.dtx.rm;

import io.dtx.sql.SqlStatement;
import io.dtx.sql.TableName;
import io.dtx.undo.CaptureRefusedException;
import io.dtx.undo.TableChangedException;
import io.dtx.undo.UnlockableTableException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
                        || hasNothingToWaitFor(execution.owner(), statement, e)
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

    /**
     * Whether a statement that can not be captured runs as it is (RATIONALE): what it writes has no global lock, and nobody asks for
     * more than {@link LocalWrites#CHECK} does. A join may lock rows of another table, which have.
     *
     * @param refusal why it can not
     */
    static boolean hasNothingToWaitFor(Owner owner, SqlStatement statement, @Nullable Throwable refusal) {
        return !(statement instanceof SqlStatement.LockingJoin) && haveNothingToWaitFor(owner, refusal);
    }

    /**
     * Likewise a batch, which has no joins.
     *
     * @param refusal that of {@link #refuseUnlockable}
     */
    static boolean haveNothingToWaitFor(Owner owner, @Nullable Throwable refusal) {
        return refusal instanceof UnlockableTableException && owner.isAskedForByTheSettingAlone();
    }

    /**
     * Before a batch runs, since after that it can not run as it is any more: refuses it if that would be refused of each of its
     * statements. If one of them has to be captured, its own refusal, or that of its neighbour when it is its turn, is told.
     *
     * @throws SQLException with the {@link UnlockableTableException} as its cause
     */
    static void refuseUnlockable(Owner owner, OpenResource resource, Connection physical, List<BatchElement> elements)
            throws SQLException {
        if (!owner.isAskedForByTheSettingAlone()) {
            return;
        }
        UnlockableTableException refusal = null;
        Set<TableName> seen = new HashSet<>();
        for (BatchElement element : elements) {
            TableName written = written(element.statement());
            if (written == null) {
                return;
            }
            if (seen.add(written)) {
                try {
                    resource.tables().table(physical, written);
                    return;
                } catch (UnlockableTableException e) {
                    refusal = e;
                } catch (CaptureRefusedException e) {
                    return;
                }
            }
        }
        if (refusal != null) {
            throw SqlErrors.refused(owner.xid(), refusal);
        }
    }

    private static @Nullable TableName written(SqlStatement statement) {
        if (statement instanceof SqlStatement.Update update) {
            return update.table();
        }
        if (statement instanceof SqlStatement.Insert insert) {
            return insert.table();
        }
        if (statement instanceof SqlStatement.Delete delete) {
            return delete.table();
        }
        return statement instanceof SqlStatement.Merge merge ? merge.table() : null;
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
