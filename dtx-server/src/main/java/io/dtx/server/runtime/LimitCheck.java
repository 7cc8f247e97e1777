package io.dtx.server.runtime;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply;
import io.dtx.server.coordinator.Command;
import io.dtx.server.runtime.Limits.Limit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Holds requests against the limits, on the leader's thread. What is refused here has left no trace in the log. */
final class LimitCheck {

    /** A registration's keys may take this much; the message limit of the stream and the entry limit of the log are larger. */
    static final long MAX_LOCK_BYTES = 3L << 20;

    /** Of one kilobyte each. */
    private static final int MAX_TURNED_AWAY = 10_000;

    private final Limits limits;
    private final LimitCounts counts;
    private final ActiveTransactions active;
    /**
     * What was turned away without a word, since nobody waits for a Begin: if the transaction's first branch is taken later,
     * since another has ended meanwhile, it needs its name and, more so, its timeout. The oldest go first: their branches came
     * and were refused, or will never come.
     */
    private final Map<Xid, Command.Begin> turnedAway = new LinkedHashMap<>();

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

    /** Whether it may; if not, it is kept for its first branch. */
    boolean mayBegin(Command.Begin begin) {
        if (mayBegin(begin.xid())) {
            return true;
        }
        turnedAway.put(begin.xid(), begin);
        if (turnedAway.size() > MAX_TURNED_AWAY) {
            turnedAway.remove(turnedAway.keySet().iterator().next());
        }
        return false;
    }

    /** What has to come before the first branch of a transaction, once; null for nothing. */
    Command.@Nullable Begin takeTurnedAway(Xid xid) {
        return turnedAway.remove(xid);
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
