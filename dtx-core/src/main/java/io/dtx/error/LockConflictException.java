package io.dtx.error;

import io.dtx.model.Xid;
import org.jspecify.annotations.Nullable;

/** A global lock could not be had: held by another global transaction, or waiting for it would be a deadlock. */
public final class LockConflictException extends RetryableException {

    private static final long serialVersionUID = 1L;

    private final transient @Nullable Xid holder;

    public LockConflictException(@Nullable Xid xid, String message, @Nullable Xid holder) {
        super(xid, message, null);
        this.holder = holder;
    }

    /** The global transaction that holds the lock; null if it is not known. */
    public @Nullable Xid holder() {
        return holder;
    }
}
