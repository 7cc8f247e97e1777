package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.dtx.rm.ResourceManager;
import io.dtx.test.EmbeddedCoordinator;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import java.util.Map;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.hibernate.context.spi.CurrentTenantIdentifierResolver;
import org.hibernate.engine.jdbc.connections.spi.AbstractDataSourceBasedMultiTenantConnectionProviderImpl;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.support.TransactionTemplate;

/** Pools that Hibernate's multi-tenancy keeps for itself, beside a main data source that is managed. */
@ExtendWith(OutputCaptureExtension.class)
class MultiTenancyTests {

    private static final String REPORT = "writes on connections that dtx does not manage";

    private static EmbeddedCoordinator coordinator;

    private final HikariDataSource pool = pool();
    private final JdbcClient accounts = JdbcClient.create(pool);

    @BeforeAll
    static void start() {
        coordinator = EmbeddedCoordinator.start();
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    @AfterEach
    void closePool() {
        pool.close();
    }

    @Test
    void aTenantsPoolThatIsNotManagedIsReportedOnce(CapturedOutput output) {
        Shop.on(coordinator).withUserConfiguration(Application.class).run(application -> {
            application.getBean(Tenants.class).current = pool;

            debitAndFail(application);
            debitAndFail(application);

            assertThat(Accounts.balance(accounts)).isEqualTo(70);
            assertThat(output.getOut().lines().filter(line -> line.contains(REPORT)))
                    .singleElement()
                    .asString()
                    .contains("WARN", "ResourceManager.wrap(tenant, dataSource)");
        });
    }

    @DisplayName("I10: a tenant's pool that is wrapped by hand rolls back, and so does the main one")
    @Test
    void i10_aTenantsPoolThatIsWrappedRollsBack(CapturedOutput output) {
        Shop.on(coordinator).withUserConfiguration(Application.class).run(application -> {
            Tenants tenants = application.getBean(Tenants.class);
            tenants.current = application.getBean(ResourceManager.class).wrap("tenant1", pool);

            debitAndFail(application);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(Accounts.balance(accounts)).isEqualTo(100));

            DataSource main = application.getBean(DataSource.class);
            Accounts.reset(JdbcClient.create(main));
            tenants.current = main;
            debit(application);
            assertThat(Accounts.balance(JdbcClient.create(main))).isEqualTo(70);
            assertThat(output).doesNotContain(REPORT);
        });
    }

    private void debitAndFail(ApplicationContext application) {
        Accounts.reset(accounts);
        Wait.untilConnected(application);
        assertThatThrownBy(() -> Shop.inGlobalTransaction(application, () -> {
                    debit(application);
                    throw new IllegalStateException("after the local commit");
                }))
                .hasMessage("after the local commit");
    }

    private static void debit(ApplicationContext application) {
        EntityManager entities =
                SharedEntityManagerCreator.createSharedEntityManager(application.getBean(EntityManagerFactory.class));
        new TransactionTemplate(application.getBean(JpaTransactionManager.class))
                .executeWithoutResult(status -> entities.find(Account.class, 1L).balance -= 30);
    }

    private static HikariDataSource pool() {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(Accounts.freshUrl());
        pool.setUsername("sa");
        pool.setMaximumPoolSize(4);
        return pool;
    }

    @Entity(name = "account")
    static class Account {
        @Id
        long id;

        int balance;
    }

    /** As in every guide to a database for each tenant, but for the map. */
    @SuppressWarnings("serial")
    static final class Tenants extends AbstractDataSourceBasedMultiTenantConnectionProviderImpl<String>
            implements CurrentTenantIdentifierResolver<String> {

        volatile DataSource current;

        Tenants(DataSource main) {
            current = main;
        }

        @Override
        protected DataSource selectAnyDataSource() {
            return current;
        }

        @Override
        protected DataSource selectDataSource(String tenant) {
            return current;
        }

        @Override
        public String resolveCurrentTenantIdentifier() {
            return "tenant1";
        }

        @Override
        public boolean validateExistingCurrentSessions() {
            return true;
        }
    }

    @Configuration
    static class Application {

        @Bean
        DataSource main() {
            return MultiTenancyTests.pool();
        }

        @Bean
        Tenants tenants(DataSource main) {
            return new Tenants(main);
        }

        /** As Spring Boot makes it. */
        @Bean
        LocalContainerEntityManagerFactoryBean entityManagerFactory(DataSource main, Tenants tenants) {
            LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
            factory.setDataSource(main);
            factory.setManagedTypes(PersistenceManagedTypes.of(Account.class.getName()));
            factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
            factory.setJpaPropertyMap(Map.of(
                    "hibernate.multi_tenant_connection_provider", tenants,
                    "hibernate.tenant_identifier_resolver", tenants));
            return factory;
        }

        @Bean
        JpaTransactionManager transactionManager(EntityManagerFactory entityManagers) {
            return new JpaTransactionManager(entityManagers);
        }
    }
}
