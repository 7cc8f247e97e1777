package io.dtx.server.coordinator;

import io.dtx.model.Lock;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Result.Held;
import io.dtx.server.coordinator.Result.Refused;
import io.dtx.server.coordinator.Result.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the commands work on. Keeps its parts in step with each other; knows no command. */
final class State {

    final Map<Xid, Transaction> unfinished = new LinkedHashMap<>();
    final Outcomes outcomes = new Outcomes();
    final LockTable locks = new LockTable();

    @Nullable String cluster;
    /** Never goes back. */
    long now;
    /** The greatest XID time forgotten; -1 for none. */
    long watermark = -1;
    /** An XID with an undo row that was never heard of here: proof that this is an old copy (T13). Null: none. */
    @Nullable Xid olderThan;

    State() {}

    State(Snapshot snapshot) {
        cluster = snapshot.cluster();
        now = snapshot.timestampMillis();
        watermark = snapshot.watermarkMillis();
        olderThan = snapshot.olderThan();
        outcomes.load(snapshot);
        for (Transaction transaction : snapshot.unfinished()) {
            unfinished.put(transaction.xid(), transaction);
            for (Branch branch : transaction.branches()) {
                branch.locks().forEach(lock -> locks.take(transaction.xid(), lock));
            }
        }
    }

    Snapshot snapshot() {
        return new Snapshot(
                cluster,
                now,
                watermark,
                List.copyOf(unfinished.values()),
                outcomes.rolledBack(),
                outcomes.committed(),
                olderThan);
    }

    void startNewLife(String newCluster) {
        cluster = newCluster;
        watermark = -1;
        olderThan = null;
        unfinished.clear();
        outcomes.clear();
        locks.clear();
    }

    /** Finished or not; null if never known, or forgotten. */
    @Nullable Transaction find(Xid xid) {
        if (!xid.cluster().equals(cluster)) {
            return null; // committed ones are kept without the cluster's id
        }
        Transaction transaction = unfinished.get(xid);
        return transaction != null ? transaction : outcomes.find(xid);
    }

    /** Whether an XID that is not known may be one that was: it must not be created (T4). */
    boolean forgotten(Xid xid) {
        return xid.epochMillis() <= watermark;
    }

    /** Why no command may name this XID; empty if one may. */
    Optional<Result> unacceptable(Xid xid) {
        long ahead = xid.epochMillis() - now;
        return foreign(xid)
                .or(() -> ahead <= StateMachine.MAX_AHEAD_MILLIS
                        ? Optional.empty()
                        : refused(
                                Rule.XID_FROM_THE_FUTURE,
                                xid + " is " + ahead
                                        + " ms ahead of the coordinator: mint XIDs with the coordinator's time"));
    }

    /** Whether this cluster can know nothing of the XID. */
    Optional<Result> foreign(Xid xid) {
        return withoutCluster()
                .or(() -> xid.cluster().equals(cluster)
                        ? Optional.empty()
                        : refused(Rule.WRONG_CLUSTER, xid + " is of another coordinator cluster than " + cluster));
    }

    Optional<Result> withoutCluster() {
        return cluster != null
                ? Optional.empty()
                : refused(Rule.NO_CLUSTER, "the coordinator has no cluster id yet: try again");
    }

    private static Optional<Result> refused(Rule rule, String message) {
        return Optional.of(new Refused(rule, message));
    }

    List<Held> conflicts(@Nullable Xid asking, List<Lock> wanted) {
        List<Held> held = new ArrayList<>();
        for (Lock lock : wanted) {
            for (Xid holder : locks.conflicts(lock, asking)) {
                boolean rollingBack =
                        Objects.requireNonNull(unfinished.get(holder)).decided();
                held.add(new Held(lock.key(), holder, rollingBack));
            }
        }
        return held;
    }

    /** A branch and all that it holds, in one step (I3). */
    void register(Transaction transaction, Branch branch) {
        branch.locks().forEach(lock -> locks.take(transaction.xid(), lock));
        unfinished.put(transaction.xid(), transaction.with(branch));
    }

    Transaction commit(Transaction transaction) {
        release(transaction);
        unfinished.remove(transaction.xid());
        outcomes.addCommitted(transaction.xid(), now);
        return Transaction.committed(transaction.xid(), now);
    }

    /** Puts a changed transaction in place, and finishes it if it rolls back and no branch is left to do. */
    Transaction put(Transaction transaction) {
        if (!transaction.decided()
                || !transaction.branches().stream()
                        .allMatch(branch -> branch.state().ended())) {
            unfinished.put(transaction.xid(), transaction);
            return transaction;
        }
        Transaction finished = transaction.rolledBack(now);
        unfinished.remove(transaction.xid());
        outcomes.addRolledBack(finished);
        return finished;
    }

    /** Ends a branch of a transaction that rolls back: its hold on its locks goes now and not before (I4). */
    Transaction end(Transaction transaction, Branch branch, BranchState end) {
        branch.locks().forEach(lock -> locks.release(transaction.xid(), lock));
        return put(transaction.replaced(branch.ended(end)));
    }

    private void release(Transaction transaction) {
        for (Branch branch : transaction.branches()) {
            branch.locks().forEach(lock -> locks.release(transaction.xid(), lock));
        }
    }
}
