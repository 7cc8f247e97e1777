package io.dtx.server.coordinator;

import io.dtx.model.LockKey;
import io.dtx.model.Outcome;
import io.dtx.model.Xid;
import java.util.List;

/** What a {@link Command} gave. */
public sealed interface Result {

    /** Carried out, now or by an earlier copy of the same command; nothing more to say. */
    record Done() implements Result {}

    /**
     * The command's transaction is, or now is, decided. Answers {@link Command.Commit} and {@link Command.RollBack}, and
     * {@link Command.RegisterBranch} and {@link Command.Begin} that come after the decision (and change nothing). A
     * RegisterBranch may also bring the decision about (see {@link Deliveries}).
     */
    record Decided(Outcome outcome) implements Result {}

    /** Answers {@link Command.AskOutcome} for a transaction that is not decided. */
    record Undecided(Xid xid) implements Result {}

    /** Nothing changed: a commit found branches registered that were not counted in it. */
    record MoreBranches(Xid xid) implements Result {}

    /**
     * Nothing changed: these keys are held by others.
     *
     * @param held one entry for each wanted key and each transaction that holds it in a mode that conflicts
     */
    record LocksHeld(List<Held> held) implements Result {
        public LocksHeld {
            held = List.copyOf(held);
        }
    }

    /** @param rollingBack whether the holder is decided to roll back */
    record Held(LockKey key, Xid holder, boolean rollingBack) {}

    /** Nothing changed: the XID is not known and not above the watermark. Proves nothing about the outcome. */
    record Forgotten(Xid xid) implements Result {}

    /** Nothing changed: the XID is above the watermark and was never heard of, and the command does not create it. */
    record NotKnown(Xid xid) implements Result {}

    /**
     * Answers {@link Command.AskUnknown}: which of those are unknown, which are known as committed, and which as rolled back.
     *
     * @param rolledBack ROLLED_BACK and not forced: each branch was restored
     */
    record Unknown(List<Xid> xids, List<Xid> committed, List<Xid> rolledBack) implements Result {
        public Unknown {
            xids = List.copyOf(xids);
            committed = List.copyOf(committed);
            rolledBack = List.copyOf(rolledBack);
        }
    }

    /** Nothing changed: the command breaks a rule. */
    record Refused(Rule rule, String message) implements Result {}

    /** The rule that a refused command breaks. */
    enum Rule {
        /** The log has no cluster id yet. */
        NO_CLUSTER,
        WRONG_CLUSTER,
        XID_FROM_THE_FUTURE,
        BRANCH_REUSED,
        NO_SUCH_BRANCH,
        /** The branch's transaction is not rolling back. */
        NOT_ROLLING_BACK,
        NOT_STALLED,
        /** Only a forced outcome is forgotten by an order. */
        NOT_FORCED,
        /** A report of an attempt that an operator's order has replaced. */
        OLD_ATTEMPT,
        /** A later branch of the same resource is not restored yet. */
        OUT_OF_ORDER,
        INVALID
    }
}
