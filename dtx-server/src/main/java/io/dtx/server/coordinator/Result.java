package io.dtx.server.coordinator;

import io.dtx.model.LockKey;
import io.dtx.model.Outcome;
import io.dtx.model.Xid;
import java.util.List;

/** What a {@link Command} gave. */
public sealed interface Result {

    /** Carried out, now or by an earlier copy of the same command; nothing more to say. */
    record Done() implements Result {}

    /** The command's transaction is, or now is, decided. */
    record Decided(Outcome outcome) implements Result {}

    /**
     * Nothing changed: these keys are held by others.
     *
     * @param held one entry for each wanted key that is held
     */
    record LocksHeld(List<Held> held) implements Result {
        public LocksHeld {
            held = List.copyOf(held);
        }
    }

    /** @param rollingBack whether the holder is decided to roll back */
    record Held(LockKey key, Xid holder, boolean rollingBack) {}

    /** Nothing changed: a commit found branches registered that were not counted in it. */
    record MoreBranches(Xid xid) implements Result {}

    /** Nothing changed: the XID would have to be created, but is not above the watermark. */
    record Forgotten(Xid xid) implements Result {}

    /** Nothing changed: the XID is not known, and the command does not create it. */
    record NotKnown(Xid xid) implements Result {}

    /** Answers {@link Command.AskUnknown}. */
    record Unknown(List<Xid> xids) implements Result {
        public Unknown {
            xids = List.copyOf(xids);
        }
    }

    /** Nothing changed: the command breaks a rule. */
    record Refused(Rule rule, String message) implements Result {}

    /** The rule that a refused command breaks. */
    enum Rule {
        NO_CLUSTER,
        WRONG_CLUSTER,
        XID_FROM_THE_FUTURE,
        BRANCH_REUSED,
        NO_SUCH_BRANCH,
        NOT_STALLED,
        OLD_ATTEMPT,
        INVALID
    }
}
