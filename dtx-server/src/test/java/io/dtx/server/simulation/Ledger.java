package io.dtx.server.simulation;

import io.dtx.model.BranchId;
import io.dtx.model.LockKey;
import io.dtx.model.Xid;
import io.dtx.server.simulation.Database.Row;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What an observer who sees everything knows of the global transactions: plain facts, by no rule of the coordinator's. */
final class Ledger {

    /** What the log decided. */
    enum Decision {
        NONE,
        COMMIT,
        ROLLBACK
    }

    /** A branch that the log has granted. */
    static final class Entry {
        final BranchId id;
        final String resource;
        final List<LockKey> keys;
        /** Whether its phase one is committed in its database. */
        boolean committed;
        /** What that changed, as long as it is not put back. */
        final Map<Row, Long> effects = new LinkedHashMap<>();
        /** Whether its restore (or its guard row) is committed in its database. */
        boolean restored;
        /** Whether its undo row was replaced by a guard row on an operator's order. */
        boolean skipped;
        /** Whether the log says that it has ended. */
        boolean ended;

        Entry(BranchId id, String resource, List<LockKey> keys) {
            this.id = id;
            this.resource = resource;
            this.keys = keys;
        }
    }

    /** A global transaction. */
    static final class Account {
        final Xid xid;
        final Map<Long, Entry> branches = new LinkedHashMap<>();
        Decision decision = Decision.NONE;
        /** Its place among the commands of the log. */
        long decidedAt = Long.MAX_VALUE;
        /** What its initiator wants done in all; null if it puts up with parts. */
        List<Transfer.Step> wanted = List.of();

        /** Branches that an operator ordered to skip. */
        final Set<Long> skipOrdered = new HashSet<>();

        Account(Xid xid) {
            this.xid = xid;
        }

        /** Whether changes of it may still be put back. */
        boolean open() {
            return decision == Decision.NONE
                    || (decision == Decision.ROLLBACK
                            && branches.values().stream().anyMatch(entry -> !entry.ended));
        }
    }

    /** A key's hold, from one point of the log to another. */
    private static final class Hold {
        private final Xid xid;
        private final long from;
        private long to = Long.MAX_VALUE;

        private Hold(Xid xid, long from) {
            this.xid = xid;
            this.from = from;
        }
    }

    private final Map<Xid, Account> accounts = new LinkedHashMap<>();
    private final Map<LockKey, List<Hold>> holds = new LinkedHashMap<>();
    private final Set<Row> skippedRows = new HashSet<>();

    /** Whether a skipped branch left something in the row, so that nobody can say what it should hold. */
    boolean skipped(Row row) {
        return skippedRows.contains(row);
    }

    boolean skippedAny() {
        return !skippedRows.isEmpty();
    }

    void skips(Entry entry) {
        entry.skipped = true;
        skippedRows.addAll(entry.effects.keySet());
    }

    Account account(Xid xid) {
        return accounts.computeIfAbsent(xid, Account::new);
    }

    Iterable<Account> accounts() {
        return accounts.values();
    }

    /** Null if it was never granted. */
    Entry entry(BranchId id) {
        return account(id.xid()).branches.get(id.number());
    }

    Entry grant(BranchId id, String resource, List<LockKey> keys, long at) {
        Entry entry = new Entry(id, resource, keys);
        account(id.xid()).branches.put(id.number(), entry);
        for (LockKey key : keys) {
            holds.computeIfAbsent(key, any -> new ArrayList<>()).add(new Hold(id.xid(), at));
        }
        return entry;
    }

    /** One branch's hold on each of its keys ends. */
    void release(Entry entry, long at) {
        for (LockKey key : entry.keys) {
            for (Hold hold : holds.getOrDefault(key, List.of())) {
                if (hold.xid.equals(entry.id.xid()) && hold.to == Long.MAX_VALUE) {
                    hold.to = at;
                    break;
                }
            }
        }
    }

    /** Whether, at one point of the log between these two, nobody but the asking transaction held any of the keys. */
    boolean wereFree(List<LockKey> keys, Xid asking, long from, long to) {
        for (long at = from; at <= to; at++) {
            boolean free = true;
            for (LockKey key : keys) {
                free &= heldBy(key, asking, at) == null;
            }
            if (free) {
                return true;
            }
        }
        return false;
    }

    /** Another transaction that holds the key; null if none does. */
    Xid heldBy(LockKey key, Xid asking, long at) {
        for (Hold hold : holds.getOrDefault(key, List.of())) {
            if (!hold.xid.equals(asking) && hold.from <= at && at < hold.to) {
                return hold.xid;
            }
        }
        return null;
    }
}
