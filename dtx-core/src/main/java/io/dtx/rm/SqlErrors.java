package io.dtx.rm;

import io.dtx.error.CoordinatorUnavailableException;
import io.dtx.error.DtxException;
import io.dtx.error.LockConflictException;
import io.dtx.error.RolledBackException;
import io.dtx.error.SqlStates;
import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import io.dtx.undo.CaptureRefusedException;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLNonTransientException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientConnectionException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The errors that the resource manager raises through JDBC; their SQLStates are those of {@link SqlStates}. */
final class SqlErrors {

    private SqlErrors() {}

    /** Raised before anything reached the database, so it says nothing of the local transaction there. */
    static final class RefusedException extends SQLFeatureNotSupportedException {
        private static final long serialVersionUID = 1L;

        private RefusedException(String message) {
            super(message, SqlStates.REFUSED);
        }
    }

    /** A lock is held that was not to be waited for (NOWAIT): nor is the statement run again until it is free. */
    static final class HeldException extends SQLTransactionRollbackException {
        private static final long serialVersionUID = 1L;

        private HeldException(String message, LockConflictException cause) {
            super(message, SqlStates.CONFLICT, cause);
        }
    }

    static SQLException refused(@Nullable Xid xid, String reason, String remedy) {
        String where = xid == null
                ? "where global locks are respected (@GlobalLock, or dtx.local-writes=check)"
                : "inside the global transaction " + xid;
        return new RefusedException("refused " + where + ": " + reason + ". Remedy: " + remedy);
    }

    static SQLException refused(@Nullable Xid xid, CaptureRefusedException refusal) {
        SQLException error = refused(xid, refusal.reason(), refusal.remedy());
        error.initCause(refusal);
        return error;
    }

    static SQLException rollbackOnly(@Nullable Xid xid, String reason, @Nullable Throwable cause) {
        return new SQLNonTransientException(
                "the local transaction" + (xid == null ? "" : " of the global transaction " + xid)
                        + " can only be rolled back: " + reason,
                SqlStates.ROLLBACK_ONLY,
                cause);
    }

    static SQLException conflict(String message, @Nullable Throwable cause) {
        return new SQLTransactionRollbackException(message, SqlStates.CONFLICT, cause);
    }

    static SQLException commitUnknown(BranchId branch, boolean acknowledged, SQLException cause) {
        return new SQLNonTransientException(
                "the outcome of the local COMMIT of branch " + branch + " is unknown. The global transaction was vetoed"
                        + (acknowledged
                                ? " and rolls back"
                                : ", but the coordinator did not acknowledge it in time: it will not commit, because"
                                        + " this branch is not reported as committed")
                        + ". Do not run the work again under the same XID: begin a new global transaction",
                SqlStates.COMMIT_UNKNOWN,
                cause);
    }

    static HeldException held(@Nullable Xid xid, String what, LockConflictException conflict) {
        return new HeldException(message(xid, what, conflict), conflict);
    }

    private static String message(@Nullable Xid xid, String what, Throwable error) {
        return what + " failed" + (xid == null ? "" : " for the global transaction " + xid) + ": " + error.getMessage();
    }

    /** What the coordinator's client raised, as JDBC raises it. */
    static SQLException of(@Nullable Xid xid, String what, Throwable raised) {
        Throwable error = cause(raised);
        String message = message(xid, what, error);
        if (error instanceof LockConflictException || error instanceof RolledBackException) {
            return conflict(message, error);
        }
        if (error instanceof CoordinatorUnavailableException) {
            return new SQLTransientConnectionException(message, SqlStates.UNREACHABLE, error);
        }
        if (error instanceof DtxException) {
            return new SQLNonTransientException(message, SqlStates.REFUSED, error);
        }
        return new SQLException(message, "HY000", error);
    }

    static Throwable cause(Throwable raised) {
        Throwable error = raised;
        while (error instanceof CompletionException && error.getCause() != null) {
            error = error.getCause();
        }
        return error;
    }
}
