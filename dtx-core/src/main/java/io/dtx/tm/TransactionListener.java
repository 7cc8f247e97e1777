package io.dtx.tm;

import io.dtx.model.Outcome;
import io.dtx.model.Xid;
import java.time.Duration;
import java.util.List;

/**
 * Told of the global transactions that this process begins. Called on the thread that runs the transaction, which waits for
 * it; what it throws is logged and otherwise ignored. Called by many threads at once.
 */
public interface TransactionListener {

    /** Hears nothing. */
    TransactionListener NONE = new TransactionListener() {};

    /** The XID is minted; the work is about to run. */
    default void began(Xid xid, String name) {}

    /** @param took from {@link #began} to the decision */
    default void committed(Xid xid, String name, Duration took) {}

    /**
     * Decided to roll back. Restores are over if the outcome's status says so, and may still be going on otherwise.
     *
     * @param outcome says why and by whom
     * @param took from {@link #began} to the decision
     */
    default void rolledBack(Outcome outcome, String name, Duration took) {}

    /** The decision could not be learned, or the request to roll back was not answered. */
    default void inDoubt(Xid xid, String name, Duration took) {}

    /** Tells all of them, in this order; if one throws, those after it do not hear of that. */
    static TransactionListener all(List<TransactionListener> listeners) {
        List<TransactionListener> told = List.copyOf(listeners);
        return new TransactionListener() {
            @Override
            public void began(Xid xid, String name) {
                told.forEach(listener -> listener.began(xid, name));
            }

            @Override
            public void committed(Xid xid, String name, Duration took) {
                told.forEach(listener -> listener.committed(xid, name, took));
            }

            @Override
            public void rolledBack(Outcome outcome, String name, Duration took) {
                told.forEach(listener -> listener.rolledBack(outcome, name, took));
            }

            @Override
            public void inDoubt(Xid xid, String name, Duration took) {
                told.forEach(listener -> listener.inDoubt(xid, name, took));
            }
        };
    }
}
