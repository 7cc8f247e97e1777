package io.dtx.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.dtx.GlobalTransactionContext;
import io.dtx.GlobalTransactionTemplate;
import io.dtx.GlobalTransactional;
import io.dtx.Propagation;
import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.error.RolledBackException;
import io.dtx.error.UsageException;
import io.dtx.model.Outcome;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.spring.transaction.LocalTransactionGuard;
import io.dtx.test.EmbeddedCoordinator;
import io.dtx.tm.GlobalTransactions;
import io.dtx.tm.TransactionListener;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.config.TransactionManagementConfigUtils;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The annotation in a Spring application, with a real coordinator. */
class GlobalTransactionalTests {

    private static EmbeddedCoordinator coordinator;
    private static CoordinatorClient client;

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withUserConfiguration(Application.class);

    @BeforeAll
    static void startCoordinator() {
        coordinator = EmbeddedCoordinator.start();
        client = CoordinatorClient.start(new ClientSettings(
                "test", coordinator.addresses(), null, Duration.ofSeconds(1), Duration.ofSeconds(5)));
        Awaitility.await().until(client::connected);
    }

    @AfterAll
    static void stopCoordinator() {
        client.close();
        coordinator.close();
    }

    @Test
    void aMethodThatReturnsCommits() {
        run(service -> {
            Xid xid = service.required(GlobalTransactionalTests::current);

            assertThat(outcome(xid).status()).isEqualTo(TransactionStatus.COMMITTED);
            assertThat(GlobalTransactionContext.currentXid()).isNull();
        });
    }

    @Test
    void aMethodThatThrowsRollsBackAndItsExceptionArrives() {
        run(service -> {
            List<Xid> seen = new ArrayList<>();
            assertThatThrownBy(() -> service.required(() -> {
                        seen.add(current());
                        throw new IllegalStateException("no money");
                    }))
                    .isExactlyInstanceOf(IllegalStateException.class)
                    .hasMessage("no money");

            assertRolledBack(seen.get(0), RollbackReason.APPLICATION, "no money");
            assertThat(GlobalTransactionContext.currentXid()).isNull();
        });
    }

    @Test
    void exceptionsRollBackByTheRulesOfSpring() {
        run(service -> {
            assertThat(statusAfter(service::required, new IOException("checked")))
                    .isEqualTo(TransactionStatus.COMMITTED);
            assertThat(statusAfter(service::required, new StackOverflowError()))
                    .isNotEqualTo(TransactionStatus.COMMITTED);
            assertThat(statusAfter(service::withRules, new IOException("named")))
                    .isNotEqualTo(TransactionStatus.COMMITTED);
            assertThat(statusAfter(service::withRules, new IllegalArgumentException("named not to")))
                    .isEqualTo(TransactionStatus.COMMITTED);
            assertThat(statusAfter(service::withRules, new NumberFormatException("nearer rule")))
                    .isNotEqualTo(TransactionStatus.COMMITTED);
        });
    }

    @Test
    void theAnnotationIsFoundWhereSpringWouldFindItsOwn() {
        runner.run(context -> {
            assertThat(context.getBean(AnnotatedClass.class.getName(), AnnotatedClass.class)
                            .xid())
                    .isNotNull();
            assertThat(context.getBean(OfInterface.class).xid()).isNotNull();
            assertThat(context.getBean(Service.class).metaAnnotated()).isNotNull();
            assertThat(context.getBean(Service.class).notAnnotated()).isNull();
            assertThat(context.getBean(Inheriting.class).xid()).isNotNull();
            assertThat(context.getBean("ofNoClass", AnnotatedInterface.class).xid())
                    .isNotNull();
        });
    }

    @ParameterizedTest
    @ValueSource(classes = {AnnotatedClass.class, Inheriting.class})
    void onAClassItMeansTheMethodsThatSpringsOwnMeans(Class<? extends AnnotatedClass> type) {
        runner.run(context -> {
            AnnotatedClass bean = context.getBean(type.getName(), type);
            assertThat(List.of(bean.packagePrivate(), bean.isProtected()))
                    .allSatisfy(seen -> assertThat(seen)
                            .as("in a global and a local transaction")
                            .matches("(?!null).+ true"));
        });
    }

    @Test
    void theNearestOfSeveralAnnotationsHolds() {
        runner.run(context -> {
            assertThat(context.getBean(AnnotatedClass.class.getName(), AnnotatedClass.class)
                            .outside())
                    .isNull();
            assertThat(context.getBean(OverInterface.class).xid()).isNull();
        });
    }

    @Test
    void propagationSaysWhatHappensToTheCallersTransaction() {
        run(service -> {
            Xid outer = service.required(() -> {
                Xid xid = current();
                assertThat(service.required(GlobalTransactionContext::currentXid))
                        .isEqualTo(xid);
                assertThat(service.mandatory(GlobalTransactionContext::currentXid))
                        .isEqualTo(xid);
                assertThat(service.supports(GlobalTransactionContext::currentXid))
                        .isEqualTo(xid);
                assertThat(service.<@Nullable Xid>notSupported(GlobalTransactionContext::currentXid))
                        .isNull();
                assertThat(service.requiresNew(GlobalTransactionContext::currentXid))
                        .isNotNull()
                        .isNotEqualTo(xid);
                assertThatThrownBy(() -> service.never(() -> "never")).isInstanceOf(UsageException.class);
                return xid;
            });

            assertThat(outcome(outer).status()).isEqualTo(TransactionStatus.COMMITTED);
            assertThat(service.<@Nullable Xid>supports(GlobalTransactionContext::currentXid))
                    .isNull();
            assertThatThrownBy(() -> service.mandatory(() -> "never")).isInstanceOf(UsageException.class);
        });
    }

    @Test
    void aJoinedMethodThatThrowsRollsBackThoughItsCallerSwallowsIt() {
        run(service -> assertThatThrownBy(() -> service.required(() -> {
                    assertThat(catchThrowable(() -> service.required(() -> {
                                throw new IllegalStateException("inner failure");
                            })))
                            .isInstanceOf(IllegalStateException.class);
                    return "as if nothing had happened";
                }))
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("inner failure"));
    }

    @Test
    void itRunsOutsideOfTransactionalOnTheSameMethod() {
        run(service -> {
            List<String> events = new ArrayList<>();
            Xid xid = service.local(() -> {
                Xid current = current();
                TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                    @Override
                    public void afterCompletion(int status) {
                        events.add("local transaction ended in " + GlobalTransactionContext.currentXid() + ", "
                                + outcome(current).status());
                    }
                });
                return current;
            });

            assertThat(events).containsExactly("local transaction ended in " + xid + ", ACTIVE");
        });
    }

    @Test
    void everyAttemptOfARetriedMethodIsAGlobalTransactionOfItsOwn() {
        run(service -> {
            List<Xid> attempts = new ArrayList<>();
            service.retried(() -> {
                attempts.add(current());
                if (attempts.size() < 3) {
                    throw new IllegalStateException("attempt " + attempts.size());
                }
                return "done";
            });

            assertThat(attempts).hasSize(3).doesNotHaveDuplicates();
            assertRolledBack(attempts.get(0), RollbackReason.APPLICATION, "attempt 1");
            assertThat(outcome(attempts.get(2)).status()).isEqualTo(TransactionStatus.COMMITTED);
        });
    }

    /** As {@code @EnableTransactionManagement(order = 0)} does. */
    @Test
    void transactionalThatAnOrderPutsOutsideIsRefusedAndTheOrderIsNamed() {
        runner.withInitializer(context -> context.addBeanFactoryPostProcessor(factory -> factory.getBeanDefinition(
                                TransactionManagementConfigUtils.TRANSACTION_ADVISOR_BEAN_NAME)
                        .getPropertyValues()
                        .add("order", 0)))
                .run(context -> assertThatThrownBy(
                                () -> context.getBean(Inheriting.class).xid())
                        .isInstanceOf(UsageException.class)
                        .hasMessageContaining("Inheriting.xid")
                        .hasMessageContaining("@EnableTransactionManagement(order = ..)"));
    }

    @Test
    void beginningInsideAnOpenLocalTransactionIsRefused() {
        runner.run(context -> {
            Service service = context.getBean(Service.class);
            TransactionTemplate local = new TransactionTemplate(context.getBean(DataSourceTransactionManager.class));

            assertThatThrownBy(() -> local.execute(status -> uncheck(() -> service.required(() -> "not run"))))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("Service.required")
                    .hasMessageContaining("Put @GlobalTransactional on the method that opens the local transaction");
            service.required(
                    () -> local.execute(status -> uncheck(() -> service.required(() -> "joining is allowed"))));
        });
    }

    @Test
    void theAnnotationsTimeoutCounts() {
        run(service -> assertThatThrownBy(() -> service.hasty(() -> {
                    Xid xid = current();
                    Awaitility.await()
                            .pollInterval(Duration.ofMillis(20))
                            .until(() -> outcome(xid).status() != TransactionStatus.ACTIVE);
                    return "too late";
                }))
                .isInstanceOfSatisfying(
                        RolledBackException.class,
                        error -> assertThat(error.reason()).isEqualTo(RollbackReason.TIMEOUT)));
    }

    @Test
    void workOnAnotherThreadIsInTheTransactionOnlyWhereItIsWrapped() {
        run(service -> service.required(() -> {
            List<@Nullable Xid> seen = new ArrayList<>();
            CountDownLatch done = new CountDownLatch(1);
            new Thread(GlobalTransactionContext.wrap(() -> {
                        seen.add(GlobalTransactionContext.currentXid());
                        done.countDown();
                    }))
                    .start();
            assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(seen).containsExactly(current());
            return "done";
        }));
    }

    private void run(ThrowingConsumer test) {
        runner.run(context -> test.accept(context.getBean(Service.class)));
    }

    private TransactionStatus statusAfter(Method method, Throwable failure) {
        List<Xid> seen = new ArrayList<>();
        assertThat(catchThrowable(() -> method.call(() -> {
                    seen.add(current());
                    if (failure instanceof Error error) {
                        throw error;
                    }
                    throw (Exception) failure;
                })))
                .isSameAs(failure);
        return outcome(seen.get(0)).status();
    }

    private static <T> T uncheck(Callable<T> work) {
        try {
            return work.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Xid current() {
        return Objects.requireNonNull(GlobalTransactionContext.currentXid());
    }

    private static Outcome outcome(Xid xid) {
        return client.outcome(xid).join().orElseThrow();
    }

    private static void assertRolledBack(Xid xid, RollbackReason reason, String detail) {
        Outcome outcome = outcome(xid);
        assertThat(outcome.status()).isIn(TransactionStatus.ROLLING_BACK, TransactionStatus.ROLLED_BACK);
        assertThat(outcome.rollback()).satisfies(rollback -> {
            assertThat(rollback.reason()).isEqualTo(reason);
            assertThat(rollback.detail()).contains(detail);
        });
    }

    @FunctionalInterface
    interface ThrowingConsumer {
        void accept(Service service) throws Exception;
    }

    @FunctionalInterface
    interface Method {
        Object call(Callable<String> work) throws Exception;
    }

    @Retention(RetentionPolicy.RUNTIME)
    @GlobalTransactional
    @interface Paying {}

    static class Service {

        @GlobalTransactional
        public <T> T required(Callable<T> work) throws Exception {
            return work.call();
        }

        @GlobalTransactional(propagation = Propagation.REQUIRES_NEW)
        public <T> T requiresNew(Callable<T> work) throws Exception {
            return work.call();
        }

        @GlobalTransactional(propagation = Propagation.SUPPORTS)
        public <T> T supports(Callable<T> work) throws Exception {
            return work.call();
        }

        @GlobalTransactional(propagation = Propagation.NOT_SUPPORTED)
        public <T> T notSupported(Callable<T> work) throws Exception {
            return work.call();
        }

        @GlobalTransactional(propagation = Propagation.MANDATORY)
        public <T> T mandatory(Callable<T> work) throws Exception {
            return work.call();
        }

        @GlobalTransactional(propagation = Propagation.NEVER)
        public <T> T never(Callable<T> work) throws Exception {
            return work.call();
        }

        @GlobalTransactional(
                rollbackFor = {IOException.class, NumberFormatException.class},
                noRollbackFor = IllegalArgumentException.class)
        public <T> T withRules(Callable<T> work) throws Exception {
            return work.call();
        }

        @Transactional
        @GlobalTransactional
        public <T> T local(Callable<T> work) throws Exception {
            return work.call();
        }

        @Retryable(maxRetries = 3, delay = 1)
        @GlobalTransactional
        public <T> T retried(Callable<T> work) throws Exception {
            return work.call();
        }

        @GlobalTransactional(timeout = "${hasty.timeout:100ms}")
        public <T> T hasty(Callable<T> work) throws Exception {
            return work.call();
        }

        @Paying
        public @Nullable Xid metaAnnotated() {
            return GlobalTransactionContext.currentXid();
        }

        public @Nullable Xid notAnnotated() {
            return GlobalTransactionContext.currentXid();
        }
    }

    @Transactional
    @GlobalTransactional
    static class AnnotatedClass {
        public @Nullable Xid xid() {
            return GlobalTransactionContext.currentXid();
        }

        String packagePrivate() {
            return seen();
        }

        protected String isProtected() {
            return seen();
        }

        private static String seen() {
            return GlobalTransactionContext.currentXid() + " "
                    + TransactionSynchronizationManager.isActualTransactionActive();
        }

        @GlobalTransactional(propagation = Propagation.NOT_SUPPORTED)
        public @Nullable Xid outside() {
            return GlobalTransactionContext.currentXid();
        }
    }

    static class Inheriting extends AnnotatedClass {}

    /** The annotation of the interface is repeated with another meaning. */
    static class OverInterface implements AnnotatedInterface {
        @Override
        @GlobalTransactional(propagation = Propagation.NOT_SUPPORTED)
        public @Nullable Xid xid() {
            return GlobalTransactionContext.currentXid();
        }
    }

    interface AnnotatedInterface {
        @GlobalTransactional
        @Nullable Xid xid();
    }

    static class OfInterface implements AnnotatedInterface {
        @Override
        public @Nullable Xid xid() {
            return GlobalTransactionContext.currentXid();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement(proxyTargetClass = true)
    @EnableResilientMethods(proxyTargetClass = true)
    @Import({
        AnnotationConfiguration.class,
        Service.class,
        AnnotatedClass.class,
        Inheriting.class,
        OfInterface.class,
        OverInterface.class
    })
    static class Application {

        /** As repositories are that a framework makes of an interface. */
        @Bean
        AnnotatedInterface ofNoClass() {
            AnnotatedInterface target = GlobalTransactionContext::currentXid;
            return (AnnotatedInterface) Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {AnnotatedInterface.class},
                    (proxy, method, arguments) -> method.invoke(target, arguments));
        }

        @Bean
        GlobalTransactionTemplate template() {
            return new GlobalTransactionTemplate(new GlobalTransactions(
                    client, TransactionListener.NONE, new LocalTransactionGuard(() -> false), Duration.ZERO));
        }

        @Bean
        DataSource dataSource() {
            return new SimpleDriverDataSource(new org.h2.Driver(), "jdbc:h2:mem:annotations;DB_CLOSE_DELAY=-1");
        }

        @Bean
        DataSourceTransactionManager transactionManager(DataSource dataSource) {
            return new DataSourceTransactionManager(dataSource);
        }
    }
}
