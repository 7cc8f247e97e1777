package io.dtx.client;

import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What carries out the coordinator's orders for one resource. Called from the client's own worker threads, never from the
 * thread that reads the stream; may block on the database.
 */
public interface ResourceAgent {

    /** The resource id that the database holds. */
    String resource();

    /** The resource's label for people: its normalised URL, without credentials. */
    String label();

    /** The coordinator sends its orders here from now on: told on each new stream. Must not block. */
    void attached();

    /** Restores, or on an operator's order skips, one branch. Never throws: an error is a report with FAILED. */
    RestoreReport restore(RestoreOrder order);

    /**
     * Carries out one order after the other, so that what they share is done once. Never throws.
     *
     * @param orders gives the next; null if there is none now
     * @param reports takes how each ended, as soon as it has
     */
    default void restoreEach(Supplier<@Nullable RestoreOrder> orders, Consumer<RestoreReport> reports) {
        for (RestoreOrder order = orders.get(); order != null; order = orders.get()) {
            reports.accept(restore(order));
        }
    }

    /** Deletes undo rows of committed branches. What is lost here is found again by the sweep. */
    void releaseUndo(ReleaseUndo release);
}
