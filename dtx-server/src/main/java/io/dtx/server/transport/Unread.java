package io.dtx.server.transport;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much waits in all streams together for clients to read it. A stream may have as much waiting as is left for all: so many
 * clients that do not read leave each other less and less, and there is always something left for one that is only slow.
 * Thread-safe.
 */
final class Unread {

    private final long most;
    private final AtomicLong bytes = new AtomicLong();

    /** @param most in bytes */
    Unread(long most) {
        this.most = most;
    }

    /** An eighth of the heap. */
    static Unread ofHeap() {
        return new Unread(Runtime.getRuntime().maxMemory() / 8);
    }

    /**
     * So much more waits in a stream.
     *
     * @param inStream with it
     * @return false if that is too much; it counts all the same until it is {@link #less}
     */
    boolean more(long size, long inStream) {
        return inStream <= most - bytes.addAndGet(size);
    }

    void less(long size) {
        bytes.addAndGet(-size);
    }

    long bytes() {
        return bytes.get();
    }
}
