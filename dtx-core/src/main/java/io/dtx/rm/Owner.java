package io.dtx.rm;

import io.dtx.context.GlobalLockScope;
import io.dtx.context.Participation;
import io.dtx.model.Xid;
import org.jspecify.annotations.Nullable;

/**
 * Whom a local transaction with captured statements works for: a global transaction, whose branch it becomes; or nobody, and
 * its statements are captured only to know their rows, since it respects the locks of others.
 *
 * @param participation null for nobody
 */
record Owner(@Nullable Participation participation) {

    static final Owner NOBODY = new Owner(null);

    /** Null for nobody. */
    @Nullable Xid xid() {
        return participation == null ? null : participation.xid();
    }

    boolean isNobody() {
        return participation == null;
    }

    /** Whether it is nobody, and respects locks only because of {@link LocalWrites#CHECK}. */
    boolean isAskedForByTheSettingAlone() {
        return isNobody() && !GlobalLockScope.isOpen();
    }

    boolean is(@Nullable Participation other) {
        return participation == null
                ? other == null
                : other != null && participation.xid().equals(other.xid());
    }

    boolean vetoed() {
        return participation != null && participation.vetoed() != null;
    }

    void veto(String reason) {
        if (participation != null) {
            participation.veto(reason);
        }
    }

    void workLost() {
        if (participation != null) {
            participation.workLost();
        }
    }

    void captureStarted() {
        if (participation != null) {
            participation.captureStarted();
        }
    }

    void rowsWritten() {
        if (participation != null) {
            participation.rowsWritten();
        }
    }

    void captureEnded() {
        if (participation != null) {
            participation.captureEnded();
        }
    }
}
