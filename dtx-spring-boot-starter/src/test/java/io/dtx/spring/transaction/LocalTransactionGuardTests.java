package io.dtx.spring.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import io.dtx.error.UsageException;
import java.util.ArrayList;
import java.util.List;
import net.bytebuddy.ByteBuddy;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
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
