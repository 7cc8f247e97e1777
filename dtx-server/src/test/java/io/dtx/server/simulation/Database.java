package io.dtx.server.simulation;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** A database with one table of accounts and undo_log: row locks with queues, unique keys, local transactions. */
final class Database {

    /** How a statement or a COMMIT ended. */
    enum Answer {
        OK,
        /** A lock wait took too long; the local transaction can only be rolled back. */
        LOCK_TIMEOUT,
        DUPLICATE_KEY,
        /** The connection is gone, or the answer to a COMMIT is: it may have happened. */
        BROKEN,
        /** The row is neither as it was left nor as it was before. */
        DIFFERS
    }

    /** What undo_log holds of one branch. */
    enum Kind {
        NONE,
        UNDO,
        GUARD
    }

    /** One account, or one place in undo_log: what is committed or, for its holder, written. */
    final class Row {
        final String name;
        final BranchId branch;
        long balance;
        Kind kind = Kind.NONE;
        List<Image> images = List.of();
        long created;
        LocalTransaction holder;
        final Deque<LocalTransaction.Wait> waiting = new ArrayDeque<>();

        Row(String name, BranchId branch) {
            this.name = name;
            this.branch = branch;
        }

        boolean committed() {
            return holder == null || !holder.wrote(this);
        }

        @Override
        public String toString() {
            return branch == null ? Database.this.name + "." + name : "undo_log of " + branch.number();
        }
    }

    /** What a statement did to an account. */
    record Image(String row, long before, long after) {}

    final World world;
    final String name;
    final String resource;
    final Map<String, Row> accounts = new LinkedHashMap<>();
    private final Map<BranchId, Row> undoLog = new LinkedHashMap<>();
    private final Set<LocalTransaction> open = new LinkedHashSet<>();
    /** The calls that have left their mark here: whoever is given one of them again takes it for done. */
    final Set<UUID> done = new HashSet<>();
    /** Whether a look with a lock waits for a row that somebody is just inserting, as InnoDB does, or does not see it. */
    final boolean seesInserts;

    private long clockOffset;

    Database(World world, String name, int rows, boolean seesInserts) {
        this.world = world;
        this.name = name;
        this.resource = "id-of-" + name;
        this.seesInserts = seesInserts;
        for (int i = 0; i < rows; i++) {
            Row row = new Row(String.valueOf(i), null);
            row.balance = 100;
            accounts.put(row.name, row);
        }
    }

    /** Milliseconds by its own clock. */
    long clock() {
        return World.EPOCH + world.scheduler.now() + clockOffset;
    }

    void setClock(long offset) {
        clockOffset = offset;
    }

    Lock lock(String row) {
        return new Lock(LockKey.on(resource, "", "", "account", "").number(row).build(), LockMode.EXCLUSIVE);
    }

    Row undoRow(BranchId branch) {
        return undoLog.computeIfAbsent(branch, id -> new Row("undo", id));
    }

    List<Row> undoRows(Kind kind) {
        return undoLog.values().stream()
                .filter(row -> row.kind == kind && row.committed())
                .toList();
    }

    /** What is open, for people. */
    List<String> open() {
        return open.stream().map(LocalTransaction::toString).toList();
    }

    LocalTransaction begin(Life client, String what) {
        LocalTransaction begun = new LocalTransaction(this, client, what);
        open.add(begun);
        return begun;
    }

    void ended(LocalTransaction transaction) {
        open.remove(transaction);
    }

    /** The database notices some time later that a client is gone. */
    void clientDied(Life client) {
        for (LocalTransaction transaction : List.copyOf(open)) {
            if (transaction.client == client) {
                world.scheduler.after(world.plan.noticeDelay(), Life.FOREVER, transaction::abandoned);
            }
        }
    }

    /** Whatever is not committed is gone, and every connection is broken. */
    void restart() {
        world.trace.line(name, "restarts");
        List.copyOf(open).forEach(LocalTransaction::abandoned);
    }

    long total() {
        return accounts.values().stream().mapToLong(row -> row.balance).sum();
    }

    List<Row> rows() {
        List<Row> all = new ArrayList<>(accounts.values());
        all.addAll(undoLog.values());
        return all;
    }
}
