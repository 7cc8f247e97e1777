package io.dtx.error;

import io.dtx.model.Xid;
import org.jspecify.annotations.Nullable;

/** The program or its configuration must change; trying again does not help. The message names the remedy. */
public final class UsageException extends DtxException {

    private static final long serialVersionUID = 1L;

    public UsageException(@Nullable Xid xid, String message) {
        super(xid, message, null);
    }

    public UsageException(@Nullable Xid xid, String message, Throwable cause) {
        super(xid, message, cause);
    }
}
