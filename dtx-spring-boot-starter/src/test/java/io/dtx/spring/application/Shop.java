package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.GlobalTransactionTemplate;
import io.dtx.spring.autoconfigure.DtxAutoConfiguration;
import io.dtx.test.Database;
import io.dtx.test.EmbeddedCoordinator;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceInitializationAutoConfiguration;
import org.springframework.boot.liquibase.autoconfigure.LiquibaseAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/** A small application on one database with the table account, and the question that matters: does it roll back? */
final class Shop {

    private Shop() {}

    /** Without a data source. */
    static ApplicationContextRunner on(EmbeddedCoordinator coordinator) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        DtxAutoConfiguration.class,
                        AopAutoConfiguration.class,
                        DataSourceInitializationAutoConfiguration.class,
                        FlywayAutoConfiguration.class,
                        LiquibaseAutoConfiguration.class))
                .withPropertyValues(
                        "dtx.coordinator.addresses=" + coordinator.address(),
                        "spring.flyway.enabled=false",
                        "spring.liquibase.enabled=false");
    }

    /** With the data source that Spring Boot makes. */
    static ApplicationContextRunner on(EmbeddedCoordinator coordinator, Database database) {
        return on(coordinator)
                .withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
                .withPropertyValues(
                        "spring.datasource.url=" + database.url(),
                        "spring.datasource.username=" + database.user(),
                        "spring.datasource.password=" + database.password());
    }

    /** Writes in a global transaction through the application's data source, and fails after the local commit. */
    static void assertRollsBack(ApplicationContext application) {
        assertRollsBack(application, application.getBean(DataSource.class));
    }

    static void assertRollsBack(ApplicationContext application, DataSource dataSource) {
        JdbcClient client = JdbcClient.create(dataSource);
        Accounts.reset(client);
        Wait.untilConnected(application);
        assertThatThrownBy(() -> inGlobalTransaction(application, () -> {
                    Accounts.add(client, -30);
                    assertThat(Accounts.balance(client))
                            .as("phase one has committed")
                            .isEqualTo(70);
                    throw new IllegalStateException("after the local commit");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("after the local commit");
        Awaitility.await().untilAsserted(() -> {
            assertThat(Accounts.balance(client)).isEqualTo(100);
            assertThat(Accounts.undoRows(client)).isZero();
        });
    }

    static void inGlobalTransaction(ApplicationContext application, Runnable work) {
        application.getBean(GlobalTransactionTemplate.class).executeWithoutResult(work::run);
    }
}
