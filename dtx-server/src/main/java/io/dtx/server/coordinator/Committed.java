package io.dtx.server.coordinator;

import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Committed transactions in the order in which they finished: by far the most numerous part of the state (an hour of them),
 * so each takes 24 bytes, and a copy for a snapshot shares all but the last chunk.
 *
 * <p>Sharing is safe without a lock: an entry, once written, is never written again; removing one only moves an index.
 * Not thread-safe otherwise.
 */
public final class Committed {

    /** Of one committed transaction. */
    @FunctionalInterface
    public interface Visitor<E extends Exception> {

        /**
         * @param high the upper half of the XID's ULID
         * @param low the lower half
         * @param finishedAtMillis when it was decided, in milliseconds since the epoch
         */
        void visit(long high, long low, long finishedAtMillis) throws E;
    }

    private static final int WIDTH = 3;
    private static final int CHUNK = 4096 * WIDTH;

    private final ArrayDeque<long[]> chunks = new ArrayDeque<>();
    /** The first entry's place in the first chunk. */
    private int head;
    /** The place after the last entry in the last chunk. */
    private int tail = CHUNK;

    public void add(long high, long low, long finishedAtMillis) {
        if (tail == CHUNK) {
            chunks.addLast(new long[CHUNK]);
            tail = 0;
        }
        long[] last = chunks.getLast();
        last[tail] = high;
        last[tail + 1] = low;
        last[tail + 2] = finishedAtMillis;
        tail += WIDTH;
    }

    public int size() {
        return (chunks.size() * CHUNK - head - (CHUNK - tail)) / WIDTH;
    }

    /** Removes, from the first on, those that finished before a time. */
    void removeFinishedBefore(long millis, Visitor<RuntimeException> removed) {
        while (size() > 0 && chunks.getFirst()[head + 2] < millis) {
            long[] first = chunks.getFirst();
            removed.visit(first[head], first[head + 1], first[head + 2]);
            head += WIDTH;
            if (head == CHUNK) {
                chunks.removeFirst();
                head = 0;
            }
        }
    }

    /** In the order in which they finished. */
    public <E extends Exception> void forEach(Visitor<E> visitor) throws E {
        int left = size();
        int at = head;
        for (long[] chunk : chunks) {
            for (; at < CHUNK && left > 0; at += WIDTH, left--) {
                visitor.visit(chunk[at], chunk[at + 1], chunk[at + 2]);
            }
            at = 0;
        }
    }

    /** One that does not change with this one. */
    Committed copy() {
        Committed copy = new Committed();
        copy.chunks.addAll(chunks);
        if (!chunks.isEmpty()) {
            copy.chunks.addLast(copy.chunks.removeLast().clone());
        }
        copy.head = head;
        copy.tail = tail;
        return copy;
    }

    void clear() {
        chunks.clear();
        head = 0;
        tail = CHUNK;
    }

    private long[] entries() {
        long[] entries = new long[size() * WIDTH];
        int[] at = {0};
        forEach((high, low, finishedAt) -> {
            entries[at[0]++] = high;
            entries[at[0]++] = low;
            entries[at[0]++] = finishedAt;
        });
        return entries;
    }

    /** By content. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Committed that && Arrays.equals(entries(), that.entries());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(entries());
    }

    @Override
    public String toString() {
        return size() + " committed";
    }
}
