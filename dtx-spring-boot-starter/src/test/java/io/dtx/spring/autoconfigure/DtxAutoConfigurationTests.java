package io.dtx.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.GlobalTransactionContext;
import io.dtx.GlobalTransactionTemplate;
import io.dtx.GlobalTransactional;
import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.error.CoordinatorUnavailableException;
import io.dtx.error.RolledBackException;
import io.dtx.error.UsageException;
import io.dtx.model.BranchId;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.spring.circuitbreaker.CircuitBreakerFactoryPostProcessor;
import io.dtx.spring.feign.GlobalTransactionCapability;
import io.dtx.spring.health.DtxHealthIndicator;
import io.dtx.spring.http.HttpClientPostProcessor;
import io.dtx.spring.http.RestTemplateBuilderPostProcessor;
import io.dtx.spring.jdbc.ManagedDataSource;
import io.dtx.spring.jpa.OpenPersistenceContexts;
import io.dtx.spring.mybatis.OpenSqlSessions;
import io.dtx.spring.task.TaskDecoratorPostProcessor;
import io.dtx.spring.transaction.Resourceless;
import io.dtx.spring.web.HandlerErrorRecorder;
import io.dtx.spring.web.ParticipationFilter;
import io.dtx.spring.webflux.RefusingWebFilter;
import io.dtx.spring.webflux.WebClientPostProcessor;
import io.dtx.test.EmbeddedCoordinator;
import io.dtx.tm.Work;
import jakarta.transaction.UserTransaction;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.TaskDecorator;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.RollbackOn;
import org.springframework.transaction.jta.JtaTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@ExtendWith(OutputCaptureExtension.class)
class DtxAutoConfigurationTests {

    private static final AutoConfigurations DTX =
            AutoConfigurations.of(DtxAutoConfiguration.class, AopAutoConfiguration.class);

    private CompletableFuture<Void> restarted = CompletableFuture.completedFuture(null);
    private final String nobody = "127.0.0.1:" + freePort();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(DTX)
            .withPropertyValues("dtx.coordinator.addresses=" + nobody);

    static class Service {
        @GlobalTransactional
        public String pay() {
            return "paid";
        }

        @GlobalTransactional
        public void fail(Work<String, IOException> work) throws IOException {
            work.run();
        }

        @GlobalTransactional(rollbackFor = SQLException.class, noRollbackFor = FileNotFoundException.class)
        public void failExpected(Work<String, IOException> work) throws IOException {
            work.run();
        }
    }

    @Test
    void anApplicationThatHasNothingElseStarts() {
        runner.withClassLoader(new FilteredClassLoader(
                        "jakarta.servlet",
                        "org.springframework.web",
                        "org.springframework.http",
                        "org.springframework.boot.restclient",
                        "org.springframework.boot.health",
                        "org.springframework.orm",
                        "jakarta.persistence",
                        "org.mybatis",
                        "org.apache.ibatis",
                        "org.springframework.cloud",
                        "feign",
                        "reactor",
                        "com.zaxxer",
                        "com.fasterxml"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(GlobalTransactionTemplate.class)
                        .doesNotHaveBean("dtxFeignCapability")
                        .doesNotHaveBean("dtxOpenPersistenceContexts")
                        .doesNotHaveBean("dtxOpenSqlSessions")
                        .doesNotHaveBean("dtxHealthIndicator"));
    }

    @Test
    void anExecutorBuiltByHandTakesTheTransactionAlongWithTheDecorator() {
        Participation participation = new Participation(Xid.mint("cluster1", 1_000, new byte[10]));
        runner.run(context -> {
            ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
            executor.setTaskDecorator(context.getBean("dtxTaskDecorator", TaskDecorator.class));
            executor.initialize();
            CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
            try {
                assertThat(executor.submit(GlobalTransactionContext::currentXid).get())
                        .isEqualTo(participation.xid());
            } finally {
                scope.close();
                executor.shutdown();
            }
        });
    }

    @Test
    void tasksAreLeftAloneOnRequest() {
        runner.withPropertyValues("dtx.propagation.tasks=false")
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(TaskDecorator.class)
                        .doesNotHaveBean(TaskDecoratorPostProcessor.class));
    }

    @Test
    void theJdksOwnRepetitionOfPostsIsSwitchedOff() {
        String before = System.clearProperty("sun.net.http.retryPost");
        try {
            runner.run(context ->
                    assertThat(System.getProperty("sun.net.http.retryPost")).isEqualTo("false"));
        } finally {
            System.setProperty("sun.net.http.retryPost", before == null ? "false" : before);
        }
    }

    @Test
    void whatTheApplicationHasIsUsed() {
        new WebApplicationContextRunner()
                .withConfiguration(DTX)
                .withPropertyValues("dtx.coordinator.addresses=" + nobody)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(ParticipationFilter.class)
                        .hasSingleBean(HandlerErrorRecorder.class)
                        .hasSingleBean(HttpClientPostProcessor.class)
                        .hasSingleBean(RestTemplateBuilderPostProcessor.class)
                        .hasSingleBean(WebClientPostProcessor.class)
                        .hasSingleBean(GlobalTransactionCapability.class)
                        .hasSingleBean(CircuitBreakerFactoryPostProcessor.class)
                        .hasSingleBean(OpenPersistenceContexts.class)
                        .hasSingleBean(OpenSqlSessions.class)
                        .hasSingleBean(DtxHealthIndicator.class)
                        .doesNotHaveBean(RefusingWebFilter.class));
    }

    @Test
    void aReactiveServiceRefusesXids() {
        new ReactiveWebApplicationContextRunner()
                .withConfiguration(DTX)
                .withPropertyValues("dtx.coordinator.addresses=" + nobody)
                .run(context -> assertThat(context)
                        .hasSingleBean(RefusingWebFilter.class)
                        .doesNotHaveBean(ParticipationFilter.class));
    }

    @Test
    void withoutACoordinatorTheApplicationStartsAndItsGlobalTransactionsFailWithTheAddress() {
        runner.withBean(Service.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThatThrownBy(() -> context.getBean(Service.class).pay())
                    .isInstanceOf(CoordinatorUnavailableException.class)
                    .hasMessageContaining(nobody);
            assertThat(context.getBean(DtxHealthIndicator.class).health().getStatus())
                    .isEqualTo(Status.DOWN);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"management.health.dtx.enabled=false", "management.health.defaults.enabled=false"})
    void itsPartInTheHealthIsSwitchedOffAsBootsOwnPartsAre(String property) {
        runner.withPropertyValues(property)
                .run(context -> assertThat(context)
                        .hasSingleBean(GlobalTransactionTemplate.class)
                        .doesNotHaveBean(DtxHealthIndicator.class));
    }

    @Test
    void besideJtaWhoseTransactionsBindNothingNoneMayBeOpen() {
        UserTransaction none = (UserTransaction) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {UserTransaction.class},
                (proxy, method, arguments) -> null);
        TransactionTemplate open = new TransactionTemplate(new Resourceless());
        runner.withBean(Service.class)
                .run(context -> open.executeWithoutResult(status -> assertThatThrownBy(
                                () -> context.getBean(Service.class).pay())
                        .isInstanceOf(CoordinatorUnavailableException.class)));
        runner.withBean(Service.class)
                .withBean("jta", JtaTransactionManager.class, () -> new JtaTransactionManager(none))
                .run(context -> open.executeWithoutResult(status -> assertThatThrownBy(
                                () -> context.getBean(Service.class).pay())
                        .isInstanceOf(UsageException.class)
                        .hasMessageContaining("open local transaction")));
    }

    @Test
    void withACoordinatorTheApplicationIsHealthy() {
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start()) {
            runner.withPropertyValues("dtx.coordinator.addresses=" + coordinator.address())
                    .withBean(Service.class)
                    .run(context -> {
                        DtxHealthIndicator health = context.getBean(DtxHealthIndicator.class);
                        Awaitility.await()
                                .untilAsserted(() ->
                                        assertThat(health.health().getStatus()).isEqualTo(Status.UP));
                        assertThat(context.getBean(Service.class).pay()).isEqualTo("paid");
                    });
        }
    }

    @Test
    @DisplayName("I10: what rolls back local transactions everywhere in the application rolls back global ones")
    void i10_whereAllExceptionsRollBackLocalTransactionsTheyRollBackGlobalOnes() {
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start()) {
            runner.withPropertyValues("dtx.coordinator.addresses=" + coordinator.address())
                    .withUserConfiguration(AllExceptionsRollBack.class)
                    .withBean(Service.class)
                    .run(context -> {
                        Awaitility.await().until(context.getBean(CoordinatorClient.class)::connected);
                        Service service = context.getBean(Service.class);
                        GlobalTransactionTemplate template = context.getBean(GlobalTransactionTemplate.class);
                        Set<TransactionStatus> undone =
                                Set.of(TransactionStatus.ROLLING_BACK, TransactionStatus.ROLLED_BACK);

                        assertThat(statusAfter(template, service::fail, new IOException()))
                                .isIn(undone);
                        assertThat(statusAfter(template, template::execute, new IOException()))
                                .isIn(undone);
                        assertThat(statusAfter(template, service::failExpected, new IOException()))
                                .isIn(undone);
                        assertThat(statusAfter(template, service::failExpected, new FileNotFoundException()))
                                .as("of a rule nearer than that of the application")
                                .isEqualTo(TransactionStatus.COMMITTED);
                    });
        }
    }

    private static TransactionStatus statusAfter(
            GlobalTransactionTemplate template, Failing method, IOException failure) {
        List<Xid> seen = new ArrayList<>();
        assertThatThrownBy(() -> method.call(() -> {
                    seen.add(Objects.requireNonNull(GlobalTransactionContext.currentXid()));
                    throw failure;
                }))
                .isSameAs(failure);
        return template.outcome(seen.get(0)).orElseThrow().status();
    }

    @FunctionalInterface
    interface Failing {
        void call(Work<String, IOException> work) throws IOException;
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement(rollbackOn = RollbackOn.ALL_EXCEPTIONS)
    static class AllExceptionsRollBack {}

    /** With times as shipped on both sides: the coordinator waits for the dead one's report for longer than a veto may take. */
    @Test
    @DisplayName("I11: a participant that died while the coordinator was away makes a rollback, and no doubt")
    void i11_aCommitIsWaitedForUntilTheCoordinatorHasGivenUpOnADeadParticipant() {
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start()) {
            runner.withPropertyValues("dtx.coordinator.addresses=" + coordinator.address())
                    .run(context -> {
                        CoordinatorClient client = context.getBean(CoordinatorClient.class);
                        GlobalTransactionTemplate template = context.getBean(GlobalTransactionTemplate.class);
                        assertThatThrownBy(() -> template.execute(() -> {
                                    dieAfterRegistering(
                                            coordinator, Objects.requireNonNull(GlobalTransactionContext.currentXid()));
                                    coordinator.stop();
                                    restarted = CompletableFuture.runAsync(() -> {
                                        Awaitility.await().until(() -> !client.connected());
                                        coordinator.restart();
                                    });
                                    return "asks for the commit while it is away";
                                }))
                                .isInstanceOf(RolledBackException.class)
                                .hasMessageContaining("BRANCH_UNREPORTED");
                        restarted.join();
                    });
        }
    }

    private static void dieAfterRegistering(EmbeddedCoordinator coordinator, Xid xid) {
        try (CoordinatorClient participant =
                CoordinatorClient.start(ClientSettings.of("participant", coordinator.address()))) {
            participant.newXid();
            participant.register(new BranchId(xid, 1), "r1", List.of()).join();
        }
    }

    @Test
    void aWrongTokenIsSaidAndNeverShown(CapturedOutput output) {
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.startWithToken("the-right-token")) {
            runner.withPropertyValues(
                            "dtx.coordinator.addresses=" + coordinator.address(), "dtx.coordinator.token=a-wrong-token")
                    .withBean(Service.class)
                    .run(context -> Awaitility.await()
                            .untilAsserted(() -> assertThatThrownBy(
                                            () -> context.getBean(Service.class).pay())
                                    .hasMessageContaining("token")));
        }
        assertThat(output).doesNotContain("the-right-token").doesNotContain("a-wrong-token");
    }

    @Test
    void oneLineAtTheStartNamesTheCoordinatorAndTheDataSources(CapturedOutput output) {
        runner.withBean(
                        "orders",
                        DataSource.class,
                        () -> new SimpleDriverDataSource(new org.h2.Driver(), "jdbc:h2:mem:start"))
                .withBean(
                        "reports",
                        DataSource.class,
                        () -> new SimpleDriverDataSource(new org.h2.Driver(), "jdbc:h2:mem:start"))
                .withPropertyValues("dtx.data-sources.exclude=reports")
                .run(context -> {
                    assertThat(context.getBean("orders")).isInstanceOf(ManagedDataSource.class);
                    assertThat(context.getBean("reports")).isNotInstanceOf(ManagedDataSource.class);
                    assertThat(output.getOut().lines())
                            .filteredOn(line -> line.contains("dtx: coordinator"))
                            .singleElement()
                            .asString()
                            .contains(nobody)
                            .endsWith("data sources in global transactions: orders");
                });
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
