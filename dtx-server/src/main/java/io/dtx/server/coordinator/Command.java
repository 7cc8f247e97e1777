package io.dtx.server.coordinator;

import io.dtx.model.BranchId;
import io.dtx.model.Differences;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.Rollback;
import io.dtx.model.Xid;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What changes, or asks about, the coordinator's state: the content of its log. */
public sealed interface Command {

    /**
     * Sets the cluster's id, if the present one is what the sender believes it to be: two leaders after each other may both
     * find a log without an id, and the second must not undo what the first began.
     *
     * <p>Replacing an id is an operator's word that an old copy of the data is to start a new life: transactions, locks and
     * outcomes of the old id are dropped, since what became of them after the copy was made is not known here.
     *
     * @param replaces the present id; null for none
     */
    record CreateCluster(String cluster, @Nullable String replaces) implements Command {
        public CreateCluster(String cluster) {
            this(cluster, null);
        }
    }

    /**
     * @param application the application that began it, for people
     * @param timeoutMillis positive
     */
    record Begin(Xid xid, String name, String application, long timeoutMillis) implements Command {}

    /** @param executions the calls that led to it, the outermost first */
    record RegisterBranch(
            BranchId branch, String resource, String application, List<Execution> executions, List<Lock> locks)
            implements Command {
        public RegisterBranch {
            executions = List.copyOf(executions);
            locks = List.copyOf(locks);
        }
    }

    /**
     * Decides to commit, if exactly this many branches are registered (I11): the leader lets a commit pass when each branch it
     * knows has reported its local commit, but a registration may be applied between that look and this command. Then nothing
     * changes, the result is {@link Result.MoreBranches}, and the leader looks again.
     *
     * @param reportedBranches the number of registered branches, all of them reported, when the leader looked
     */
    record Commit(Xid xid, int reportedBranches) implements Command {}

    record RollBack(Xid xid, Rollback rollback) implements Command {}

    /** The branch's restore has committed in its database (or, for a skip order, its guard row has). */
    record BranchRestored(BranchId branch, int attempt) implements Command {}

    /**
     * The branch can not be restored without a person.
     *
     * @param differences the rows in the way, within their limits
     */
    record BranchStalled(BranchId branch, int attempt, String detail, Differences differences) implements Command {}

    /** Operator: try again to restore a stalled branch. */
    record RetryBranch(BranchId branch, String operator, String note) implements Command {}

    /**
     * Operator: end the rollback of a branch without restoring it.
     *
     * @param force do not wait for a resource manager to put the guard row in place
     */
    record SkipBranch(BranchId branch, String operator, String note, boolean force) implements Command {}

    /** Forgets outcomes that were final before this time, except forced ones, and raises the watermark. */
    record ForgetOutcomes(long finishedBeforeMillis) implements Command {}

    /** Operator: forget this outcome, which was forced, and has been seen to. Raises the watermark. */
    record ForgetForced(Xid xid, String operator, String note) implements Command {}

    /**
     * Changes nothing; goes through the log so that the answer is never that of a node that might not lead.
     *
     * @param xid the asking transaction, whose own locks do not count; null for none
     */
    record CheckLocks(@Nullable Xid xid, List<Lock> locks) implements Command {
        public CheckLocks {
            locks = List.copyOf(locks);
        }
    }

    /** Likewise: which of these were known here, and are forgotten? */
    record AskUnknown(List<Xid> xids) implements Command {
        public AskUnknown {
            xids = List.copyOf(xids);
        }
    }

    /** Likewise: what became of it? */
    record AskOutcome(Xid xid) implements Command {}
}
