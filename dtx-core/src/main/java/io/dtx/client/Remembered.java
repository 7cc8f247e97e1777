package io.dtx.client;

import io.dtx.model.Bounds;
import io.dtx.model.Xid;
import io.dtx.protocol.Request;
import io.dtx.protocol.Request.Begin;
import io.dtx.protocol.Request.BranchCommitted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one-way messages of transactions that are not known to be decided: told again on every new stream, since nobody can
 * know whether they arrived on the one before. Thread-safe.
 *
 * <p>What is forgotten too early costs a rollback at worst: a commit that misses a report becomes one (I11). So each is kept
 * for as long as any transaction may stay undecided, and only where there are too many do the oldest go before.
 *
 * <p>A map in the order of the last message and no cache from a library: a global transaction needs half a dozen steps here,
 * and with a cache these took half of the time that an application's thread spent in this client. Transactions whose
 * release went to another process stay until they are old, so the first of the map is looked at with each message.
 */
final class Remembered {

    static final Duration EXPIRY = Bounds.LONGEST_TIMEOUT;
    /** Messages: some 30 MB. */
    static final int MOST = 100_000;

    private final LongSupplier nanoTime;
    /** Guards all below; nothing else is locked under it. */
    private final ReentrantLock lock = new ReentrantLock();

    private final LinkedHashMap<Xid, Told> byXid = new LinkedHashMap<>();
    private int messages;

    Remembered() {
        this(System::nanoTime);
    }

    Remembered(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    void add(Begin begin) {
        lock.lock();
        try {
            Told told = told(begin.xid());
            if (told.begin == null) {
                messages++;
            }
            told.begin = begin;
            forgetOld();
        } finally {
            lock.unlock();
        }
    }

    void add(BranchCommitted report) {
        lock.lock();
        try {
            told(report.branch().xid()).reports.add(report);
            messages++;
            forgetOld();
        } finally {
            lock.unlock();
        }
    }

    /** Its decision was asked for, and not learned: somebody else's request may still need the reports. */
    void givenUp(Xid xid) {
        lock.lock();
        try {
            Told told = byXid.get(xid);
            if (told != null && told.begin != null) {
                told.begin = null;
                messages--;
                if (told.reports.isEmpty()) {
                    byXid.remove(xid);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** The coordinator has answered with its decision, or given an order for one of its branches. */
    void decided(Xid xid) {
        lock.lock();
        try {
            Told told = byXid.remove(xid);
            if (told != null) {
                messages -= told.messages();
            }
        } finally {
            lock.unlock();
        }
    }

    /** What a new stream to this cluster is told: begins, and then reports, the latest first, since commits wait for those. */
    List<Request> of(String cluster) {
        List<Request> begins = new ArrayList<>();
        List<Request> reports = new ArrayList<>();
        lock.lock();
        try {
            forgetOld();
            byXid.forEach((xid, told) -> {
                if (xid.cluster().equals(cluster)) {
                    if (told.begin != null) {
                        begins.add(told.begin);
                    }
                    reports.addAll(told.reports);
                }
            });
        } finally {
            lock.unlock();
        }
        Collections.reverse(reports);
        begins.addAll(reports);
        return begins;
    }

    /** Of this transaction, which becomes the last. */
    private Told told(Xid xid) {
        Told told = byXid.remove(xid);
        if (told == null) {
            told = new Told();
        }
        told.atNanos = nanoTime.getAsLong();
        byXid.put(xid, told);
        return told;
    }

    private void forgetOld() {
        long now = nanoTime.getAsLong();
        Iterator<Map.Entry<Xid, Told>> oldest = byXid.entrySet().iterator();
        while (oldest.hasNext()) {
            Told told = oldest.next().getValue();
            if (messages <= MOST && now - told.atNanos <= EXPIRY.toNanos()) {
                return;
            }
            messages -= told.messages();
            oldest.remove();
        }
    }

    /** What was told of one transaction. */
    private static final class Told {

        private final List<BranchCommitted> reports = new ArrayList<>(2);
        private @Nullable Begin begin;
        private long atNanos;

        int messages() {
            return reports.size() + (begin == null ? 0 : 1);
        }
    }
}
