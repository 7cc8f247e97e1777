package io.dtx.server.coordinator;

/**
 * When each committed transaction finished, by the halves of its ULID: a hash table without objects. An hour of 2,000
 * transactions a second is 7 million of them, which as objects were a gigabyte for the garbage collector to walk and copy.
 *
 * <p>Linear probing (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithms L and R), in segments that grow
 * each by itself: no command waits while a table of millions is copied. Not thread-safe.
 */
final class CommittedTimes {

    /** {@link #get} of what is not there. */
    static final long NONE = -1;

    private static final int SEGMENT_BITS = 10;
    private static final int WIDTH = 3;
    private static final int FEWEST_SLOTS = 8;

    private final Segment[] segments = new Segment[1 << SEGMENT_BITS];
    private int size;

    CommittedTimes() {
        clear();
    }

    long get(long high, long low) {
        long hash = hash(high, low);
        Segment segment = segment(hash);
        int slot = segment.find(hash, high, low);
        return segment.entries[slot + 2] - 1;
    }

    /** @param millis not negative */
    void put(long high, long low, long millis) {
        long hash = hash(high, low);
        Segment segment = segment(hash);
        int slot = segment.find(hash, high, low);
        boolean added = segment.entries[slot + 2] == 0;
        segment.set(slot, high, low, millis + 1);
        if (added) {
            size++;
            segment.grown();
        }
    }

    void remove(long high, long low) {
        long hash = hash(high, low);
        Segment segment = segment(hash);
        int slot = segment.find(hash, high, low);
        if (segment.entries[slot + 2] != 0) {
            size--;
            segment.remove(slot);
        }
    }

    int size() {
        return size;
    }

    void clear() {
        for (int i = 0; i < segments.length; i++) {
            segments[i] = new Segment();
        }
        size = 0;
    }

    /** The upper bits choose the segment, the lower ones the slot in it. */
    private Segment segment(long hash) {
        return segments[(int) (hash >>> (Long.SIZE - SEGMENT_BITS))];
    }

    /** Both halves count in every bit: XIDs of one millisecond differ in few, and whoever mints them may choose them. */
    private static long hash(long high, long low) {
        long mixed = (high * 0x9E3779B97F4A7C15L) ^ low;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    /** Each slot: high, low, and one more than the time, so that zero is an empty slot. */
    private static final class Segment {

        private long[] entries = new long[FEWEST_SLOTS * WIDTH];
        private int used;

        /** Where the entry is, or belongs. */
        private int find(long hash, long high, long low) {
            int slot = home(hash);
            while (entries[slot + 2] != 0 && (entries[slot] != high || entries[slot + 1] != low)) {
                slot = next(slot);
            }
            return slot;
        }

        private int home(long hash) {
            return (int) (hash & (slots() - 1)) * WIDTH;
        }

        private int next(int slot) {
            return slot + WIDTH == entries.length ? 0 : slot + WIDTH;
        }

        /** A power of two. */
        private int slots() {
            return entries.length / WIDTH;
        }

        private void set(int slot, long high, long low, long time) {
            entries[slot] = high;
            entries[slot + 1] = low;
            entries[slot + 2] = time;
        }

        private void grown() {
            used++;
            if (3 * used > 2 * slots()) {
                resize(2 * slots());
            }
        }

        /** Closes the gap, so that whoever was put behind it is still found. */
        private void remove(int removed) {
            int gap = removed;
            for (int at = next(gap); entries[at + 2] != 0; at = next(at)) {
                int home = home(hash(entries[at], entries[at + 1]));
                if (distance(home, at) >= distance(gap, at)) {
                    set(gap, entries[at], entries[at + 1], entries[at + 2]);
                    gap = at;
                }
            }
            set(gap, 0, 0, 0);
            used--;
            if (slots() > FEWEST_SLOTS && 8 * used < slots()) {
                resize(slots() / 2);
            }
        }

        /** From one slot on to another, round the end. */
        private int distance(int from, int to) {
            return to >= from ? to - from : to - from + entries.length;
        }

        private void resize(int slots) {
            long[] before = entries;
            entries = new long[slots * WIDTH];
            for (int slot = 0; slot < before.length; slot += WIDTH) {
                if (before[slot + 2] != 0) {
                    long high = before[slot];
                    long low = before[slot + 1];
                    set(find(hash(high, low), high, low), high, low, before[slot + 2]);
                }
            }
        }
    }
}
