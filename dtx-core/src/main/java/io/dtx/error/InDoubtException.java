package io.dtx.error;

import io.dtx.model.Xid;
import org.jspecify.annotations.Nullable;

/**
 * The decision of a global transaction could not be learned. It may have committed: do not repeat the business operation
 * before its outcome has been asked for by XID.
 */
public final class InDoubtException extends DtxException {

    private static final long serialVersionUID = 1L;

    public InDoubtException(Xid xid, String message, @Nullable Throwable cause) {
        super(xid, message, cause);
    }
}
