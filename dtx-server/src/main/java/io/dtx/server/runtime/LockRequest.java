package io.dtx.server.runtime;

import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply;
import io.dtx.server.coordinator.Command;
import io.dtx.server.runtime.Deadlines.Deadline;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A request that needs locks: it registers a branch, or asks whether keys are free. Its place in every queue is its number of
 * arrival.
 */
final class LockRequest {

    /** Where it is on its way. */
    enum Phase {
        /** In the log, for the first time or again; the result is awaited. */
        SUBMITTED,
        /** In the queue of each of its keys. */
        WAITING,
        /** Answered, or its asker is gone. */
        DONE
    }

    final long arrival;
    final @Nullable Xid xid;
    final Command command;
    final List<Lock> locks;
    /** When it arrived and when its wait ends, in milliseconds of the loop's clock. */
    final long arrivedAt;

    final long deadlineAt;
    final Asker asker;
    final Consumer<Reply.Failure> onFailure;

    Phase phase = Phase.SUBMITTED;
    /** Whether it is in the queues; so it stays while it is submitted again. */
    boolean queued;
    /** The keys for which it stands, or would stand, in line: those that its transaction does not hold. */
    Set<LockKey> places = Set.of();
    /** The keys that it wants alone; null until somebody asks. */
    private @Nullable Set<LockKey> exclusive;

    @Nullable Deadline deadline;
    /** The request or transaction at whose end it looks again; null for none. */
    @Nullable Object watched;

    LockRequest(
            long arrival,
            @Nullable Xid xid,
            Command command,
            List<Lock> locks,
            long arrivedAt,
            long deadlineAt,
            Asker asker,
            Consumer<Reply.Failure> onFailure) {
        this.arrival = arrival;
        this.xid = xid;
        this.command = command;
        this.locks = locks;
        this.arrivedAt = arrivedAt;
        this.deadlineAt = deadlineAt;
        this.asker = asker;
        this.onFailure = onFailure;
    }

    /** About how much these take in the log. */
    static long bytes(List<Lock> locks) {
        long bytes = 0;
        for (Lock lock : locks) {
            bytes += lock.key().size() + 8L;
        }
        return bytes;
    }

    boolean of(@Nullable Xid other) {
        return xid != null && xid.equals(other);
    }

    /**
     * Whether one of its locks is in this table.
     *
     * @param table in any case; empty for any
     */
    boolean touches(String resource, String table) {
        return locks.stream()
                .map(Lock::key)
                .anyMatch(key ->
                        key.resource().equals(resource) && (table.isEmpty() || table.equalsIgnoreCase(key.table())));
    }

    /** Its transaction holds these keys now. */
    void giveUpPlaces(Collection<LockKey> keys) {
        Set<LockKey> left = new LinkedHashSet<>(places);
        // Not removeAll: a set's looks through a list for each of its own where that is the longer.
        keys.forEach(left::remove);
        places = left;
    }

    /** How it wants a key that it names; alone, if it names it twice. Most are never asked, and one that waits for each key. */
    LockMode modeOf(LockKey key) {
        Set<LockKey> alone = exclusive;
        if (alone == null) {
            alone = locks.stream()
                    .filter(lock -> lock.mode() == LockMode.EXCLUSIVE)
                    .map(Lock::key)
                    .collect(Collectors.toUnmodifiableSet());
            exclusive = alone;
        }
        return alone.contains(key) ? LockMode.EXCLUSIVE : LockMode.SHARED;
    }
}
