package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.GlobalTransactional;
import io.dtx.test.EmbeddedCoordinator;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;

/** An application with two data sources, no web and no Spring Cloud: the README's first example. */
class TwoDataSourcesTests {

    private static EmbeddedCoordinator coordinator;
    private static ConfigurableApplicationContext application;

    @BeforeAll
    static void start() {
        coordinator = EmbeddedCoordinator.start();
        application = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties("dtx.coordinator.addresses=" + coordinator.address(), "spring.application.name=one")
                .run();
        Wait.untilConnected(application);
    }

    @AfterAll
    static void stop() {
        application.close();
        coordinator.close();
    }

    @BeforeEach
    void fill() {
        application.getBeansOfType(JdbcClient.class).values().forEach(Accounts::reset);
    }

    @Test
    void aMethodThatReturnsMovesTheMoney() {
        application.getBean(Transfers.class).transfer(30, false);

        assertThat(balance("left")).isEqualTo(70);
        assertThat(balance("right")).isEqualTo(130);
        Awaitility.await().untilAsserted(this::assertNothingIsLeftBehind);
    }

    @DisplayName("I10: an exception undoes what both databases had committed")
    @Test
    void i10_anExceptionUndoesBoth() {
        assertThatThrownBy(() -> application.getBean(Transfers.class).transfer(30, true))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("after both")
                .hasNoSuppressedExceptions();

        Awaitility.await().untilAsserted(() -> {
            assertThat(balance("left")).isEqualTo(100);
            assertThat(balance("right")).isEqualTo(100);
            assertNothingIsLeftBehind();
        });
    }

    private void assertNothingIsLeftBehind() {
        assertThat(Accounts.undoRows(client("left"))).isZero();
        assertThat(Accounts.undoRows(client("right"))).isZero();
    }

    private static int balance(String name) {
        return Accounts.balance(client(name));
    }

    private static JdbcClient client(String name) {
        return application.getBean(name + "Client", JdbcClient.class);
    }

    static class Transfers {

        private final JdbcClient left;
        private final JdbcClient right;

        Transfers(@Qualifier("leftClient") JdbcClient left, @Qualifier("rightClient") JdbcClient right) {
            this.left = left;
            this.right = right;
        }

        @GlobalTransactional
        public void transfer(int amount, boolean fail) {
            Accounts.add(left, -amount);
            Accounts.add(right, amount);
            assertThat(Accounts.balance(left)).as("phase one has committed").isEqualTo(100 - amount);
            if (fail) {
                throw new IllegalStateException("after both");
            }
        }
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @Import(Transfers.class)
    static class Application {

        @Bean
        DataSource left() {
            return Accounts.database("two_left");
        }

        @Bean
        DataSource right() {
            return Accounts.database("two_right");
        }

        @Bean
        JdbcClient leftClient(@Qualifier("left") DataSource left) {
            return JdbcClient.create(left);
        }

        @Bean
        JdbcClient rightClient(@Qualifier("right") DataSource right) {
            return JdbcClient.create(right);
        }
    }
}
