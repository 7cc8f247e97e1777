package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.GlobalTransactional;
import io.dtx.context.TransactionHeaders;
import io.dtx.error.RolledBackException;
import io.dtx.model.RollbackReason;
import io.dtx.test.EmbeddedCoordinator;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.openfeign.EnableFeignClients;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionAspectSupport;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Two services: Feign with a fallback behind a Resilience4J circuit breaker on the one side, Spring MVC on the other. */
class TwoServicesTests {

    private static EmbeddedCoordinator coordinator;
    private static ConfigurableApplicationContext receiving;
    private static RepeatingProxy proxy;
    private static ConfigurableApplicationContext paying;

    @BeforeAll
    static void start() throws IOException {
        coordinator = EmbeddedCoordinator.start();
        receiving = new SpringApplicationBuilder(Receiving.class)
                .properties(
                        "server.port=0",
                        "server.address=127.0.0.1",
                        "spring.application.name=receiving",
                        "dtx.coordinator.addresses=" + coordinator.address())
                .run();
        proxy = new RepeatingProxy(
                URI.create("http://127.0.0.1:" + receiving.getEnvironment().getProperty("local.server.port")));
        paying = new SpringApplicationBuilder(Paying.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.application.name=paying",
                        "spring.cloud.openfeign.circuitbreaker.enabled=true",
                        "resilience4j.timelimiter.configs.default.timeout-duration=5s", // beyond a first call on a busy
                        // machine
                        "receiving.url=" + proxy.url(),
                        "dtx.coordinator.addresses=" + coordinator.address())
                .run();
        Wait.untilConnected(receiving);
        Wait.untilConnected(paying);
    }

    @AfterAll
    static void stop() {
        paying.close();
        proxy.close();
        receiving.close();
        coordinator.close();
    }

    @BeforeEach
    void fill() {
        Accounts.reset(paying.getBean(JdbcClient.class));
        Accounts.reset(receiving.getBean(JdbcClient.class));
        proxy.deliver(1, 0);
    }

    @Test
    void aTransferThatSucceedsStays() {
        assertThat(transfer("take", false)).startsWith("taken in ");

        assertBalances(70, 130);
    }

    @DisplayName("I10: a failure of the called service undoes the caller's work, too")
    @Test
    void i10_aFailureOfTheCalledServiceUndoesBoth() {
        assertThatThrownBy(() -> transfer("fail", false)).hasMessage("fallback");

        assertBalances(100, 100);
    }

    @DisplayName("I10: a failure of the caller undoes the called service's work")
    @Test
    void i10_aFailureOfTheCallerUndoesBoth() {
        assertThatThrownBy(() -> transfer("take", true)).hasMessage("after the call");

        assertBalances(100, 100);
    }

    @DisplayName("I10: a failure that the fallback swallows is a veto, and the caller is told who and why")
    @Test
    void i10_aSwallowedFailureIsAVeto() {
        assertVetoed("fail", "receiving", "out of order");
    }

    @DisplayName("I10: a failure that the called service itself turns into an answer is a veto")
    @Test
    void i10_aFailureAnsweredAsSuccessIsAVeto() {
        assertVetoed("handled", "receiving", "politely");
    }

    @DisplayName("I10: a local transaction of the called service that is undone without an exception is a veto")
    @Test
    void i10_rollbackOnlyBehindAnAnswerOfSuccessIsAVeto() {
        assertVetoed("marked", "receiving", "Deposits.deposit) was marked rollback-only");
    }

    @ParameterizedTest
    @ValueSource(strings = {"declined after a locking read", "declined after a change of no row"})
    void aCallThatWasDeclinedBeforeAnythingWasWrittenIsTheCallersToHandle(String how) {
        assertThat(paying.getBean(Paying.Transfers.class).transferSwallowing(how))
                .isEqualTo("fallback");

        assertBalances(70, 100);
    }

    @DisplayName("I10: a call that was declined after it had written is a veto, though that was rolled back locally")
    @Test
    void i10_aCallThatWasDeclinedAfterAWriteIsAVeto() {
        assertVetoed("declined after a write", "receiving", "409");
    }

    @DisplayName(
            "T1: a call that the time limit gave up is a veto, though it goes on, and what it does late is refused")
    @Test
    void t1_aCallGivenUpIsAVeto() {
        Receiving.Api api = receiving.getBean(Receiving.Api.class);
        api.goOn = new CountDownLatch(1);
        try {
            assertVetoed("slow", "paying", "");
        } finally {
            api.goOn.countDown();
        }
        assertThat(receiving.getBean(Receiving.Api.class).awaitSlow()).contains("rolled back");
        assertBalances(100, 100);
    }

    @DisplayName("I10: a call that something on the way delivers twice is not made twice")
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void i10_aCallDeliveredTwiceIsUndone(int answerPassedOn) {
        proxy.deliver(2, answerPassedOn);

        assertThatThrownBy(() -> paying.getBean(Paying.Transfers.class).transferSwallowing("take"))
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("delivered twice")
                .hasMessageContaining("receiving");

        assertBalances(100, 100);
    }

    @DisplayName(
            "I10: a copy of a call that declines, or finds its work done, does not hide that the first one has written")
    @ParameterizedTest
    @ValueSource(strings = {"once, or declined", "once, or done already"})
    void i10_aCopyThatWritesNothingDoesNotHideTheFirstOne(String how) {
        proxy.deliver(2, 1);

        assertVetoed(how, "paying", "registered branches: 1; their answers account for: 0");
    }

    @DisplayName("I10: an answer whose header was taken off accounts for nothing, and the caller is told so")
    @Test
    void i10_anAnswerWithoutItsHeaderAccountsForNothing() {
        proxy.takeOff(TransactionHeaders.BRANCHES);
        try {
            assertVetoed("take", "paying", "take dtx-branches off answers");
        } finally {
            proxy.takeOff("");
        }
    }

    private static String transfer(String how, boolean fail) {
        return paying.getBean(Paying.Transfers.class).transfer(how, fail);
    }

    private static void assertVetoed(String how, String by, String why) {
        assertThatThrownBy(() -> paying.getBean(Paying.Transfers.class).transferSwallowing(how))
                .isInstanceOfSatisfying(RolledBackException.class, error -> {
                    assertThat(error.reason()).isEqualTo(RollbackReason.VETO);
                    assertThat(error).hasMessageContaining(by).hasMessageContaining(why);
                });
        assertBalances(100, 100);
    }

    private static void assertBalances(int left, int right) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(Accounts.balance(paying.getBean(JdbcClient.class))).isEqualTo(left);
            assertThat(Accounts.balance(receiving.getBean(JdbcClient.class))).isEqualTo(right);
        });
    }

    @FeignClient(name = "receiving", url = "${receiving.url}", fallback = Fallback.class)
    interface ReceivingClient {
        @PostMapping("/transfer")
        String transfer(@RequestParam("amount") int amount, @RequestParam("how") String how);
    }

    static class Fallback implements ReceivingClient {
        @Override
        public String transfer(int amount, String how) {
            return "fallback";
        }
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @EnableFeignClients(clients = ReceivingClient.class)
    @Import({Paying.Transfers.class, Fallback.class})
    static class Paying {

        @Bean
        DataSource dataSource() {
            return Accounts.database("paying");
        }

        static class Transfers {

            private final JdbcClient accounts;
            private final ReceivingClient receiving;

            Transfers(JdbcClient accounts, ReceivingClient receiving) {
                this.accounts = accounts;
                this.receiving = receiving;
            }

            @GlobalTransactional
            public String transfer(String how, boolean fail) {
                Accounts.add(accounts, -30);
                String answer = receiving.transfer(30, how);
                if (answer.equals("fallback")) {
                    throw new IllegalStateException(answer);
                }
                if (fail) {
                    throw new IllegalStateException("after the call");
                }
                assertThat(answer).isEqualTo("taken in " + MDC.get("xid"));
                return answer;
            }

            @GlobalTransactional
            public String transferSwallowing(String how) {
                Accounts.add(accounts, -30);
                return receiving.transfer(30, how);
            }
        }
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @Import({Receiving.Api.class, Receiving.Deposits.class})
    static class Receiving {

        @Bean
        DataSource dataSource() {
            return Accounts.database("receiving");
        }

        static final class PoliteException extends RuntimeException {
            private static final long serialVersionUID = 1L;

            PoliteException() {
                super("politely");
            }
        }

        @RestController
        static class Api {

            private final Deposits deposits;
            private final CountDownLatch slowEnded = new CountDownLatch(1);
            volatile CountDownLatch goOn = new CountDownLatch(0);
            private volatile String slowFailure = "";

            Api(Deposits deposits) {
                this.deposits = deposits;
            }

            @PostMapping("/transfer")
            String transfer(@RequestParam("amount") int amount, @RequestParam("how") String how) throws Exception {
                if (!how.equals("slow")) {
                    deposits.deposit(amount, how);
                    return "taken in " + MDC.get("xid");
                }
                goOn.await();
                try {
                    deposits.deposit(amount, how);
                } catch (RuntimeException e) {
                    slowFailure = e.toString();
                    throw e;
                } finally {
                    slowEnded.countDown();
                }
                return "too late";
            }

            @ExceptionHandler(PoliteException.class)
            ResponseEntity<String> handle() {
                return ResponseEntity.ok("all is well");
            }

            String awaitSlow() {
                try {
                    assertThat(slowEnded.await(20, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                return slowFailure;
            }
        }

        static class Deposits {

            private final JdbcClient accounts;

            Deposits(JdbcClient accounts) {
                this.accounts = accounts;
            }

            @Transactional
            public void deposit(int amount, String how) {
                switch (how) {
                    case "declined after a locking read" -> {
                        accounts.sql("SELECT balance FROM account WHERE id = 1 FOR UPDATE")
                                .query(Integer.class)
                                .single();
                        throw new ResponseStatusException(HttpStatus.CONFLICT);
                    }
                    case "declined after a change of no row" -> {
                        String unmet = "UPDATE account SET balance = balance - 1000 WHERE id = 1 AND balance >= 1000";
                        assertThat(accounts.sql(unmet).update()).isZero();
                        throw new ResponseStatusException(HttpStatus.CONFLICT);
                    }
                    case "once, or declined", "once, or done already" -> {
                        String once = "UPDATE account SET balance = balance - 90 WHERE id = 1 AND balance >= 90";
                        if (accounts.sql(once).update() == 0 && how.endsWith("declined")) {
                            throw new ResponseStatusException(HttpStatus.CONFLICT);
                        }
                    }
                    default -> Accounts.add(accounts, amount);
                }
                switch (how) {
                    case "declined after a write" -> throw new ResponseStatusException(HttpStatus.CONFLICT);
                    case "fail" -> throw new IllegalStateException("out of order");
                    case "handled" -> throw new PoliteException();
                    case "marked" ->
                        TransactionAspectSupport.currentTransactionStatus().setRollbackOnly();
                    default -> {}
                }
            }
        }
    }
}
