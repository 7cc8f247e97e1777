package io.dtx.spring.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import io.dtx.error.UsageException;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityTransaction;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import net.bytebuddy.ByteBuddy;
import org.apache.ibatis.session.ExecutorType;
import org.apache.ibatis.session.SqlSession;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mybatis.spring.SqlSessionHolder;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.transaction.support.ResourceHolderSupport;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

class LocalTransactionGuardTests {

    private final HikariDataSource pool = pool(true);
    private final TransactionTemplate jdbc = new TransactionTemplate(new JdbcTransactionManager(pool));
    private final TransactionTemplate other = new TransactionTemplate(new Resourceless());
    private final LocalTransactionGuard guard = new LocalTransactionGuard(() -> false);

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void anOpenLocalTransactionIsRefused() {
        jdbc.executeWithoutResult(status -> assertRefused(guard));
        jdbc.executeWithoutResult(status -> other.executeWithoutResult(inner -> assertRefused(guard)));
    }

    @Test
    void oneThatHasJustCommittedIsStillOpenAndTheRemedyIsAnotherThread() {
        List<Throwable> refusals = new ArrayList<>();
        jdbc.executeWithoutResult(status ->
                TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                    @Override
                    public void afterCompletion(int outcome) {
                        refusals.add(catchThrowable(() -> guard.accept("pay")));
                    }
                }));

        assertThat(refusals)
                .singleElement()
                .asInstanceOf(InstanceOfAssertFactories.THROWABLE)
                .hasMessageContaining("take another thread (@Async)");
        assertPasses(guard);
    }

    @Test
    void aTransactionWithoutAnyResourceIsNone() {
        other.executeWithoutResult(status -> assertPasses(guard));
    }

    @Test
    void aConnectionThatIsKeptForItInAutocommitModeHasNoWork() {
        other.executeWithoutResult(status -> {
            assertThat(JdbcClient.create(pool)
                            .sql("SELECT 1")
                            .query(Integer.class)
                            .single())
                    .isEqualTo(1);
            assertThat(TransactionSynchronizationManager.hasResource(pool)).isTrue();
            assertPasses(guard);
        });
    }

    @Test
    void aConnectionThatIsKeptForItAndDoesNotCommitByItselfMayHaveSome() {
        try (HikariDataSource manual = pool(false)) {
            other.executeWithoutResult(status -> {
                JdbcClient.create(manual).sql("SELECT 1").query(Integer.class).single();
                assertRefused(guard);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"org.springframework.kafka.core.KafkaResourceHolder", "org.springframework.jms.Holder"})
    void whatABrokerBindsIsNoDatabase(String holder) {
        other.executeWithoutResult(status -> bound(holder(holder), () -> assertPasses(guard)));
    }

    @Test
    void whatIsNotKnownCountsAsADatabase() {
        other.executeWithoutResult(status -> bound(holder("org.example.SessionHolder"), () -> assertRefused(guard)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPersistenceContextHasWorkIfItHasATransaction(boolean active) {
        EntityManagerHolder holder =
                new EntityManagerHolder(answering(EntityManager.class, answering(EntityTransaction.class, active)));
        holder.setSynchronizedWithTransaction(true);
        other.executeWithoutResult(status -> bound(holder, () -> {
            if (active) {
                assertRefused(guard);
            } else {
                assertPasses(guard);
            }
        }));
    }

    @ParameterizedTest
    @EnumSource(ExecutorType.class)
    void aSessionOfMyBatisHasWorkIfItGathersStatements(ExecutorType type) {
        SqlSessionHolder holder = new SqlSessionHolder(answering(SqlSession.class, 0), type, null);
        holder.setSynchronizedWithTransaction(true);
        other.executeWithoutResult(status -> bound(holder, () -> {
            if (type == ExecutorType.BATCH) {
                assertRefused(guard);
            } else {
                assertPasses(guard);
            }
        }));
    }

    private static <T> T answering(Class<T> type, Object answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> answer));
    }

    @Test
    void whatWasThereBeforeTheTransactionIsNotOfIt() {
        ResourceHolderSupport view = holder("org.example.SessionHolder");
        view.setSynchronizedWithTransaction(false);
        other.executeWithoutResult(status -> bound(view, () -> assertPasses(guard)));
    }

    @Test
    void whereTransactionsMayBindNothingEveryOneIsRefused() {
        LocalTransactionGuard withJta = new LocalTransactionGuard(() -> true);
        other.executeWithoutResult(status -> assertRefused(withJta));
        assertPasses(withJta);
    }

    private static void bound(Object holder, Runnable work) {
        TransactionSynchronizationManager.bindResource("key", holder);
        try {
            work.run();
        } finally {
            TransactionSynchronizationManager.unbindResource("key");
        }
    }

    /** Of a class of that name, as if its library were there. */
    private ResourceHolderSupport holder(String name) {
        try {
            ResourceHolderSupport holder = new ByteBuddy()
                    .subclass(ResourceHolderSupport.class)
                    .name(name)
                    .make()
                    .load(getClass().getClassLoader())
                    .getLoaded()
                    .getDeclaredConstructor()
                    .newInstance();
            holder.setSynchronizedWithTransaction(true);
            return holder;
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(name, e);
        }
    }

    private static void assertRefused(LocalTransactionGuard guard) {
        assertThatThrownBy(() -> guard.accept("pay"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("pay would begin a global transaction inside an open local transaction");
    }

    private static void assertPasses(LocalTransactionGuard guard) {
        assertThatCode(() -> guard.accept("pay")).doesNotThrowAnyException();
    }

    private static HikariDataSource pool(boolean autoCommit) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl("jdbc:h2:mem:guard");
        pool.setMaximumPoolSize(2);
        pool.setAutoCommit(autoCommit);
        return pool;
    }
}
