package io.dtx.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoadProcessTests {

    private final AtomicLong requests = new AtomicLong();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer bank;

    @BeforeEach
    void start() throws IOException {
        bank = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        bank.setExecutor(threads);
        bank.start();
    }

    @AfterEach
    void stop() {
        bank.stop(0);
        threads.shutdownNow();
    }

    @Test
    void everyAnswerIsCountedOnceAsWhatItIs() throws Exception {
        // Fails where asked to, and answers every fifth of the others with 500.
        answer((query, number) -> query.contains("fail=true") ? 409 : number % 5 == 0 ? 500 : 200, true);

        Burst burst = LoadProcess.run(new Order(bank.getAddress().getPort(), 4, 1, 100, 30));

        assertThat(burst.done() + burst.failedAsAsked() + burst.otherwise()).isEqualTo(requests.get());
        assertThat(burst.done()).isPositive();
        assertThat(burst.failedAsAsked()).isPositive();
        assertThat(burst.otherwise()).isPositive();
        assertThat(burst.example()).startsWith("500");
        assertThat(burst.counted()).isEqualTo(burst.done() + burst.failedAsAsked());
        assertThat(burst.p50()).isPositive().isLessThanOrEqualTo(burst.p99());
    }

    @Test
    void anAnswerOfASuccessThatWasToFailIsNoSuccess() throws Exception {
        answer((query, number) -> 200, false);

        Burst burst = LoadProcess.run(new Order(bank.getAddress().getPort(), 1, 1, 100, 100));

        assertThat(burst.counted()).isZero();
        assertThat(burst.otherwise()).isEqualTo(requests.get());
    }

    @Test
    void anOrderSurvivesItsLine() {
        Order order = new Order(8081, 32, 15, 10_000, 20);

        assertThat(Order.of(order.line())).isEqualTo(order);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Order.of("8081 32"))
                .withMessageContaining("five numbers");
    }

    /** @param chunked whether the body comes in chunks; otherwise with its length */
    private void answer(Answers answers, boolean chunked) {
        bank.createContext("/transfer", exchange -> {
            int status = answers.status(exchange.getRequestURI().getQuery(), requests.incrementAndGet());
            byte[] body = "an answer".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, chunked ? 0 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }

    private interface Answers {

        int status(String query, long number);
    }
}
