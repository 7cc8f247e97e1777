package io.dtx.server.coordinator;

import com.github.f4b6a3.ulid.Ulid;
import io.dtx.model.Xid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finished transactions that are not forgotten. Each kind is kept in the order in which they finished, so that forgetting
 * costs in proportion to what is forgotten; timestamps do not go back, so that this is also the order of their times.
 */
final class Outcomes {

    /** Keyed without the cluster id, which is the same for all: 7 million of these are an hour at 2,000 a second. */
    private final Map<Ulid, Long> committedAt = new HashMap<>();

    private final Committed committed = new Committed();
    private final LinkedHashMap<Xid, Transaction> rolledBack = new LinkedHashMap<>();
    private final LinkedHashMap<Xid, Transaction> forced = new LinkedHashMap<>();

    @Nullable Transaction find(Xid xid) {
        Transaction transaction = rolledBack.get(xid);
        if (transaction == null) {
            transaction = forced.get(xid);
        }
        if (transaction != null) {
            return transaction;
        }
        Long finishedAt = committedAt.get(Ulid.from(xid.ulid()));
        return finishedAt == null ? null : Transaction.committed(xid, finishedAt);
    }

    void addCommitted(Xid xid, long finishedAt) {
        Ulid ulid = Ulid.from(xid.ulid());
        addCommitted(ulid.getMostSignificantBits(), ulid.getLeastSignificantBits(), finishedAt);
    }

    private void addCommitted(long high, long low, long finishedAt) {
        committedAt.put(new Ulid(high, low), finishedAt);
        committed.add(high, low, finishedAt);
    }

    void addRolledBack(Transaction transaction) {
        (transaction.forced() ? forced : rolledBack).put(transaction.xid(), transaction);
    }

    /**
     * Forgets what finished before a time, except what was forced (I7).
     *
     * @return the greatest XID time forgotten; -1 if nothing was
     */
    long forget(long finishedBefore) {
        long[] greatest = {-1};
        committed.removeFinishedBefore(finishedBefore, (high, low, finishedAt) -> {
            Ulid ulid = new Ulid(high, low);
            committedAt.remove(ulid);
            greatest[0] = Math.max(greatest[0], ulid.getTime());
        });
        Iterator<Transaction> oldest = rolledBack.values().iterator();
        while (oldest.hasNext()) {
            Transaction transaction = oldest.next();
            if (transaction.finishedAtMillis() >= finishedBefore) {
                break;
            }
            oldest.remove();
            greatest[0] = Math.max(greatest[0], transaction.xid().epochMillis());
        }
        return greatest[0];
    }

    /** Whether it was there. */
    boolean forgetForced(Xid xid) {
        return forced.remove(xid) != null;
    }

    int size() {
        return committedAt.size() + rolledBack.size() + forced.size();
    }

    List<Transaction> forced() {
        return List.copyOf(forced.values());
    }

    Committed committed() {
        return committed.copy();
    }

    /** Those that rolled back, forced ones last. */
    List<Transaction> rolledBack() {
        List<Transaction> all = new ArrayList<>(rolledBack.size() + forced.size());
        all.addAll(rolledBack.values());
        all.addAll(forced.values());
        return all;
    }

    void load(Snapshot snapshot) {
        snapshot.committed().forEach(this::addCommitted);
        snapshot.rolledBack().forEach(this::addRolledBack);
    }

    void clear() {
        committedAt.clear();
        committed.clear();
        rolledBack.clear();
        forced.clear();
    }
}
