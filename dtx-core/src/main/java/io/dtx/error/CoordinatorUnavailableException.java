package io.dtx.error;

import io.dtx.model.Xid;
import org.jspecify.annotations.Nullable;

/** The coordinator could not be reached, or does not serve; nothing was begun, or nothing can have been decided. */
public final class CoordinatorUnavailableException extends RetryableException {

    private static final long serialVersionUID = 1L;

    public CoordinatorUnavailableException(@Nullable Xid xid, String message, @Nullable Throwable cause) {
        super(xid, message, cause);
    }
}
