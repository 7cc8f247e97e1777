package io.dtx.server.runtime;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply;
import io.dtx.server.runtime.Limits.Limit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Holds requests against the limits, on the leader's thread. What is refused here has left no trace in the log. */
final class LimitCheck {

    /** A registration's keys may take this much; the message limit of the stream and the entry limit of the log are larger. */
    static final long MAX_LOCK_BYTES = 3L << 20;

    private final Limits limits;
    private final LimitCounts counts;
    private final ActiveTransactions active;

    LimitCheck(Limits limits, LimitCounts counts, ActiveTransactions active) {
        this.limits = limits;
        this.counts = counts;
        this.active = active;
    }

    /** Whether a transaction that is not known yet may begin. What is on its way through the log is not counted. */
    boolean mayBegin(Xid xid) {
        if (active.get(xid) != null || active.size() < limits.undecidedTransactions()) {
            return true;
        }
        counts.add(Limit.UNDECIDED_TRANSACTIONS);
        return false;
    }

    /** Null if it may. */
    Reply.@Nullable Failure register(BranchId branch, List<Lock> locks) {
        if (!mayBegin(branch.xid())) {
            return Failures.limit(
                    limits.undecidedTransactions() + " global transactions are undecided: try again later",
                    Limit.UNDECIDED_TRANSACTIONS);
        }
        ActiveTransaction transaction = active.get(branch.xid());
        if (transaction != null
                && transaction.branches.size() >= limits.branchesPerTransaction()
                && !transaction.branches.containsKey(branch.number())) {
            counts.add(Limit.BRANCHES_PER_TRANSACTION);
            return Failures.limit(
                    "global transaction " + branch.xid() + " has " + transaction.branches.size()
                            + " branches: make fewer local transactions in one global transaction",
                    Limit.BRANCHES_PER_TRANSACTION);
        }
        return locks("branch " + branch + " writes", locks);
    }

    /** Null if they may be asked for. */
    Reply.@Nullable Failure locks(String who, List<Lock> locks) {
        if (locks.size() > limits.locksPerBranch()) {
            counts.add(Limit.LOCKS_PER_BRANCH);
            return Failures.limit(
                    who + " rows with " + locks.size() + " lock keys: write fewer rows in one local transaction",
                    Limit.LOCKS_PER_BRANCH);
        }
        if (LockRequest.bytes(locks) > MAX_LOCK_BYTES) {
            counts.add(Limit.LOCKS_PER_BRANCH);
            return Failures.limit(who + " rows whose lock keys take more than " + MAX_LOCK_BYTES
                    + " bytes: write fewer rows in one local transaction");
        }
        return null;
    }
}
