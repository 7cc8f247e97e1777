package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.GlobalTransactionContext;
import io.dtx.GlobalTransactional;
import io.dtx.context.TransactionHeaders;
import io.dtx.error.RolledBackException;
import io.dtx.spring.propagation.Peer;
import io.dtx.test.EmbeddedCoordinator;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.MapPropertySource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Every HTTP client, however it was made, in one application that transfers by calling itself. */
class EveryClientTests {

    private static EmbeddedCoordinator coordinator;
    private static Peer peer;
    private static ConfigurableApplicationContext application;
    private static RepeatingProxy proxy;

    @BeforeAll
    static void start() throws IOException {
        coordinator = EmbeddedCoordinator.start();
        peer = new Peer();
        application = new SpringApplicationBuilder(Application.class)
                .properties(
                        "server.port=0",
                        "server.address=127.0.0.1",
                        "spring.application.name=clients",
                        // A discovered service is trusted by its name, wherever its instances are.
                        "dtx.propagation.hosts=127.0.0.1," + Clients.SELF + "," + Clients.PEER,
                        "peer.port=" + peer.uri("/").getPort(),
                        "spring.cloud.loadbalancer.retry.enabled=true",
                        "spring.cloud.loadbalancer.retry.retry-on-all-operations=true",
                        "spring.cloud.loadbalancer.retry.retry-on-all-exceptions=true",
                        "dtx.coordinator.addresses=" + coordinator.address())
                .run();
        proxy = new RepeatingProxy(
                URI.create("http://127.0.0.1:" + application.getEnvironment().getProperty("local.server.port")));
        application
                .getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource("proxy", Map.of("balanced.port", proxy.port())));
        Wait.untilConnected(application);
    }

    @AfterAll
    static void stop() {
        application.close();
        proxy.close();
        peer.close();
        coordinator.close();
    }

    @BeforeEach
    void fill() {
        JdbcClient accounts = application.getBean(JdbcClient.class);
        Accounts.reset(accounts);
        accounts.sql("INSERT INTO account VALUES (2, 100)").update();
    }

    static Stream<String> clients() {
        return Clients.NAMES.stream();
    }

    static Stream<String> balancedClients() {
        return Clients.BALANCED.stream();
    }

    @Test
    void noClientIsLeftOut() {
        assertThat(new TreeSet<>(
                        application.getBeansOfType(Clients.Client.class).keySet()))
                .isEqualTo(new TreeSet<>(Clients.NAMES));
    }

    @ParameterizedTest
    @MethodSource("clients")
    void aTransferThatSucceedsStays(String client) {
        transfers().transfer(client(client), false);

        assertThat(balances()).isEqualTo("70 130");
    }

    @DisplayName("I10: what a called service does and has others do is accounted for by its answer, and commits")
    @ParameterizedTest
    @MethodSource("clients")
    void i10_whatACalledServicePassesOnCommits(String client) {
        transfers().passingOn(client(client), "/pass-on?client=" + client + "&amount=30&own=0");
        assertThat(balances()).isEqualTo("70 130");

        transfers().passingOn(client(client), "/pass-on?client=" + client + "&amount=20&own=10");
        assertThat(balances()).isEqualTo("40 160");
    }

    @DisplayName("I10: a failure after the call undoes what the called service did")
    @ParameterizedTest
    @MethodSource("clients")
    void i10_aFailureAfterTheCallUndoesBoth(String client) {
        assertThatThrownBy(() -> transfers().transfer(client(client), true)).hasMessage("after the call");

        Wait.until(() -> balances().equals("100 100"));
    }

    @DisplayName("T1: a call that ends without an answer undoes the transaction though the caller swallows it")
    @ParameterizedTest
    @MethodSource("clients")
    void t1_anUnansweredCallUndoesTheTransaction(String client) {
        assertThatThrownBy(() -> transfers().swallowing(client(client), Clients.PEER, "/cut-off"))
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("without an answer");

        Wait.until(() -> balances().equals("100 100"));
    }

    @DisplayName("I10: a call that the load balancer repeats, since its answer was lost, is not made twice")
    @ParameterizedTest
    @MethodSource("balancedClients")
    void i10_aCallRepeatedByTheLoadBalancerIsUndone(String client) {
        int before = proxy.received();
        proxy.loseAnswers(1);

        assertThatThrownBy(() -> transfers().swallowing(client(client), Clients.SELF, "/receive?amount=30"))
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("delivered twice");

        assertThat(proxy.received() - before).isEqualTo(2);
        Wait.until(() -> balances().equals("100 100"));
    }

    @DisplayName("T1: a call that the load balancer repeats in vain undoes the transaction, whoever swallows its error")
    @ParameterizedTest
    @MethodSource("balancedClients")
    void t1_aCallRepeatedInVainIsUndone(String client) {
        int before = proxy.received();
        proxy.loseAnswers(2);

        assertThatThrownBy(() -> transfers().swallowing(client(client), Clients.SELF, "/receive?amount=30"))
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("delivered twice");

        assertThat(proxy.received() - before).isEqualTo(2);
        Wait.until(() -> balances().equals("100 100"));
    }

    @ParameterizedTest
    @MethodSource("clients")
    void outsideOfAGlobalTransactionNothingIsCarried(String client) {
        assertThat(client(client).post(Clients.SELF, "/receive?amount=1")).isEqualTo("taken in none by none");
    }

    private static Transfers transfers() {
        return application.getBean(Transfers.class);
    }

    private static Clients.Client client(String name) {
        return application.getBean(name, Clients.Client.class);
    }

    private static String balances() {
        return Accounts.balances(application.getBean(JdbcClient.class));
    }

    static class Transfers {

        private final JdbcClient accounts;

        Transfers(JdbcClient accounts) {
            this.accounts = accounts;
        }

        @GlobalTransactional
        public void transfer(Clients.Client other, boolean fail) {
            Accounts.add(accounts, -30);
            assertThat(other.post(Clients.SELF, "/receive?amount=30"))
                    .startsWith("taken in " + GlobalTransactionContext.currentXid() + " by ")
                    .doesNotEndWith("none");
            if (fail) {
                throw new IllegalStateException("after the call");
            }
        }

        @GlobalTransactional
        public void passingOn(Clients.Client other, String path) {
            Accounts.add(accounts, -30);
            assertThat(other.post(Clients.SELF, path))
                    .contains("/", "taken in " + GlobalTransactionContext.currentXid());
        }

        @GlobalTransactional
        public void swallowing(Clients.Client other, String service, String path) {
            Accounts.add(accounts, -30);
            try {
                other.post(service, path);
            } catch (RuntimeException swallowed) {
                assertThat(swallowed).isNotNull();
            }
        }
    }

    @RestController
    static class Receiving {

        private final JdbcClient accounts;
        private final BeanFactory clients;

        Receiving(JdbcClient accounts, BeanFactory clients) {
            this.accounts = accounts;
            this.clients = clients;
        }

        @PostMapping("/pass-on")
        String passOn(
                @RequestParam("client") String client,
                @RequestParam("amount") int amount,
                @RequestParam("own") int own) {
            if (own > 0) {
                receive(own, "", "");
            }
            return clients.getBean(client, Clients.Client.class).post(Clients.SELF, "/receive?amount=" + amount);
        }

        @PostMapping("/receive")
        String receive(
                @RequestParam("amount") int amount,
                @RequestHeader(name = TransactionHeaders.XID, defaultValue = "none") String xid,
                @RequestHeader(name = TransactionHeaders.CALL, defaultValue = "none") String call) {
            accounts.sql("UPDATE account SET balance = balance + ? WHERE id = 2")
                    .param(amount)
                    .update();
            return "taken in " + xid + " by " + call;
        }
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @Import({Transfers.class, Receiving.class, Clients.class})
    static class Application {

        @Bean
        DataSource dataSource() {
            return Accounts.database("clients");
        }
    }
}
