package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.dtx.GlobalTransactionContext;
import io.dtx.GlobalTransactionTemplate;
import io.dtx.Propagation;
import io.dtx.model.BranchId;
import io.dtx.model.Outcome;
import io.dtx.model.RowDifference;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Branch;
import io.dtx.server.coordinator.BranchState;
import io.dtx.server.coordinator.Command;
import io.dtx.spring.health.DtxHealthIndicator;
import io.dtx.test.EmbeddedCoordinator;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.search.MeterNotFoundException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;

/** What whoever runs an application sees of its global transactions. */
class OperationsTests {

    /** Long enough to be part of no random id. */
    private static final int OVERWRITTEN = 987_654_321;

    private static EmbeddedCoordinator coordinator;

    private final ApplicationContextRunner runner = Shop.on(coordinator)
            .withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
            .withPropertyValues(
                    "spring.datasource.url=" + Accounts.freshUrl(),
                    "spring.datasource.username=sa",
                    "dtx.lock.wait=20ms");

    @BeforeAll
    static void start() {
        coordinator = EmbeddedCoordinator.start();
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    @Test
    void metersCountWhatBecameOfTransactionsAndTimeLocksAndPhaseTwo() {
        runner.withConfiguration(AutoConfigurations.of(
                        MetricsAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class))
                .run(application -> {
                    MeterRegistry meters = application.getBean(MeterRegistry.class);
                    JdbcClient client = client(application);
                    Shop.assertRollsBack(application);
                    Shop.inGlobalTransaction(application, () -> {
                        Accounts.add(client, 1);
                        GlobalTransactionTemplate another = application
                                .getBean(GlobalTransactionTemplate.class)
                                .withPropagation(Propagation.REQUIRES_NEW);
                        assertThatThrownBy(() -> another.executeWithoutResult(() -> Accounts.add(client, 1)))
                                .hasStackTraceContaining("held by");
                    });

                    assertThat(meters.get("dtx.transactions.begun").counter().count())
                            .isEqualTo(3);
                    assertThat(ended(meters, "committed", "none")).isEqualTo(1);
                    assertThat(ended(meters, "rolled_back", "application")).isEqualTo(2);
                    assertThat(timed(meters, "dtx.lock.wait", "result", "granted"))
                            .isEqualTo(2);
                    assertThat(timed(meters, "dtx.lock.wait", "result", "refused"))
                            .isPositive();
                    assertThat(timed(meters, "dtx.phase.two.lag", "work", "restore"))
                            .isEqualTo(1);
                    Awaitility.await()
                            .ignoreException(MeterNotFoundException.class) // is there with the first release
                            .untilAsserted(() -> assertThat(timed(meters, "dtx.phase.two.lag", "work", "release"))
                                    .isEqualTo(1));
                });
    }

    @Test
    void healthShowsTheCoordinatorAndWhatEachDataSourceLeadsTo() {
        runner.run(application -> {
            Shop.assertRollsBack(application);

            Health health = Objects.requireNonNull(
                    application.getBean(DtxHealthIndicator.class).health());
            assertThat(health.getDetails()).containsEntry("coordinator", "connected");
            assertThat(health.getDetails().get("dataSource")).asString().startsWith("attached: h2:mem:");
        });
    }

    @Test
    void theOutcomeCanBeAskedForByXidAndLogLinesCarryIt() {
        runner.run(application -> {
            Wait.untilConnected(application);
            GlobalTransactionTemplate template = application.getBean(GlobalTransactionTemplate.class);
            JdbcClient client = client(application);
            Accounts.reset(client);

            Xid xid = template.execute(() -> {
                Accounts.add(client, 1);
                Xid current = Objects.requireNonNull(GlobalTransactionContext.currentXid());
                assertThat(MDC.get("xid")).isEqualTo(current.toString());
                assertThat(onAnotherThread(GlobalTransactionContext.wrap(() -> MDC.get("xid"))))
                        .isEqualTo(current.toString());
                assertThat(onAnotherThread(() -> MDC.get("xid"))).isNull();
                return current;
            });

            assertThat(MDC.get("xid")).isNull();
            Optional<Outcome> outcome = template.outcome(xid);
            assertThat(outcome).map(Outcome::status).contains(TransactionStatus.COMMITTED);
        });
    }

    @Test
    void aStalledBranchIsLoggedOnceAndShownWithTheValuesThatMayBeShown() {
        runner.withPropertyValues("dtx.undo-log.show-values-of=account").run(application -> {
            Shop.assertRollsBack(application);
            JdbcClient client = client(application);
            ListAppender<ILoggingEvent> lines = new ListAppender<>();
            lines.start();
            Logger logger = (Logger) LoggerFactory.getLogger("io.dtx.rm");
            logger.addAppender(lines);
            AtomicReference<Xid> xid = new AtomicReference<>();
            try {
                assertThatThrownBy(() -> Shop.inGlobalTransaction(application, () -> {
                            xid.set(GlobalTransactionContext.currentXid());
                            Accounts.add(client, -30);
                            overwrite(application, OVERWRITTEN);
                            throw new IllegalStateException("no");
                        }))
                        .hasMessage("no");
                Branch first = stalled(xid.get(), 1);
                coordinator.operate(
                        new Command.RetryBranch(new BranchId(xid.get(), first.number()), "anna", "not repaired"));
                Branch second = stalled(xid.get(), 2);

                assertThat(second.differences()).isEqualTo(first.differences());
                RowDifference row = first.differences().rows().get(0);
                assertThat(row.columns()).containsExactly("BALANCE");
                assertThat(Objects.requireNonNull(row.contents()).now())
                        .contains(new RowDifference.Cell("BALANCE", Integer.toString(OVERWRITTEN)));
                assertThat(lines.list)
                        .filteredOn(line -> line.getLevel() == Level.ERROR)
                        .as("once, with the XID and where to look, and without values")
                        .singleElement()
                        .satisfies(line -> {
                            assertThat(line.getFormattedMessage())
                                    .contains("is stalled", "GET /transactions/" + xid, "docs/operations.md")
                                    .doesNotContain(Integer.toString(OVERWRITTEN));
                            assertThat(line.getMDCPropertyMap())
                                    .containsEntry("xid", xid.toString())
                                    .containsEntry("branch", Long.toString(first.number()));
                        });
            } finally {
                logger.detachAppender(lines);
                overwrite(application, 70);
                coordinator.operate(new Command.RetryBranch(
                        new BranchId(xid.get(), stalled(xid.get(), 2).number()), "anna", "repaired"));
            }
            Awaitility.await()
                    .untilAsserted(() -> assertThat(Accounts.balance(client)).isEqualTo(100));
        });
    }

    /** By somebody who does not use dtx. */
    private static void overwrite(ApplicationContext application, int balance) {
        String url = Objects.requireNonNull(application.getEnvironment().getProperty("spring.datasource.url"));
        JdbcClient.create(new SimpleDriverDataSource(new org.h2.Driver(), url, "sa", ""))
                .sql("UPDATE account SET balance = ?")
                .param(balance)
                .update();
    }

    private static Branch stalled(Xid xid, int attempt) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(
                        () -> coordinator.read(state ->
                                state.transaction(xid).orElseThrow().branches().get(0)),
                        branch -> branch.state() == BranchState.STALLED && branch.attempt() == attempt);
    }

    @Test
    void everyLocalWriteRespectsGlobalLocksWhereThatIsWanted() {
        runner.withPropertyValues("dtx.local-writes=check").run(application -> {
            Shop.assertRollsBack(application);
            GlobalTransactionTemplate template = application.getBean(GlobalTransactionTemplate.class);
            JdbcClient client = client(application);
            assertThatThrownBy(() -> template.executeWithoutResult(() -> {
                        Accounts.add(client, -30);
                        assertThatThrownBy(() -> template.withPropagation(Propagation.NOT_SUPPORTED)
                                        .executeWithoutResult(() -> Accounts.add(client, 1000)))
                                .hasStackTraceContaining("held by");
                        throw new IllegalStateException("no");
                    }))
                    .hasMessage("no");

            Awaitility.await()
                    .untilAsserted(() -> assertThat(Accounts.balance(client)).isEqualTo(100));
            Awaitility.await().untilAsserted(() -> Accounts.add(client, 5));
            assertThat(Accounts.balance(client)).isEqualTo(105);
        });
    }

    private static double ended(MeterRegistry meters, String outcome, String reason) {
        return meters.get("dtx.transactions")
                .tags("outcome", outcome, "reason", reason)
                .timer()
                .count();
    }

    private static long timed(MeterRegistry meters, String name, String tag, String value) {
        return meters.get(name).tag(tag, value).timer().count();
    }

    private static JdbcClient client(ApplicationContext application) {
        return JdbcClient.create(application.getBean(DataSource.class));
    }

    private static String onAnotherThread(Callable<String> task) throws Exception {
        FutureTask<String> future = new FutureTask<>(task);
        new Thread(future).start();
        return future.get();
    }
}
