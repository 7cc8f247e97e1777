package io.dtx.server.runtime;

import io.dtx.model.Outcome;
import io.dtx.model.TransactionStatus;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.server.coordinator.Result;

/** What a client is told of a command's result, where that is a matter of translation alone. */
final class Replies {

    private Replies() {}

    static Reply to(Result result) {
        if (result instanceof Result.Decided decided) {
            return new Reply.Decided(decided.outcome());
        } else if (result instanceof Result.Undecided undecided) {
            return new Reply.Decided(new Outcome(undecided.xid(), TransactionStatus.ACTIVE, null, false));
        } else if (result instanceof Result.NotKnown notKnown) {
            return new Reply.NotKnown(notKnown.xid());
        } else if (result instanceof Result.Unknown unknown) {
            return new Reply.Unknown(unknown.xids(), unknown.committed(), unknown.rolledBack());
        } else if (result instanceof Result.Forgotten forgotten) {
            return Failures.forgotten(forgotten.xid());
        } else if (result instanceof Result.Refused refused) {
            return Failures.refused(refused);
        }
        return new Reply.Failure(FailureKind.UNAVAILABLE, "no answer for " + result);
    }
}
