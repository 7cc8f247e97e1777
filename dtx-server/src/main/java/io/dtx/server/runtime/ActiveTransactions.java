package io.dtx.server.runtime;

import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Branch;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Transaction;
import io.dtx.server.runtime.ActiveTransaction.Member;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The undecided transactions, and the timeout of each. Built from the results of the log in their order, and at the start of
 * this leader from the state.
 */
final class ActiveTransactions {

    private final Deadlines deadlines;
    private final LeaderSettings settings;
    private final LongSupplier now;
    private final BiConsumer<Xid, Rollback> rollBack;
    private final LeaderListener listener;
    private final Map<Xid, ActiveTransaction> byXid = new HashMap<>();

    /** @param rollBack asks for the decision to roll back */
    ActiveTransactions(
            Deadlines deadlines,
            LeaderSettings settings,
            LongSupplier now,
            BiConsumer<Xid, Rollback> rollBack,
            LeaderListener listener) {
        this.deadlines = deadlines;
        this.settings = settings;
        this.now = now;
        this.rollBack = rollBack;
        this.listener = listener;
    }

    @Nullable ActiveTransaction get(Xid xid) {
        return byXid.get(xid);
    }

    int size() {
        return byXid.size();
    }

    /**
     * Takes over a transaction of the leader before.
     *
     * @param wallMillis the time now, on the clock of the log's timestamps
     */
    void recovered(Transaction transaction, long wallMillis) {
        long timeout = transaction.timeoutMillis() > 0
                ? transaction.timeoutMillis()
                : settings.timeout().toMillis();
        // That clock may have been another machine's: never less than nothing is left, and never more than all.
        long passed = Math.max(0, Math.min(timeout, wallMillis - transaction.createdAtMillis()));
        ActiveTransaction active = new ActiveTransaction(transaction.xid(), now.getAsLong() - passed);
        byXid.put(transaction.xid(), active);
        for (Branch branch : transaction.branches()) {
            active.branches.put(
                    branch.number(), Member.of(branch.resource(), branch.application(), branch.executions()));
        }
        setTimeout(active, timeout);
    }

    void begun(Xid xid, long timeoutMillis) {
        setTimeout(known(xid), timeoutMillis);
    }

    void registered(Command.RegisterBranch branch) {
        known(branch.branch().xid())
                .branches
                .put(branch.branch().number(), Member.of(branch.resource(), branch.application(), branch.executions()));
    }

    /** It is decided; null if that was known. */
    @Nullable ActiveTransaction decided(Xid xid) {
        ActiveTransaction active = byXid.remove(xid);
        if (active != null) {
            active.cancelTimers();
        }
        return active;
    }

    private ActiveTransaction known(Xid xid) {
        ActiveTransaction active = byXid.get(xid);
        if (active == null) {
            active = new ActiveTransaction(xid, now.getAsLong());
            byXid.put(xid, active);
            setTimeout(active, settings.timeout().toMillis());
            listener.begun();
        }
        return active;
    }

    private void setTimeout(ActiveTransaction active, long timeoutMillis) {
        if (active.timeout != null) {
            active.timeout.cancel();
        }
        active.timeout = deadlines.at(
                active.createdAt + timeoutMillis,
                () -> rollBack.accept(
                        active.xid,
                        new Rollback(
                                RollbackReason.TIMEOUT, "coordinator", "not decided within " + timeoutMillis + " ms")));
    }
}
