package io.dtx.rm;

import java.time.Duration;

/**
 * How the resource manager treats its data sources.
 *
 * @param registrationLimit X of invariant I5: a local transaction commits only if less than this has passed since its
 *     registration was sent. Guard rows are kept for twice this time, so every application of one coordinator must use the
 *     same value
 * @param autocommitWait the longest time for which an autocommit statement whose wait for a global lock was broken is run
 *     again from its start; zero for no second run
 * @param sweepInterval the time between two sweeps of left-over undo rows; zero switches the background sweep off
 * @param sweepAge the least age, by the database's clock, of an undo row that the sweep asks the coordinator about
 * @param maxUndoSize the largest undo record, in bytes, as stored; larger ones are refused before the local commit
 * @param localWrites what global locks mean to local transactions outside of global ones
 */
public record ResourceSettings(
        Duration registrationLimit,
        Duration autocommitWait,
        Duration sweepInterval,
        Duration sweepAge,
        int maxUndoSize,
        LocalWrites localWrites) {

    public static final ResourceSettings DEFAULTS = new ResourceSettings(
            Duration.ofMinutes(10),
            Duration.ofSeconds(1),
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            12 << 20,
            LocalWrites.FREE);

    public ResourceSettings {
        if (registrationLimit.isNegative() || registrationLimit.isZero()) {
            throw new IllegalArgumentException("the registration limit must be positive, not " + registrationLimit);
        }
        if (sweepInterval.isNegative() || sweepAge.isNegative() || autocommitWait.isNegative() || maxUndoSize <= 0) {
            throw new IllegalArgumentException("a negative time, or no room for undo records: " + sweepInterval + ", "
                    + sweepAge + ", " + autocommitWait + ", " + maxUndoSize);
        }
    }

    /** The same, with other local writes. */
    public ResourceSettings withLocalWrites(LocalWrites other) {
        return new ResourceSettings(registrationLimit, autocommitWait, sweepInterval, sweepAge, maxUndoSize, other);
    }
}
