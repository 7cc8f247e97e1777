package io.dtx.error;

import io.dtx.model.Xid;
import org.jspecify.annotations.Nullable;

/** Nothing stays of the business operation: it may be tried again from its start, as a new global transaction. */
public abstract sealed class RetryableException extends DtxException
        permits LockConflictException, CoordinatorUnavailableException, RolledBackException {

    private static final long serialVersionUID = 1L;

    RetryableException(@Nullable Xid xid, String message, @Nullable Throwable cause) {
        super(xid, message, cause);
    }
}
