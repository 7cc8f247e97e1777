package io.dtx.spring.jpa;

import io.dtx.spring.transaction.OpenSessions;
import org.springframework.orm.jpa.EntityManagerHolder;

/**
 * Empties the persistence contexts that are open on the thread, those of open-in-view above all, as Spring's JPA transaction
 * manager does when a local transaction rolls back. That one saw its local transactions commit; their entities would go on
 * saying what is undone behind them, and the next attempt would write it.
 */
public final class OpenPersistenceContexts extends OpenSessions<EntityManagerHolder> {

    public OpenPersistenceContexts() {
        super(EntityManagerHolder.class);
    }

    @Override
    protected void clear(EntityManagerHolder bound) {
        try {
            bound.getEntityManager().clear();
        } catch (IllegalStateException closedOrStateless) {
            // It remembers nothing.
        }
    }
}
