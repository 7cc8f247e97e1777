package io.dtx.server.coordinator;

import io.dtx.model.Execution;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Finds calls that were delivered twice: an HTTP client, a load balancer or a proxy sent a request again after a first one
 * whose answer it did not get, and both were carried out. Only those that write count, since only they register.
 *
 * <p>The whole transaction rolls back. To refuse the second alone would not do: its answer may hide the refusal, and the first
 * may still be at work, unseen by the caller, who would commit half of it.
 */
final class Deliveries {

    private Deliveries() {}

    /** Why the transaction must roll back if this branch is of another execution of a call than one that is registered. */
    static Optional<Rollback> repeated(Transaction transaction, Command.RegisterBranch now) {
        for (Branch before : transaction.branches()) {
            for (Execution execution : now.executions()) {
                if (another(execution, before.executions())) {
                    return Optional.of(rollback(execution.call(), before.application(), now.application()));
                }
            }
        }
        return Optional.empty();
    }

    private static boolean another(Execution execution, List<Execution> known) {
        for (Execution other : known) {
            if (other.call().equals(execution.call())) {
                return !other.id().equals(execution.id());
            }
        }
        return false;
    }

    static Rollback rollback(UUID call, String before, String now) {
        return new Rollback(
                RollbackReason.VETO,
                now,
                "one call was delivered twice and both deliveries write, first in " + before + ", now in " + now
                        + ": an HTTP client, a load balancer or a proxy repeated it. Switch its retries off for calls that"
                        + " write (dtx-call " + call + ")");
    }
}
