package io.dtx.server.transport;

import io.dtx.server.runtime.LimitCounts;
import io.dtx.server.runtime.Limits.Limit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many connections are open. A few more are let in than may be used, so that those can be told why they are sent away
 * again; what comes beyond that is closed without a word, at no cost. Thread-safe.
 */
final class Connections {

    private static final int TO_BE_TOLD = 64;

    private final int most;
    private final LimitCounts counts;
    private final AtomicInteger open = new AtomicInteger();

    Connections(int most, LimitCounts counts) {
        this.most = most;
        this.counts = counts;
    }

    /** One more has been accepted; false if it has to be closed at once. */
    boolean opened() {
        if (open.incrementAndGet() - TO_BE_TOLD <= most) {
            return true;
        }
        open.decrementAndGet();
        counts.add(Limit.CONNECTIONS);
        return false;
    }

    void closed() {
        open.decrementAndGet();
    }

    /** Whether a stream that comes now is one of too many. */
    boolean tooMany() {
        if (open.get() <= most) {
            return false;
        }
        counts.add(Limit.CONNECTIONS);
        return true;
    }

    int open() {
        return open.get();
    }

    int most() {
        return most;
    }
}
