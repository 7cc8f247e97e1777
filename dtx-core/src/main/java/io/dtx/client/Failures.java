package io.dtx.client;

import io.dtx.error.CoordinatorUnavailableException;
import io.dtx.error.DtxException;
import io.dtx.error.InDoubtException;
import io.dtx.error.LockConflictException;
import io.dtx.error.RolledBackException;
import io.dtx.error.UsageException;
import io.dtx.model.Outcome;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Reply.Failure;
import io.dtx.protocol.Request;
import org.jspecify.annotations.Nullable;

/** What a reply that is not the wanted one means to who asked. */
final class Failures {

    private Failures() {}

    /** @param xid the transaction that asked for locks; null outside of one */
    static DtxException ofLocks(@Nullable Xid xid, Reply reply) {
        if (!(reply instanceof Failure failure)) {
            return unexpected(xid, reply);
        }
        String who = xid == null ? "" : "global transaction " + xid + ": ";
        return switch (failure.kind()) {
            case LOCK_TIMEOUT, DEADLOCK, HOLDER_ROLLING_BACK -> conflict(xid, failure);
            case TRANSACTION_DECIDED -> decided(xid, failure);
            case FORGOTTEN ->
                xid == null
                        ? new UsageException(null, failure.message())
                        : new InDoubtException(
                                xid,
                                who + "the coordinator does not know it any more, so no work can join it; what became"
                                        + " of it is not known here",
                                null);
            default -> general(xid, failure);
        };
    }

    /**
     * Nothing but a decision is one: whatever else comes proves nothing about the outcome (I6, T9), since an earlier copy of
     * the same request may have been carried out.
     */
    static InDoubtException ofDecision(Xid xid, Request wanted, Reply reply) {
        String why = reply instanceof Failure failure
                ? failure.kind() + ": " + failure.message()
                : reply instanceof Reply.NotKnown ? "the coordinator does not know it" : "unexpected answer " + reply;
        String meaning = wanted instanceof Request.Commit
                ? "the outcome of global transaction " + xid + " is not known here (" + why
                        + "). It may have committed: do not repeat the operation before its outcome is known."
                : "the rollback of global transaction " + xid + " was not acknowledged (" + why
                        + "). Unless it was committed before, it rolls back when its timeout passes.";
        return new InDoubtException(
                xid,
                meaning
                        + " Ask for its outcome later with GlobalTransactionTemplate.outcome, or on the coordinator's HTTP"
                        + " side, by this XID.",
                null);
    }

    static DtxException ofQuestion(@Nullable Xid xid, Reply reply) {
        return reply instanceof Failure failure ? general(xid, failure) : unexpected(xid, reply);
    }

    private static DtxException conflict(@Nullable Xid xid, Failure failure) {
        String what = switch (failure.kind()) {
            case DEADLOCK -> "waiting for a global lock would be a deadlock";
            case HOLDER_ROLLING_BACK -> "a global lock is held by a transaction that is rolling back";
            default -> "a global lock stayed held until the wait ended";
        };
        Xid holder = failure.holder();
        String named = holder == null || failure.message().contains(holder.toString()) ? "" : ", held by " + holder;
        return new LockConflictException(
                xid,
                (xid == null ? "" : "global transaction " + xid + ": ") + what + " (" + failure.message() + named
                        + "). Run the whole operation again, as a new global transaction.",
                holder);
    }

    private static DtxException decided(@Nullable Xid xid, Failure failure) {
        Outcome outcome = failure.decision();
        if (outcome == null) {
            return general(xid, failure);
        }
        if (outcome.status() == TransactionStatus.COMMITTED) {
            return new UsageException(
                    outcome.xid(),
                    "global transaction " + outcome.xid() + " is already committed, so no work can join it: wait for"
                            + " every thread that works for it before the method that began it returns");
        }
        return new RolledBackException(
                outcome,
                "global transaction " + outcome.xid() + " is already rolled back, so no work can join it: "
                        + (outcome.rollback() == null ? failure.message() : outcome.rollback()),
                null);
    }

    private static DtxException general(@Nullable Xid xid, Failure failure) {
        String about =
                xid == null || failure.message().contains(xid.toString()) ? "" : "global transaction " + xid + ": ";
        String message = about + failure.message();
        return switch (failure.kind()) {
            case UNAVAILABLE, NOT_LEADER -> new CoordinatorUnavailableException(xid, message, null);
            case BEHIND ->
                new CoordinatorUnavailableException(
                        xid,
                        message + ": the coordinator's data is older than what this application has seen; put the newer"
                                + " data back, or start it with dtx.server.new-cluster-id=true",
                        null);
            case UNAUTHENTICATED ->
                new UsageException(xid, message + ": set dtx.coordinator.token to the coordinator's dtx.server.token");
            default -> new UsageException(xid, failure.kind() + ": " + message);
        };
    }

    private static DtxException unexpected(@Nullable Xid xid, Reply reply) {
        return new CoordinatorUnavailableException(
                xid, "the coordinator gave an answer that does not fit: " + reply, null);
    }
}
