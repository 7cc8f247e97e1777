package io.dtx.error;

import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import org.jspecify.annotations.Nullable;

/** The global transaction was decided to roll back, although a commit, or more work in it, was asked for. */
public final class RolledBackException extends RetryableException {

    private static final long serialVersionUID = 1L;

    private final transient Outcome outcome;

    public RolledBackException(Outcome outcome, String message, @Nullable Throwable cause) {
        super(outcome.xid(), message, cause);
        this.outcome = outcome;
    }

    /**
     * With the status ROLLED_BACK, nothing of it stays, unless it is {@linkplain Outcome#forced() forced}: an operator has left
     * some of its rows as they are then. With ROLLING_BACK, some of it was yet to be undone.
     */
    public Outcome outcome() {
        return outcome;
    }

    /** Why it rolls back; null only if the coordinator did not say. */
    public @Nullable RollbackReason reason() {
        Rollback rollback = outcome.rollback();
        return rollback == null ? null : rollback.reason();
    }
}
