package io.dtx.spring.mybatis;

import io.dtx.model.Outcome;
import io.dtx.model.Xid;
import io.dtx.tm.TransactionListener;
import java.time.Duration;
import org.mybatis.spring.SqlSessionHolder;
import org.springframework.core.Ordered;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Empties the local caches of the MyBatis sessions that are open on the thread when a global transaction that was begun there
 * does not commit. MyBatis-Spring keeps a session as long as Spring's synchronisation lasts, which may be longer than the global
 * transaction (SUPPORTS, NOT_SUPPORTED, a listener of Kafka): the next attempt would be answered what is undone, without SQL.
 */
public final class OpenSqlSessions implements TransactionListener, Ordered {

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

    /** What is cached only: statements that a session has gathered, and its connection, stay. */
    private static void clear() {
        for (Object resource :
                TransactionSynchronizationManager.getResourceMap().values()) {
            if (resource instanceof SqlSessionHolder holder) {
                holder.getSqlSession().clearCache();
            }
        }
    }
}
