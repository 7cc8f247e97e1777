package io.dtx.server.coordinator;

import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Xid;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which global lock.
 *
 * <p>A hold belongs to a branch; holds of one transaction on one key are counted, and the key is free only when the last of
 * them has gone (T8). A transaction that has the key both ways has it exclusively until its last exclusive hold goes. Each
 * operation costs the same however many keys are held.
 */
final class LockTable {

    /** A key is in one of the two maps: held by one transaction that writes, or by any number that only rely on it. */
    private final Map<LockKey, Writer> written = new HashMap<>();

    private final Map<LockKey, Map<Xid, Integer>> relied = new HashMap<>();

    private static final class Writer {
        private final Xid xid;
        private int exclusive = 1;
        private int shared;

        private Writer(Xid xid, int shared) {
            this.xid = xid;
            this.shared = shared;
        }
    }

    /** Transactions, other than the asking one, that hold the key in a mode that conflicts with the wanted one. */
    List<Xid> conflicts(Lock wanted, @Nullable Xid asking) {
        Writer writer = written.get(wanted.key());
        if (writer != null) {
            return writer.xid.equals(asking) ? List.of() : List.of(writer.xid);
        }
        Map<Xid, Integer> readers = relied.get(wanted.key());
        if (readers == null || wanted.mode() == LockMode.SHARED) {
            return List.of();
        }
        return readers.keySet().stream().filter(xid -> !xid.equals(asking)).toList();
    }

    /** Adds one hold; the caller has made sure that nothing conflicts. */
    void take(Xid xid, Lock lock) {
        Writer writer = written.get(lock.key());
        if (lock.mode() == LockMode.SHARED) {
            if (writer != null) {
                writer.shared++;
            } else {
                relied.computeIfAbsent(lock.key(), key -> new HashMap<>(2)).merge(xid, 1, Integer::sum);
            }
        } else if (writer != null) {
            writer.exclusive++;
        } else {
            Map<Xid, Integer> own = relied.remove(lock.key());
            written.put(lock.key(), new Writer(xid, own == null ? 0 : own.getOrDefault(xid, 0)));
        }
    }

    /** Takes one hold away. */
    void release(Xid xid, Lock lock) {
        Writer writer = written.get(lock.key());
        if (writer == null) {
            releaseShared(xid, lock.key());
            return;
        }
        if (lock.mode() == LockMode.SHARED) {
            writer.shared--;
        } else if (--writer.exclusive == 0) {
            written.remove(lock.key());
            if (writer.shared > 0) {
                Map<Xid, Integer> own = new HashMap<>(2);
                own.put(xid, writer.shared);
                relied.put(lock.key(), own);
            }
        }
    }

    private void releaseShared(Xid xid, LockKey key) {
        Map<Xid, Integer> readers = relied.get(key);
        if (readers == null || !readers.containsKey(xid)) {
            throw new IllegalStateException(xid + " does not hold " + key);
        }
        readers.computeIfPresent(xid, (holder, holds) -> holds == 1 ? null : holds - 1);
        if (readers.isEmpty()) {
            relied.remove(key);
        }
    }

    List<HeldLock> holders(LockKey key) {
        Writer writer = written.get(key);
        if (writer != null) {
            return List.of(new HeldLock(key, LockMode.EXCLUSIVE, writer.xid));
        }
        return relied.getOrDefault(key, Map.of()).keySet().stream()
                .map(xid -> new HeldLock(key, LockMode.SHARED, xid))
                .toList();
    }

    void forEach(Consumer<HeldLock> consumer) {
        written.forEach((key, writer) -> consumer.accept(new HeldLock(key, LockMode.EXCLUSIVE, writer.xid)));
        relied.forEach((key, readers) ->
                readers.keySet().forEach(xid -> consumer.accept(new HeldLock(key, LockMode.SHARED, xid))));
    }

    /** How many keys are held. */
    int size() {
        return written.size() + relied.size();
    }

    void clear() {
        written.clear();
        relied.clear();
    }
}
