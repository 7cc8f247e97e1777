package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.GlobalTransactional;
import io.dtx.error.UsageException;
import io.dtx.test.EmbeddedCoordinator;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** A user's test class whose methods are transactional, of a service that begins global transactions. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
@Transactional
@DirtiesContext
class TransactionalTestMethodTests {

    private static final EmbeddedCoordinator COORDINATOR = EmbeddedCoordinator.start();

    private final ApplicationContext application;
    private final Payments payments;
    private final JdbcClient accounts;

    @Autowired
    TransactionalTestMethodTests(ApplicationContext application, Payments payments, JdbcClient accounts) {
        this.application = application;
        this.payments = payments;
        this.accounts = accounts;
    }

    @DynamicPropertySource
    static void coordinator(DynamicPropertyRegistry properties) {
        properties.add("dtx.coordinator.addresses", COORDINATOR::address);
    }

    @AfterAll
    static void stopCoordinator() {
        COORDINATOR.close();
    }

    @BeforeEach
    void fill() {
        Wait.untilConnected(application);
        Accounts.reset(accounts);
    }

    @Test
    void aGlobalTransactionIsRefusedAndTheRemedyIsTold() {
        assertThatThrownBy(() -> payments.pay(30))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("Payments.pay")
                .hasMessageContaining("aGlobalTransactionIsRefusedAndTheRemedyIsTold")
                .hasMessageContaining("in a test, take @Transactional off");

        assertThat(Accounts.balance(accounts)).isEqualTo(100);
    }

    @Test
    @Transactional(propagation = Propagation.NOT_SUPPORTED)
    void withoutATransactionOfTheTestItRunsAndStays() {
        payments.pay(30);

        assertThat(Accounts.balance(accounts)).isEqualTo(70);
    }

    @Test
    void workWithoutAGlobalTransactionIsTheTestsOwn() {
        Accounts.add(accounts, -30);

        assertThat(Accounts.balance(accounts)).isEqualTo(70);
    }

    static class Payments {

        private final JdbcClient accounts;

        Payments(JdbcClient accounts) {
            this.accounts = accounts;
        }

        @GlobalTransactional
        public void pay(int amount) {
            Accounts.add(accounts, -amount);
        }
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @Import(Payments.class)
    static class Application {

        @Bean
        DataSource dataSource() {
            return Accounts.database("transactional-test");
        }
    }
}
