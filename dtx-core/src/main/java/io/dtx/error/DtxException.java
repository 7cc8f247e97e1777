package io.dtx.error;

import io.dtx.model.Xid;
import org.jspecify.annotations.Nullable;

/**
 * The root of dtx's unchecked exceptions. The direct subclasses say what the caller can do.
 *
 * <ul>
 *   <li>{@link RetryableException}: nothing was done, or all of it is undone, mostly before the exception leaves the method
 *       that began the transaction; the whole business operation may be tried again, as a new global transaction.
 *   <li>{@link UsageException}: the program or its configuration must change.
 *   <li>{@link InDoubtException}: the outcome is not known here; ask for it by XID.
 * </ul>
 *
 * Errors that cross JDBC are {@link java.sql.SQLException}s with the states of {@link SqlStates} instead.
 */
public abstract sealed class DtxException extends RuntimeException
        permits RetryableException, UsageException, InDoubtException {

    private static final long serialVersionUID = 1L;

    private final transient @Nullable Xid xid;

    DtxException(@Nullable Xid xid, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.xid = xid;
    }

    /** The global transaction that the error is about; null if there is none. */
    public @Nullable Xid xid() {
        return xid;
    }
}
