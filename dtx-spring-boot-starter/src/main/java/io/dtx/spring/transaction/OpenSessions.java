package io.dtx.spring.transaction;

import io.dtx.model.Outcome;
import io.dtx.model.Xid;
import io.dtx.tm.TransactionListener;
import java.time.Duration;
import org.springframework.core.Ordered;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Empties the sessions of one kind that are open on the thread when a global transaction that was begun there does not commit:
 * what they remember of rows would outlive the rollback, and the next attempt would work with it.
 *
 * @param <H> what holds such a session where it is bound to the thread
 */
public abstract class OpenSessions<H> implements TransactionListener, Ordered {

    private final Class<H> holder;

    protected OpenSessions(Class<H> holder) {
        this.holder = holder;
    }

    /** Lets the session forget the rows that it has read or written. */
    protected abstract void clear(H bound);

    /** Before the application's listeners: one that throws keeps the others from being told. */
    @Override
    public final int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public final void rolledBack(Outcome outcome, String name, Duration took) {
        clear();
    }

    @Override
    public final void inDoubt(Xid xid, String name, Duration took) {
        clear();
    }

    private void clear() {
        for (Object resource :
                TransactionSynchronizationManager.getResourceMap().values()) {
            if (holder.isInstance(resource)) {
                clear(holder.cast(resource));
            }
        }
    }
}
