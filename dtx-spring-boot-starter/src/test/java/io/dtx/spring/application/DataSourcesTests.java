package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alibaba.druid.pool.DruidDataSource;
import com.alibaba.druid.spring.boot4.autoconfigure.DruidDataSourceAutoConfigure;
import com.alibaba.druid.stat.JdbcSqlStat;
import com.zaxxer.hikari.HikariDataSource;
import io.dtx.rm.Resource;
import io.dtx.rm.ResourceManager;
import io.dtx.spring.autoconfigure.StartFailure;
import io.dtx.spring.jdbc.ManagedDataSource;
import io.dtx.test.EmbeddedCoordinator;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.awaitility.Awaitility;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceProperties;
import org.springframework.boot.jdbc.autoconfigure.metrics.DataSourcePoolMetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.autoconfigure.RefreshAutoConfiguration;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Data sources of every make roll back, and stay what they were for everyone else. */
@ExtendWith(OutputCaptureExtension.class)
class DataSourcesTests {

    private static EmbeddedCoordinator coordinator;

    private final String url = Accounts.freshUrl();
    private final ApplicationContextRunner runner = Shop.on(coordinator);
    private final ApplicationContextRunner boot = runner.withConfiguration(
                    AutoConfigurations.of(DataSourceAutoConfiguration.class))
            .withPropertyValues("spring.datasource.url=" + url, "spring.datasource.username=sa");

    @BeforeAll
    static void start() {
        coordinator = EmbeddedCoordinator.start();
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    @Test
    void hikariRollsBackUnderItsOwnClassAndBootsGaugesSeeThePool() {
        boot.withConfiguration(AutoConfigurations.of(
                        MetricsAutoConfiguration.class,
                        SimpleMetricsExportAutoConfiguration.class,
                        DataSourcePoolMetricsAutoConfiguration.class))
                .run(application -> {
                    HikariDataSource pool = application.getBean(HikariDataSource.class);
                    Shop.assertRollsBack(application, pool);

                    MeterRegistry meters = application.getBean(MeterRegistry.class);
                    try (var connection = pool.getConnection()) {
                        assertThat(connection.isValid(1)).isTrue();
                        assertThat(meters.get("jdbc.connections.active").gauge().value())
                                .isEqualTo(1);
                        assertThat(meters.get("hikaricp.connections.active")
                                        .gauge()
                                        .value())
                                .isEqualTo(1);
                    }
                });
    }

    @Test
    void druidRollsBackUnderItsOwnClassAndItsMonitoringSeesTheStatements() {
        runner.withConfiguration(AutoConfigurations.of(DruidDataSourceAutoConfigure.class))
                .withPropertyValues(
                        "spring.datasource.druid.url=" + url,
                        "spring.datasource.druid.username=sa",
                        "spring.datasource.druid.filters=stat")
                .run(application -> {
                    DruidDataSource pool = application.getBean(DruidDataSource.class);
                    Shop.assertRollsBack(application, pool);

                    Map<String, JdbcSqlStat> statements = pool.getSqlStatMap();
                    assertThat(statements).containsKey("UPDATE account SET balance = balance + ? WHERE id = 1");
                    assertThat(pool.getStatData()).containsEntry("ActiveCount", 0);
                });
    }

    @Test
    void dbcpRollsBackUnderItsOwnClass() {
        boot.withPropertyValues("spring.datasource.type=" + BasicDataSource.class.getName())
                .run(application -> Shop.assertRollsBack(application, application.getBean(BasicDataSource.class)));
    }

    @Test
    void whatDelegatesRollsBackAndWhatItDelegatesToIsManagedOnce() {
        runner.withUserConfiguration(Delegating.class).run(application -> {
            for (String name : List.of("lazy", "aware", "observed")) {
                Shop.assertRollsBack(application, application.getBean(name, DataSource.class));
            }
            assertThat(names(application)).containsExactlyInAnyOrder("pool", "lazy");
        });
    }

    @Test
    void theTargetsOfARoutingDataSourceRollBackEachInItsOwnDatabase() {
        runner.withUserConfiguration(Routing.class).run(application -> {
            Tenants tenants = application.getBean(Tenants.class);
            for (String tenant : List.of("bean", "made")) {
                tenants.use(tenant);
                Shop.assertRollsBack(application, tenants);
            }
            assertThat(names(application)).containsExactlyInAnyOrder("bean", "tenants[made]");
        });
    }

    @Test
    void aTargetThatComesLaterRollsBackAsDoThoseThatWereThere() {
        runner.withUserConfiguration(Routing.class).run(application -> {
            Tenants tenants = application.getBean(Tenants.class);
            tenants.setTargetDataSources(Map.of("made", pool(url), "late", pool(Accounts.freshUrl())));
            tenants.afterPropertiesSet();

            for (String tenant : List.of("late", "made")) {
                tenants.use(tenant);
                Shop.assertRollsBack(application, tenants);
                Shop.assertRollsBack(application, new TransactionAwareDataSourceProxy(tenants));
            }
            assertThat(names(application)).contains("tenants[late]");
        });
    }

    @Test
    void targetsThatARoutingDataSourceMakesOnDemandRollBack() {
        runner.withBean("onDemand", OnDemand.class, OnDemand::new).run(application -> {
            OnDemand tenants = application.getBean(OnDemand.class);
            for (String tenant : List.of("first", "second")) {
                tenants.use(tenant);
                Shop.assertRollsBack(application, tenants);
            }
            assertThat(names(application)).containsExactly("onDemand[first]", "onDemand[second]");
        });
    }

    @Test
    void aTargetMadeForOneConnectionIsRememberedOnlyWhereItIsNeeded() {
        runner.withBean("wasteful", Wasteful.class, () -> new Wasteful(url)).run(application -> {
            Wasteful tenants = application.getBean(Wasteful.class);
            Accounts.reset(JdbcClient.create(tenants));
            assertThat(names(application)).isEmpty();

            Shop.assertRollsBack(application, tenants);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aConnectionFromAnUnknownTargetIsRefusedInAGlobalTransactionOnly(boolean besideAKnownOne) {
        Supplier<Hiding> made = () -> {
            Hiding hiding = new Hiding(url);
            if (besideAKnownOne) {
                hiding.setDefaultTargetDataSource(pool(Accounts.freshUrl()));
            }
            return hiding;
        };
        runner.withBean("hiding", Hiding.class, made).run(application -> {
            JdbcClient client = JdbcClient.create(application.getBean(Hiding.class));
            Accounts.reset(client);
            Wait.untilConnected(application);

            assertThatThrownBy(() -> Shop.inGlobalTransaction(application, () -> Accounts.add(client, -30)))
                    .hasStackTraceContaining("DataSource bean 'hiding' gave a connection from nobody knows where");

            assertThat(Accounts.balance(client)).isEqualTo(100);
        });
    }

    @Test
    void aConnectionThatARoutingDataSourcePreparesItselfRollsBack() {
        runner.withBean("preparing", Preparing.class, Preparing::new).run(application -> {
            Preparing tenants = application.getBean(Preparing.class);
            tenants.setTargetDataSources(Map.of("late", pool(url)));
            tenants.afterPropertiesSet();
            tenants.use("late");
            Shop.assertRollsBack(application, tenants);
        });
    }

    @Test
    void aRoutingDataSourceThatReadsItsTargetsWhenItIsInitialisedReadsThemOnce() {
        runner.withBean("reading", Reading.class, Reading::new).run(application -> {
            Reading tenants = application.getBean(Reading.class);
            Shop.assertRollsBack(application, tenants);
            assertThat(names(application)).containsExactly("reading[only]");
            assertThat(tenants.read()).isEqualTo(1);
        });
    }

    @Test
    void anExcludedTargetThatComesLaterStaysAsItIs() {
        runner.withUserConfiguration(Routing.class, Excluding.class)
                .withPropertyValues("dtx.data-sources.exclude=audit")
                .run(application -> {
                    Tenants tenants = application.getBean(Tenants.class);
                    tenants.setTargetDataSources(
                            Map.of("audit", new DelegatingDataSource(application.getBean("audit", DataSource.class))));
                    tenants.afterPropertiesSet();
                    tenants.use("audit");
                    assertStays(application, tenants, "excluded");
                });
    }

    @Test
    void aTargetThatIsNoBeanIsExcludedByTheNameOfTheRoutingDataSourceAndItsKey(CapturedOutput output) {
        runner.withUserConfiguration(Routing.class)
                .withPropertyValues("dtx.data-sources.exclude=tenants[made]")
                .run(application -> {
                    Tenants tenants = application.getBean(Tenants.class);
                    tenants.use("made");
                    assertStays(application, tenants, "excluded");
                    tenants.use("bean");
                    Shop.assertRollsBack(application, tenants);
                    assertThat(names(application)).containsExactly("bean");
                    assertThat(output).doesNotContain("dtx.data-sources.exclude");
                });
    }

    @Test
    void aTargetThatIsExcludedByItsKeyMayComeLaterWhichIsSaidAtTheStart(CapturedOutput output) {
        runner.withUserConfiguration(Routing.class, TenantsTransactions.class)
                .withPropertyValues("dtx.data-sources.exclude=tenants[late]")
                .run(application -> {
                    assertThat(output)
                            .contains("'tenants[late]' in dtx.data-sources.exclude has met nothing so far")
                            .contains("There are: bean, tenants, tenants[made]");
                    Tenants tenants = application.getBean(Tenants.class);
                    tenants.setTargetDataSources(
                            Map.of("late", pool(Accounts.freshUrl()), "made", pool(Accounts.freshUrl())));
                    tenants.afterPropertiesSet();
                    tenants.use("late");
                    assertStays(application, tenants, "excluded");
                    tenants.use("made");
                    Shop.assertRollsBack(application, tenants);
                    assertThat(names(application)).doesNotContain("tenants[late]");
                    assertThat(output).doesNotContain("does not manage");
                });
    }

    @Test
    void aTargetThatIsExcludedByItsKeyMayBeMadeOnDemand(CapturedOutput output) {
        runner.withBean("onDemand", OnDemand.class, OnDemand::new)
                .withUserConfiguration(TenantsTransactions.class)
                .withPropertyValues("dtx.data-sources.exclude=onDemand[first]")
                .run(application -> {
                    OnDemand tenants = application.getBean(OnDemand.class);
                    tenants.use("first");
                    assertStays(application, tenants, "excluded");
                    tenants.use("second");
                    Shop.assertRollsBack(application, tenants);
                    assertThat(names(application)).containsExactly("onDemand[second]");
                    assertThat(output).doesNotContain("does not manage");
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"made", "READER", "tenant[made]"})
    void anExcludedNameThatNothingGoesByStopsTheStartWhichSaysWhatThereIs(String name) {
        runner.withUserConfiguration(Routing.class)
                .withPropertyValues("dtx.data-sources.exclude=bean," + name)
                .run(application -> {
                    assertThat(application).hasFailed();
                    FailureAnalysis failure = StartFailure.of(application.getStartupFailure());
                    assertThat(failure.getDescription()).contains("'dtx.data-sources.exclude' holds '" + name + "'");
                    assertThat(failure.getAction()).contains("There are: bean, tenants, tenants[made].");
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"tenants[bean]", "rooms[late]", "rooms[made]", "bean[x]"})
    void anExcludedKeyThatNoTargetCanEverBeLeftOutByStopsTheStart(String name) {
        runner.withUserConfiguration(Routing.class)
                .withInitializer(application ->
                        application.addBeanFactoryPostProcessor(factory -> factory.registerAlias("tenants", "rooms")))
                .withPropertyValues("dtx.data-sources.exclude=" + name)
                .run(application -> {
                    assertThat(application).hasFailed();
                    FailureAnalysis failure = StartFailure.of(application.getStartupFailure());
                    assertThat(failure.getDescription()).contains("'dtx.data-sources.exclude' holds '" + name + "'");
                    assertThat(failure.getAction())
                            .contains("There are: bean, tenants, tenants[made].")
                            .contains("A target that is a bean goes by the bean's name");
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"bean,tenants[bean]", "bean,tenants,tenants[made]"})
    void aTargetThatIsLeftOutAlreadyMayBeExcludedByItsKeyAsWell(String names, CapturedOutput output) {
        runner.withUserConfiguration(Routing.class)
                .withPropertyValues("dtx.data-sources.exclude=" + names)
                .run(application -> {
                    assertThat(application).hasNotFailed();
                    assertThat(output).doesNotContain("has met nothing");
                });
    }

    @Test
    void aTargetThatIsExcludedByItsKeyMayComeLaterToARoutingDataSourceBehindAnother(CapturedOutput output) {
        runner.withUserConfiguration(LazyRouting.class)
                .withPropertyValues("dtx.data-sources.exclude=lazy[late]")
                .run(application -> {
                    assertThat(application).hasNotFailed();
                    assertThat(output).contains("'lazy[late]' in dtx.data-sources.exclude has met nothing so far");
                });
    }

    @Test
    void aDefaultTargetThatComesLaterIsNotNamedAfterTheKeyThatWasAskedFor() {
        runner.withUserConfiguration(Routing.class)
                .withPropertyValues("dtx.data-sources.exclude=tenants[late]")
                .run(application -> {
                    Tenants tenants = application.getBean(Tenants.class);
                    tenants.setTargetDataSources(Map.of("made", pool(Accounts.freshUrl())));
                    tenants.setDefaultTargetDataSource(pool(Accounts.freshUrl()));
                    tenants.afterPropertiesSet();
                    tenants.use("late");
                    Shop.assertRollsBack(application, tenants);
                    assertThat(names(application)).contains("tenants[default]");
                });
    }

    @Test
    void aDefaultTargetThatComesLaterIsExcludedAsTheDefault() {
        runner.withUserConfiguration(Routing.class)
                .withPropertyValues("dtx.data-sources.exclude=tenants[default]")
                .run(application -> {
                    Tenants tenants = application.getBean(Tenants.class);
                    tenants.setDefaultTargetDataSource(pool(Accounts.freshUrl()));
                    tenants.afterPropertiesSet();
                    tenants.use("late");
                    assertStays(application, tenants, "excluded");
                    tenants.use("made");
                    Shop.assertRollsBack(application, tenants);
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"audit", "archive", "audit,lazyAudit"})
    void aNameOfABeanMayBeAnyOfItsNamesAndThatOfALazyOne(String names) {
        runner.withUserConfiguration(Excluding.class)
                .withInitializer(application ->
                        application.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .withPropertyValues("dtx.data-sources.exclude=" + names)
                .run(application -> {
                    assertThat(application).hasNotFailed();
                    assertStays(application, application.getBean("audit", DataSource.class), "excluded");
                });
    }

    @Test
    void aRoutingDataSourceWithPrivateConstructorsStays() {
        runner.withUserConfiguration(WithoutVisibleConstructor.class).run(application -> {
            assertThat(application).hasNotFailed();
            Shop.assertRollsBack(application, application.getBean(Tenants.class));
        });
    }

    @Test
    void aRoutingDataSourceForWhichNoProxyCanStandStaysAndWhatSlipsThroughIsReported(CapturedOutput output) {
        runner.withUserConfiguration(Sealing.class).run(application -> {
            Sealed tenants = application.getBean(Sealed.class);
            assertThat(tenants).isNotInstanceOf(ManagedDataSource.class);
            assertThat(output).contains("DataSource bean 'sealed'", "targets that come later");
            Shop.assertRollsBack(application, tenants);

            tenants.setTargetDataSources(Map.of("late", pool(Accounts.freshUrl())));
            tenants.afterPropertiesSet();
            tenants.current = "late";
            assertStays(application, tenants, "");
            assertThat(output).contains("writes to a DataSource that dtx does not manage");
        });
    }

    @Test
    void aScopedDataSourceRollsBackBeforeAndAfterItsScopeHasBeenRefreshed() {
        runner.withConfiguration(AutoConfigurations.of(RefreshAutoConfiguration.class))
                .withUserConfiguration(Refreshed.class)
                .run(application -> {
                    DataSource scoped = application.getBean("scoped", DataSource.class);
                    Shop.assertRollsBack(application, scoped);
                    String first = JdbcClient.create(scoped)
                            .sql("CALL DATABASE()")
                            .query(String.class)
                            .single();

                    application
                            .getBean(org.springframework.cloud.context.scope.refresh.RefreshScope.class)
                            .refreshAll();

                    Shop.assertRollsBack(application, scoped);
                    assertThat(JdbcClient.create(scoped)
                                    .sql("CALL DATABASE()")
                                    .query(String.class)
                                    .single())
                            .as("another instance, which leads elsewhere")
                            .isNotEqualTo(first);
                    Awaitility.await()
                            .atMost(Duration.ofMinutes(1))
                            .untilAsserted(() -> assertThat(names(application))
                                    .as("the closed one is forgotten")
                                    .containsExactly("scoped"));
                });
    }

    @Test
    void aDataSourceOfAChildContextIsForgottenWhenThatCloses() {
        boot.run(application -> {
            ApplicationContextRunner ofChild = runner.withParent(application)
                    .withBean("orders", HikariDataSource.class, () -> pool(Accounts.freshUrl()));
            ofChild.run(child -> {
                assertThat(child.getBeanFactory().getBeanNamesForType(ResourceManager.class, false, false))
                        .as("its parent's")
                        .isEmpty();
                assertThat(names(application)).containsExactly("dataSource", "orders");
                Shop.assertRollsBack(child, child.getBean("orders", DataSource.class));
            });
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .untilAsserted(() -> assertThat(names(application)).containsExactly("dataSource"));
            Shop.assertRollsBack(application);
        });
    }

    @Test
    void whatIsWrappedByHandRollsBackAsABeanAndWithoutBeingOne() {
        runner.withUserConfiguration(ByHand.class).run(application -> {
            assertThat(application.getBean("byHand")).isNotInstanceOf(ManagedDataSource.class);
            Shop.assertRollsBack(application, application.getBean("byHand", DataSource.class));
            Shop.assertRollsBack(
                    application, application.getBean(ResourceManager.class).wrap("hidden", pool(Accounts.freshUrl())));
            assertThat(names(application)).containsExactly("orders", "hidden");
        });
    }

    @Test
    void anExcludedDataSourceStaysAsItIsEvenBehindAnother(CapturedOutput output) {
        runner.withUserConfiguration(Excluding.class)
                .withPropertyValues("dtx.data-sources.exclude=audit")
                .run(application -> {
                    assertThat(names(application)).isEmpty();
                    DataSource lazy = application.getBean("lazyAudit", DataSource.class);
                    assertStays(application, lazy, "in global transactions: none");
                    assertThat(output)
                            .doesNotContain("does not manage")
                            .contains("every DataSource bean is excluded", "@Bean(defaultCandidate = false)");
                });
    }

    @Test
    void anExcludedDataSourceThatTakesThePlaceOfTheMainOneIsReportedAtTheStart(CapturedOutput output) {
        boot.withUserConfiguration(Jobs.class)
                .withPropertyValues("dtx.data-sources.exclude=jobs")
                .run(application -> {
                    assertThat(application.getBeansOfType(DataSource.class))
                            .as("Boot makes no main one beside it")
                            .containsOnlyKeys("jobs");
                    assertThat(output)
                            .contains("DataSource bean 'jobs'", "is excluded")
                            .contains("@Bean(defaultCandidate = false)");
                });
    }

    @Test
    void anExcludedDataSourceIsNoDefaultCandidateBesideTheMainOneThatBootMakes(CapturedOutput output) {
        boot.withUserConfiguration(JobsBesideTheMainOne.class)
                .withPropertyValues("dtx.data-sources.exclude=jobs")
                .run(application -> {
                    assertThat(names(application)).containsExactly("dataSource");
                    Shop.assertRollsBack(application, application.getBean("dataSource", DataSource.class));
                    assertStays(application, application.getBean("jobs", DataSource.class), "excluded");
                    assertThat(output).doesNotContain("defaultCandidate");
                });
    }

    @Test
    void anExcludedDataSourceThatIsTheGivenOneAlthoughAnotherTakesPartIsReportedAtTheStart(CapturedOutput output) {
        runner.withUserConfiguration(ExcludingThePrimary.class)
                .withPropertyValues("dtx.data-sources.exclude=audit")
                .run(application -> {
                    assertThat(names(application)).containsExactly("orders");
                    assertThat(output).contains("DataSource bean 'lazyAudit'", "@Bean(defaultCandidate = false)");
                });
    }

    @Test
    void anExcludedDataSourceWhoseConnectionsComeFromOneThatTakesPartStopsTheStart() {
        runner.withUserConfiguration(ExcludingThePrimary.class)
                .withPropertyValues("dtx.data-sources.exclude=lazyAudit")
                .run(application -> assertTakesPart(application, "lazyAudit", "audit, orders"));
        runner.withUserConfiguration(Routing.class)
                .withPropertyValues("dtx.data-sources.exclude=tenants")
                .run(application -> assertTakesPart(application, "tenants", "bean"));
        runner.withUserConfiguration(ByHand.class)
                .withPropertyValues("dtx.data-sources.exclude=byHand")
                .run(application -> assertTakesPart(application, "byHand", "none"));
    }

    private static void assertTakesPart(AssertableApplicationContext application, String excluded, String others) {
        assertThat(application).hasFailed();
        FailureAnalysis failure = StartFailure.of(application.getStartupFailure());
        assertThat(failure.getDescription())
                .contains("'dtx.data-sources.exclude' holds '" + excluded + "'")
                .contains("its connections come from a data source that takes part");
        assertThat(failure.getAction())
                .contains("Exclude that one")
                .contains("There are: " + others + ".")
                .contains("ResourceManager.wrap");
    }

    /** As docs/data-sources.md has it for a library's own routing data source. */
    @Test
    void anExcludedDataSourceThatDtxCanNotLookIntoMayHaveItsConnectionsFromOthers(CapturedOutput output) {
        runner.withUserConfiguration(Delegating.class)
                .withPropertyValues("dtx.data-sources.exclude=observed")
                .run(application -> {
                    Shop.assertRollsBack(application, application.getBean("observed", DataSource.class));
                    assertThat(output).doesNotContain("dtx.data-sources.exclude");
                });
    }

    @Test
    void aLocalTransactionOnADataSourceThatSlippedThroughIsReported(CapturedOutput output) {
        DataSource hidden = pool(url);
        runner.withBean("hiddenTransactions", JdbcTransactionManager.class, () -> new JdbcTransactionManager(hidden))
                .run(application -> {
                    assertStays(application, hidden, "");
                    assertThat(output).contains("writes to a DataSource that dtx does not manage");
                });
    }

    @Test
    void aBeanThatWasMadeTooEarlyIsReportedAtTheStart(CapturedOutput output) {
        runner.withUserConfiguration(TooEarly.class)
                .run(application -> assertThat(output)
                        .contains("DataSource bean 'early'")
                        .contains("was made before dtx could see it"));
    }

    @Test
    void aBeanThatWasMadeTooEarlyAndIsExcludedAsThatReportSaysIsNotReported(CapturedOutput output) {
        runner.withUserConfiguration(TooEarly.class)
                .withPropertyValues("dtx.data-sources.exclude=early")
                .run(application -> {
                    assertThat(application).hasNotFailed();
                    assertThat(output).doesNotContain("was made before dtx could see it");
                });
    }

    /** What is written to it inside a global transaction that rolls back is not undone. */
    private static void assertStays(ApplicationContext application, DataSource dataSource, String also) {
        JdbcClient client = JdbcClient.create(dataSource);
        Accounts.reset(client);
        Wait.untilConnected(application);
        JdbcTransactionManager transactions =
                application.getBeanProvider(JdbcTransactionManager.class).getIfAvailable();
        assertThatThrownBy(() -> Shop.inGlobalTransaction(application, () -> {
                    if (transactions == null) {
                        Accounts.add(client, -30);
                    } else {
                        new TransactionTemplate(transactions).executeWithoutResult(status -> Accounts.add(client, -30));
                    }
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(Accounts.balance(client)).as(also).isEqualTo(70);
    }

    private static List<String> names(ApplicationContext application) {
        return application.getBean(ResourceManager.class).resources().stream()
                .map(Resource::name)
                .toList();
    }

    private static HikariDataSource pool(String url) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(url);
        pool.setUsername("sa");
        pool.setMaximumPoolSize(4);
        return pool;
    }

    @Configuration
    static class Delegating {
        @Bean
        DataSource pool() {
            return DataSourcesTests.pool(Accounts.freshUrl());
        }

        @Bean
        DataSource aware() {
            return new TransactionAwareDataSourceProxy(pool());
        }

        @Bean
        DataSource lazy() {
            return new LazyConnectionDataSourceProxy(DataSourcesTests.pool(Accounts.freshUrl()));
        }

        /** As monitoring libraries do it: a wrapper that is a bean, too. */
        @Bean
        DataSource observed() {
            return new Observed(pool());
        }
    }

    /** A wrapper that dtx knows nothing of. */
    private static final class Observed extends AbstractDataSource {
        private final DataSource target;

        private Observed(DataSource target) {
            this.target = target;
        }

        @Override
        public Connection getConnection() throws SQLException {
            return target.getConnection();
        }

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
            return target.getConnection(user, password);
        }

        @Override
        public boolean isWrapperFor(Class<?> type) throws SQLException {
            return type.isInstance(this) || target.isWrapperFor(type);
        }
    }

    static class Tenants extends AbstractRoutingDataSource {
        private String current = "bean";

        void use(String tenant) {
            current = tenant;
        }

        @Override
        protected Object determineCurrentLookupKey() {
            return current;
        }
    }

    /** As where tenants are not known before they come. */
    static class OnDemand extends Tenants {
        private final Map<Object, DataSource> pools = new ConcurrentHashMap<>();

        @Override
        public void afterPropertiesSet() {
            // Nothing to resolve.
        }

        @Override
        protected DataSource determineTargetDataSource() {
            return pools.computeIfAbsent(determineCurrentLookupKey(), tenant -> pool(Accounts.freshUrl()));
        }
    }

    static class Wasteful extends Tenants {
        private final String url;

        Wasteful(String url) {
            this.url = url;
            setTargetDataSources(Map.of());
        }

        @Override
        protected DataSource determineTargetDataSource() {
            return new DriverManagerDataSource(url, "sa", "");
        }
    }

    static class Hiding extends Tenants {
        private final DataSource hidden;

        Hiding(String url) {
            hidden = pool(url);
            setTargetDataSources(Map.of());
        }

        @Override
        public Connection getConnection() throws SQLException {
            return hidden.getConnection();
        }
    }

    /** As where tenants share a database, each with a schema. */
    static class Preparing extends Tenants {

        Preparing() {
            setTargetDataSources(Map.of());
        }

        @Override
        public Connection getConnection() throws SQLException {
            Connection connection = super.getConnection();
            connection.setSchema("PUBLIC");
            return connection;
        }
    }

    /** As where the tenants are in a table. */
    static class Reading extends Tenants {
        private int read;

        int read() {
            return read;
        }

        @Override
        public void afterPropertiesSet() {
            read++;
            use("only");
            setTargetDataSources(Map.of("only", pool(Accounts.freshUrl())));
            super.afterPropertiesSet();
        }
    }

    static final class Sealed extends AbstractRoutingDataSource {
        String current = "made";

        Sealed() {
            setTargetDataSources(Map.of("made", pool(Accounts.freshUrl())));
        }

        @Override
        protected Object determineCurrentLookupKey() {
            return current;
        }
    }

    private static class Hidden extends Tenants {
        private Hidden() {
            setTargetDataSources(Map.of("made", pool(Accounts.freshUrl())));
            use("made");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class WithoutVisibleConstructor {
        @Bean
        Tenants hidden() {
            return new Hidden();
        }
    }

    @Configuration
    static class Routing {
        @Bean
        DataSource bean() {
            return pool(Accounts.freshUrl());
        }

        @Bean
        Tenants tenants() {
            Tenants tenants = new Tenants();
            tenants.setTargetDataSources(Map.of("bean", bean(), "made", pool(Accounts.freshUrl())));
            return tenants;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class LazyRouting {
        @Bean
        DataSource lazy() {
            Tenants tenants = new Tenants();
            tenants.setTargetDataSources(Map.of("made", pool(Accounts.freshUrl())));
            tenants.afterPropertiesSet();
            return new LazyConnectionDataSourceProxy(tenants);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TenantsTransactions {
        @Bean
        JdbcTransactionManager transactions(Tenants tenants) {
            return new JdbcTransactionManager(tenants);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Sealing {
        @Bean
        Sealed sealed() {
            return new Sealed();
        }

        @Bean
        JdbcTransactionManager transactions(Sealed sealed) {
            return new JdbcTransactionManager(sealed);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Refreshed {
        @Bean
        @RefreshScope
        HikariDataSource scoped() {
            return pool(Accounts.freshUrl());
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ByHand {
        @Bean
        DataSource byHand(ResourceManager dtx) {
            return dtx.wrap("orders", pool(Accounts.freshUrl()));
        }
    }

    @Configuration
    static class Excluding {
        @Bean({"audit", "archive"})
        DataSource audit() {
            return pool(Accounts.freshUrl());
        }

        @Bean
        DataSource lazyAudit() {
            return new LazyConnectionDataSourceProxy(audit());
        }

        @Bean
        JdbcTransactionManager transactions() {
            return new JdbcTransactionManager(lazyAudit());
        }
    }

    /** As one writes it for Quartz or Spring Batch. */
    @Configuration(proxyBeanMethods = false)
    static class Jobs {
        @Bean
        DataSource jobs(DataSourceProperties properties) {
            return properties.initializeDataSourceBuilder().build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class JobsBesideTheMainOne {
        @Bean(defaultCandidate = false)
        DataSource jobs(DataSourceProperties properties) {
            return properties.initializeDataSourceBuilder().build();
        }
    }

    @Configuration
    static class ExcludingThePrimary {
        @Bean
        DataSource audit() {
            return pool(Accounts.freshUrl());
        }

        @Bean
        @Primary
        DataSource lazyAudit() {
            return new LazyConnectionDataSourceProxy(audit());
        }

        @Bean
        DataSource orders() {
            return pool(Accounts.freshUrl());
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TooEarly {
        @Bean
        DataSource early() {
            return new DelegatingDataSource(new JdbcDataSource());
        }

        @Bean
        static BeanFactoryPostProcessor tooEager() {
            return factory -> factory.getBean("early");
        }
    }
}
