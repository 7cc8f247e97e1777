package io.dtx.samples.torture;

import io.dtx.GlobalTransactional;
import io.dtx.error.InDoubtException;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;

/**
 * Both banks of the torture: many accounts, and a journal of entries by the transfer's own id, so that each transfer can be
 * looked for afterwards. The paying bank is the one that is given the address of the other.
 */
@SpringBootApplication(proxyBeanMethods = false)
class BankApplication {

    /** What the body of an answer begins with when the caller can rely on nothing having happened. */
    static final String FAILED = "FAILED";

    private static final Duration PATIENCE = Duration.ofSeconds(4);

    public static void main(String[] arguments) {
        SpringApplication.run(BankApplication.class, arguments);
    }

    @Bean
    RestClient other(RestClient.Builder builder, @Value("${torture.other:http://none}") String url) {
        JdkClientHttpRequestFactory requests = new JdkClientHttpRequestFactory();
        requests.setReadTimeout(PATIENCE);
        return builder.baseUrl(url).requestFactory(requests).build();
    }

    /** How a transfer is to go wrong by itself. */
    enum Mishap {
        NONE,
        OTHER_FAILS,
        OTHER_FAILS_AND_IS_SWALLOWED,
        FAILS_AT_THE_END
    }

    @Service
    static class Accounts {

        private final JdbcTemplate jdbc;

        Accounts(JdbcTemplate jdbc) {
            this.jdbc = jdbc;
        }

        @Transactional
        void book(String transfer, int account, long amount, boolean fail) {
            Long balance =
                    jdbc.queryForObject("SELECT balance FROM account WHERE id = ? FOR UPDATE", Long.class, account);
            if (balance == null) {
                throw new EmptyResultDataAccessException(1);
            }
            jdbc.update("UPDATE account SET balance = balance + ? WHERE id = ?", amount, account);
            jdbc.update("INSERT INTO entry (transfer, account, amount) VALUES (?, ?, ?)", transfer, account, amount);
            if (fail) {
                throw new IllegalStateException("asked to fail after the update");
            }
        }
    }

    @Service
    static class Transfers {

        private final Accounts accounts;
        private final RestClient other;

        Transfers(Accounts accounts, RestClient other) {
            this.accounts = accounts;
            this.other = other;
        }

        @GlobalTransactional(name = "torture")
        void transfer(String id, int from, int to, long amount, Mishap mishap) {
            accounts.book(id, from, -amount, false);
            try {
                other.post()
                        .uri(
                                "/book?id={id}&account={to}&amount={amount}&fail={fail}",
                                id,
                                to,
                                amount,
                                mishap == Mishap.OTHER_FAILS || mishap == Mishap.OTHER_FAILS_AND_IS_SWALLOWED)
                        .retrieve()
                        .toBodilessEntity();
            } catch (RestClientException e) {
                // The mistake that dtx guards against, made on purpose, and also when the other bank has been killed.
                if (mishap != Mishap.OTHER_FAILS_AND_IS_SWALLOWED) {
                    throw e;
                }
            }
            if (mishap == Mishap.FAILS_AT_THE_END) {
                throw new IllegalStateException("asked to fail at the end");
            }
        }
    }

    @RestController
    static class Doors {

        private final Accounts accounts;
        private final Transfers transfers;

        Doors(Accounts accounts, Transfers transfers) {
            this.accounts = accounts;
            this.transfers = transfers;
        }

        @PostMapping("/transfer")
        String transfer(
                @RequestParam String id,
                @RequestParam int from,
                @RequestParam int to,
                @RequestParam long amount,
                @RequestParam Mishap mishap) {
            transfers.transfer(id, from, to, amount, mishap);
            return "DONE";
        }

        @PostMapping("/book")
        String book(
                @RequestParam String id,
                @RequestParam int account,
                @RequestParam long amount,
                @RequestParam boolean fail) {
            accounts.book(id, account, amount, fail);
            return "booked";
        }

        /** Without looking at the database or the coordinator, whose absence is part of the torture. */
        @GetMapping("/alive")
        String alive() {
            return "alive";
        }

        @ExceptionHandler
        @ResponseStatus(HttpStatus.SERVICE_UNAVAILABLE)
        String inDoubt(InDoubtException e) {
            return "IN DOUBT " + e.getMessage();
        }

        @ExceptionHandler
        @ResponseStatus(HttpStatus.INTERNAL_SERVER_ERROR)
        String failed(Exception e) {
            return FAILED + " " + e;
        }
    }
}
