package io.dtx.rm;

import java.time.Duration;
import java.util.List;

/**
 * Told how the resource manager fares, for meters. Called on threads that must not wait, by many of them at once; what it
 * throws is logged and otherwise ignored.
 */
public interface ResourceListener {

    /** Hears nothing. */
    ResourceListener NONE = new ResourceListener() {};

    /**
     * The coordinator was asked for the global locks of a branch, or whether locks are free.
     *
     * @param waited from the question to the answer: the round trip, and the wait for another transaction
     * @param granted false if they were refused, or no answer came
     */
    default void locksAwaited(Duration waited, boolean granted) {}

    /**
     * Phase two of a branch that this process has committed locally was carried out here.
     *
     * @param restored whether it was a rollback: its rows are as they were; otherwise its undo row is gone
     * @param lag from the local commit to this: the rest of the global transaction, and phase two
     */
    default void settled(boolean restored, Duration lag) {}

    /** A statement that the application has marked so runs unprotected in a global transaction. */
    default void unprotected() {}

    /**
     * An undo row was found whose transaction was rolled back to the end: its restore was lost, and a person must look. Told once
     * by each process for each such row that is there, also if it was found before the process was started.
     */
    default void restoreLost() {}

    /** Tells all of them. */
    static ResourceListener all(List<ResourceListener> listeners) {
        List<ResourceListener> told = List.copyOf(listeners);
        if (told.isEmpty()) {
            return NONE;
        }
        return new ResourceListener() {
            @Override
            public void locksAwaited(Duration waited, boolean granted) {
                told.forEach(listener -> listener.locksAwaited(waited, granted));
            }

            @Override
            public void settled(boolean restored, Duration lag) {
                told.forEach(listener -> listener.settled(restored, lag));
            }

            @Override
            public void unprotected() {
                told.forEach(ResourceListener::unprotected);
            }

            @Override
            public void restoreLost() {
                told.forEach(ResourceListener::restoreLost);
            }
        };
    }
}
