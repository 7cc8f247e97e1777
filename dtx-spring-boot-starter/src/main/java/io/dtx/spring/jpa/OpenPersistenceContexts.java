package io.dtx.spring.jpa;

import io.dtx.model.Outcome;
import io.dtx.model.Xid;
import io.dtx.tm.TransactionListener;
import java.time.Duration;
import org.springframework.core.Ordered;
import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Empties the persistence contexts that are open on the thread, those of open-in-view above all, when a global transaction that
 * was begun there does not commit, as Spring's JPA transaction manager does when a local one rolls back. That one saw its local
 * transactions commit; their entities would go on saying what is undone behind them, and the next attempt would write it.
 */
public final class OpenPersistenceContexts implements TransactionListener, Ordered {

    /** Before the application's listeners: one that throws keeps the others from being told. */
    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public void rolledBack(Outcome outcome, String name, Duration took) {
        clear();
    }

    @Override
    public void inDoubt(Xid xid, String name, Duration took) {
        clear();
    }

    private static void clear() {
        for (Object resource :
                TransactionSynchronizationManager.getResourceMap().values()) {
            if (resource instanceof EntityManagerHolder holder) {
                try {
                    holder.getEntityManager().clear();
                } catch (IllegalStateException closedOrStateless) {
                    // It remembers nothing.
                }
            }
        }
    }
}
