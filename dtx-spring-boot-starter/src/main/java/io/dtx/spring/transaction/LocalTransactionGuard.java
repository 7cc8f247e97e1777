package io.dtx.spring.transaction;

import io.dtx.error.UsageException;
import java.lang.reflect.Method;
import java.sql.SQLException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.ibatis.session.ExecutorType;
import org.jspecify.annotations.Nullable;
import org.mybatis.spring.SqlSessionHolder;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.transaction.support.ResourceHolder;
import org.springframework.transaction.support.ResourceHolderSupport;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Refuses to begin a global transaction inside an open local one, whoever asks: an annotated method or a template. The local
 * one would end only after the global one is decided, so nothing of its work could be in it.
 *
 * <p>A transaction of Spring's is taken for a local one if it works with anything that may be a database: what it has bound to
 * the thread says so. One that has bound nothing (Spring Batch's for jobs without resources), or only something of a broker,
 * has no work that a commit of it could add.
 */
public final class LocalTransactionGuard implements Consumer<String> {

    /** Packages of what is bound for brokers and stores without JDBC. Whatever is not known counts as a database. */
    private static final List<String> OTHERS = List.of(
            "org.springframework.amqp.",
            "org.springframework.data.mongodb.",
            "org.springframework.data.neo4j.",
            "org.springframework.data.redis.",
            "org.springframework.integration.",
            "org.springframework.jms.",
            "org.springframework.kafka.",
            "org.springframework.pulsar.");

    private static final boolean JPA = Stream.of(
                    "jakarta.persistence.EntityManager", "org.springframework.orm.jpa.EntityManagerHolder")
            .allMatch(name -> ClassUtils.isPresent(name, LocalTransactionGuard.class.getClassLoader()));

    private static final boolean MYBATIS = Stream.of(
                    "org.apache.ibatis.session.SqlSession", "org.mybatis.spring.SqlSessionHolder")
            .allMatch(name -> ClassUtils.isPresent(name, LocalTransactionGuard.class.getClassLoader()));

    private final BooleanSupplier unseen;

    /** @param unseen whether an open transaction may be one that binds nothing to the thread: JTA's binds what is used in it */
    public LocalTransactionGuard(BooleanSupplier unseen) {
        this.unseen = unseen;
    }

    /** @param name of the global transaction that is about to begin */
    @Override
    public void accept(String name) {
        if (TransactionSynchronizationManager.isActualTransactionActive() && isLocal()) {
            String local = TransactionSynchronizationManager.getCurrentTransactionName();
            throw new UsageException(
                    null,
                    name + " would begin a global transaction inside an open local transaction"
                            + (local == null ? "" : " (" + local + ")")
                            + ", which would end only after the global one is decided. Put @GlobalTransactional on the"
                            + " method that opens the local transaction, or on a caller of it; if it is there, take the"
                            + " order out of @EnableTransactionManagement(order = ..), which puts @Transactional outside"
                            + " of it; in what is called after"
                            + " its commit (@TransactionalEventListener), take another thread (@Async); in a test, take"
                            + " @Transactional off.");
        }
    }

    private boolean isLocal() {
        return TransactionSynchronizationManager.getResourceMap().values().stream()
                        .anyMatch(LocalTransactionGuard::mayHaveWork)
                || unseen.getAsBoolean();
    }

    private static boolean mayHaveWork(Object bound) {
        if (!(bound instanceof ResourceHolder)
                || (bound instanceof ResourceHolderSupport holder && !holder.isSynchronizedWithTransaction())) {
            return false; // there before the transaction, and not taken into it: the session of a view
        }
        if (bound instanceof ConnectionHolder connection) {
            return !autoCommits(connection);
        }
        return !(JPA && Jpa.isIdle(bound))
                && !(MYBATIS && MyBatis.isIdle(bound))
                && OTHERS.stream().noneMatch(bound.getClass().getName()::startsWith);
    }

    /** Loaded only where MyBatis-Spring is there. */
    private static final class MyBatis {

        /** Its session works by a connection that is bound by itself. One that gathers its statements has work all the same. */
        static boolean isIdle(Object bound) {
            return bound instanceof SqlSessionHolder holder && holder.getExecutorType() != ExecutorType.BATCH;
        }
    }

    /** Loaded only where JPA is there. */
    private static final class Jpa {

        private static final @Nullable Method IS_TRANSACTION_ACTIVE = accessible("isTransactionActive");

        private static @Nullable Method accessible(String name) {
            Method method = ReflectionUtils.findMethod(EntityManagerHolder.class, name);
            return method != null && method.trySetAccessible() ? method : null;
        }

        /** Whether its persistence context was only kept for whatever transaction is open, and has none itself. */
        static boolean isIdle(Object bound) {
            if (!(bound instanceof EntityManagerHolder holder) || isOfAManager(holder)) {
                return false;
            }
            try {
                return !holder.getEntityManager().getTransaction().isActive();
            } catch (IllegalStateException unknown) {
                return false;
            }
        }

        /**
         * Whether a transaction manager has begun a transaction with it, and has not tidied up yet. After the commit the entity
         * manager's own transaction is inactive already, but whatever begins in afterCommit or afterCompletion still joins the
         * manager's, and is never flushed: this holder's mark is all that tells it from a persistence context that was only kept.
         */
        private static boolean isOfAManager(EntityManagerHolder holder) {
            return IS_TRANSACTION_ACTIVE == null
                    || Boolean.TRUE.equals(ReflectionUtils.invokeMethod(IS_TRANSACTION_ACTIVE, holder));
        }
    }

    /**
     * As one that was only kept for whatever transaction is open: each statement on it was one by itself. While that transaction
     * was suspended it was given back.
     */
    private static boolean autoCommits(ConnectionHolder holder) {
        try {
            return holder.getConnectionHandle() == null
                    || holder.getConnection().getAutoCommit();
        } catch (SQLException closed) {
            return false;
        }
    }
}
