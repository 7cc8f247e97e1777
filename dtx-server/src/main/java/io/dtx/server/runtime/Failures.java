package io.dtx.server.runtime;

import io.dtx.model.Outcome;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply.Failure;
import io.dtx.server.coordinator.Result.Refused;
import org.jspecify.annotations.Nullable;

/** What a client is told when its request was not carried out: one place for the wording, with the remedy. */
final class Failures {

    private Failures() {}

    static Failure lockTimeout(Blocker blocker, long waitedMillis) {
        String waited = waitedMillis <= 0 ? "and waiting was not wanted" : "after a wait of " + waitedMillis + " ms";
        return failure(FailureKind.LOCK_TIMEOUT, blocker + ", " + waited + "; roll back and try again", blocker.xid());
    }

    static Failure deadlock(Blocker blocker) {
        return failure(
                FailureKind.DEADLOCK,
                blocker + ", which waits for this transaction: a deadlock; roll back and try again",
                blocker.xid());
    }

    /** The kind is that of a deadlock: to whoever is told it is one. */
    static Failure holdsUp(Blocker blocker) {
        return failure(
                FailureKind.DEADLOCK,
                blocker
                        + ", of which a statement in the database may wait for rows that this local transaction has locked:"
                        + " roll back and try again",
                blocker.xid());
    }

    static Failure rollingBack(Blocker blocker) {
        return failure(
                FailureKind.HOLDER_ROLLING_BACK,
                blocker + ", which is rolling back; roll back and try again",
                blocker.xid());
    }

    static Failure decided(Outcome outcome) {
        String why = outcome.rollback() == null ? "" : " (" + outcome.rollback() + ")";
        return new Failure(
                FailureKind.TRANSACTION_DECIDED,
                "global transaction " + outcome.xid() + " is decided: " + outcome.status() + why,
                "",
                outcome,
                null);
    }

    static Failure forgotten(Xid xid) {
        return new Failure(
                FailureKind.FORGOTTEN,
                "global transaction " + xid + " is not known here (any more), and is too old to be new;"
                        + " what became of it can not be told");
    }

    static Failure wrongCluster(Xid xid, String cluster) {
        return new Failure(
                FailureKind.WRONG_CLUSTER,
                "global transaction " + xid + " belongs to coordinator cluster " + xid.cluster() + "; this is "
                        + cluster);
    }

    static Failure refused(Refused refused) {
        FailureKind kind = switch (refused.rule()) {
            case WRONG_CLUSTER -> FailureKind.WRONG_CLUSTER;
            case BRANCH_REUSED -> FailureKind.BRANCH_REUSED;
            case NO_CLUSTER -> FailureKind.UNAVAILABLE;
            default -> FailureKind.INVALID;
        };
        return new Failure(kind, refused.message());
    }

    static Failure invalid(String message) {
        return new Failure(FailureKind.INVALID, message);
    }

    static Failure limit(String message) {
        return new Failure(FailureKind.LIMIT, message);
    }

    static Failure limit(String message, Limits.Limit limit) {
        return limit(message + " (" + limit.setBy() + " of the coordinator allows no more)");
    }

    private static Failure failure(FailureKind kind, String message, @Nullable Xid holder) {
        return new Failure(kind, message, "", null, holder);
    }
}
