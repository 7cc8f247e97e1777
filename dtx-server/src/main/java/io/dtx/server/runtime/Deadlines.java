package io.dtx.server.runtime;

import java.util.Comparator;
import java.util.TreeSet;

/**
 * What is to be done when. Times are milliseconds of the loop's clock. Removal is exact, not lazy: at ten thousand
 * transactions a second, most of a minute's cancelled timeouts would otherwise sit here.
 */
final class Deadlines {

    private final TreeSet<Deadline> pending =
            new TreeSet<>(Comparator.comparingLong(Deadline::at).thenComparingLong(Deadline::sequence));
    private long sequence;

    Deadline at(long at, Runnable action) {
        Deadline deadline = new Deadline(at, sequence++, action);
        pending.add(deadline);
        return deadline;
    }

    /** Runs all that is due; what these actions add for now or earlier waits for the next call. */
    void runDue(long now) {
        long limit = sequence;
        while (!pending.isEmpty()) {
            Deadline first = pending.first();
            if (first.at > now || first.sequence >= limit) {
                return;
            }
            pending.remove(first);
            first.action.run();
        }
    }

    /** When {@link #runDue} has something to do next; {@link Long#MAX_VALUE} for never. */
    long next() {
        return pending.isEmpty() ? Long.MAX_VALUE : pending.first().at;
    }

    int size() {
        return pending.size();
    }

    /** One appointment. */
    final class Deadline {

        private final long at;
        private final long sequence;
        private final Runnable action;

        private Deadline(long at, long sequence, Runnable action) {
            this.at = at;
            this.sequence = sequence;
            this.action = action;
        }

        long at() {
            return at;
        }

        private long sequence() {
            return sequence;
        }

        /** Without effect if it has run. */
        void cancel() {
            pending.remove(this);
        }
    }
}
