package io.dtx.server.coordinator;

import io.dtx.model.LockKey;
import io.dtx.model.Outcome;
import io.dtx.model.Xid;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The coordinator's state and its one way of changing. Not thread-safe: its owner calls it under one lock. */
@SuppressWarnings("DoNotCallSuggester")
public final class StateMachine {

    /** An XID may be this much ahead of the clock. */
    public static final long MAX_AHEAD_MILLIS = 5 * 60 * 1000L;

    /**
     * Carries out one command.
     *
     * @param timestampMillis the leader's clock when it took the command; one that goes back counts as the latest seen
     */
    public Result apply(Command command, long timestampMillis) {
        throw new UnsupportedOperationException("soon");
    }

    /** The cluster's id; null before CreateCluster. */
    public @Nullable String cluster() {
        throw new UnsupportedOperationException("soon");
    }

    /** The latest timestamp seen. What tells clients the time must never tell less, so that XIDs stay above the watermark. */
    public long timestampMillis() {
        throw new UnsupportedOperationException("soon");
    }

    public long watermarkMillis() {
        throw new UnsupportedOperationException("soon");
    }

    /** A transaction that is not forgotten, finished or not. */
    public Optional<Transaction> transaction(Xid xid) {
        throw new UnsupportedOperationException("soon");
    }

    public Optional<Outcome> outcome(Xid xid) {
        throw new UnsupportedOperationException("soon");
    }

    /** ACTIVE and ROLLING_BACK ones in order of creation: a live view, not to leave the lock. */
    public Collection<Transaction> unfinished() {
        throw new UnsupportedOperationException("soon");
    }

    /** Those of {@link #unfinished()} that are ROLLING_BACK: a copy. */
    public List<Transaction> rollingBack() {
        throw new UnsupportedOperationException("soon");
    }

    /** ROLLED_BACK ones with the flag FORCED, which are not forgotten by themselves: a copy. */
    public List<Transaction> forced() {
        throw new UnsupportedOperationException("soon");
    }

    /** Who holds the key; one exclusive holder, or any number of shared ones, or none. */
    public List<HeldLock> holders(LockKey key) {
        throw new UnsupportedOperationException("soon");
    }

    /** Every held lock, in no order. */
    public void forEachLock(Consumer<HeldLock> consumer) {
        throw new UnsupportedOperationException("soon");
    }

    /** Takes time in proportion to the unfinished transactions. */
    public Counts counts() {
        throw new UnsupportedOperationException("soon");
    }
}
