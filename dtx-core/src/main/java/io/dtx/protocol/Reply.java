package io.dtx.protocol;

import io.dtx.model.BranchId;
import io.dtx.model.Outcome;
import io.dtx.model.Xid;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the coordinator sends to an application: answers, and the two orders of phase two. */
public sealed interface Reply {

    /** The handshake's answer: the cluster's id and its clock. */
    record Welcome(int protocolVersion, String cluster, Instant now) implements Reply {}

    record Registered() implements Reply {}

    record Decided(Outcome outcome) implements Reply {}

    /** Answers {@link Request.AskOutcome} for a transaction that is not known here. */
    record NotKnown(Xid xid) implements Reply {}

    record LocksFree() implements Reply {}

    /**
     * Answers {@link Request.AskUnknown}: which of those are unknown, which are known as committed, and which as rolled back.
     *
     * @param rolledBack finished, and each branch of them restored: no forced ones. Empty from an older coordinator
     */
    record Unknown(List<Xid> xids, List<Xid> committed, List<Xid> rolledBack) implements Reply {
        public Unknown {
            xids = List.copyOf(xids);
            committed = List.copyOf(committed);
            rolledBack = List.copyOf(rolledBack);
        }
    }

    record Attached() implements Reply {}

    /**
     * The request was not carried out.
     *
     * @param message for people; names the key and the holder where there is one
     * @param leader the address to ask instead, with {@link FailureKind#NOT_LEADER}; empty if not known
     * @param decision with {@link FailureKind#TRANSACTION_DECIDED}
     * @param holder the transaction that holds a wanted lock
     */
    record Failure(
            FailureKind kind,
            String message,
            String leader,
            @Nullable Outcome decision,
            @Nullable Xid holder) implements Reply {
        public Failure(FailureKind kind, String message) {
            this(kind, message, "", null, null);
        }
    }

    /**
     * Order: restore one branch, and report.
     *
     * @param attempt goes back in the report; the coordinator ignores reports of an older attempt
     * @param skip put the guard row in the undo row's place and change nothing else
     */
    record RestoreOrder(BranchId branch, String resource, int attempt, boolean skip) implements Reply {}

    /** Order: these branches are committed; their undo rows may go. */
    record ReleaseUndo(String resource, List<BranchId> branches) implements Reply {
        public ReleaseUndo {
            branches = List.copyOf(branches);
        }
    }
}
