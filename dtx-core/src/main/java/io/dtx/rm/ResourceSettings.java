package io.dtx.rm;

import io.dtx.model.Bounds;
import java.time.Duration;
import java.util.Set;

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
 * @param sideEffectsAccepted the names of tables, without schema and in any case, that may be written although triggers or
 *     cascades then write other rows: what those write is neither locked nor undone
 * @param valuesShown the names of tables, without schema and in any case, whose values an operator may see when a rollback
 *     finds their rows changed from outside; of others, keys and the names of columns leave the application
 */
public record ResourceSettings(
        Duration registrationLimit,
        Duration autocommitWait,
        Duration sweepInterval,
        Duration sweepAge,
        int maxUndoSize,
        LocalWrites localWrites,
        Set<String> sideEffectsAccepted,
        Set<String> valuesShown) {

    public static final ResourceSettings DEFAULTS = new ResourceSettings(
            Bounds.REGISTRATION_LIMIT,
            Duration.ofSeconds(1),
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            12 << 20,
            LocalWrites.FREE,
            Set.of(),
            Set.of());

    public ResourceSettings {
        sideEffectsAccepted = Set.copyOf(sideEffectsAccepted);
        valuesShown = Set.copyOf(valuesShown);
        if (registrationLimit.isNegative() || registrationLimit.isZero()) {
            throw new IllegalArgumentException("the registration limit must be positive, not " + registrationLimit);
        }
        if (sweepInterval.isNegative() || sweepAge.isNegative() || autocommitWait.isNegative() || maxUndoSize <= 0) {
            throw new IllegalArgumentException("a negative time, or no room for undo records: " + sweepInterval + ", "
                    + sweepAge + ", " + autocommitWait + ", " + maxUndoSize);
        }
    }

    /** The same, with another longest wait of statements in autocommit mode. */
    public ResourceSettings withAutocommitWait(Duration other) {
        return new ResourceSettings(
                registrationLimit,
                other,
                sweepInterval,
                sweepAge,
                maxUndoSize,
                localWrites,
                sideEffectsAccepted,
                valuesShown);
    }

    /** The same, with another largest size of an undo record, in bytes. */
    public ResourceSettings withMaxUndoSize(int other) {
        return new ResourceSettings(
                registrationLimit,
                autocommitWait,
                sweepInterval,
                sweepAge,
                other,
                localWrites,
                sideEffectsAccepted,
                valuesShown);
    }

    /** The same, with other local writes. */
    public ResourceSettings withLocalWrites(LocalWrites other) {
        return new ResourceSettings(
                registrationLimit,
                autocommitWait,
                sweepInterval,
                sweepAge,
                maxUndoSize,
                other,
                sideEffectsAccepted,
                valuesShown);
    }

    /** The same, and writes to these tables are let in whatever their triggers and cascades do. */
    public ResourceSettings acceptingSideEffectsOf(Set<String> tables) {
        return new ResourceSettings(
                registrationLimit,
                autocommitWait,
                sweepInterval,
                sweepAge,
                maxUndoSize,
                localWrites,
                tables,
                valuesShown);
    }

    /** The same, and operators may see the values of these tables. */
    public ResourceSettings showingValuesOf(Set<String> tables) {
        return new ResourceSettings(
                registrationLimit,
                autocommitWait,
                sweepInterval,
                sweepAge,
                maxUndoSize,
                localWrites,
                sideEffectsAccepted,
                tables);
    }
}
