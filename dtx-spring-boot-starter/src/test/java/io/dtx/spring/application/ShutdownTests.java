package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.dtx.GlobalTransactional;
import io.dtx.client.CoordinatorClient;
import io.dtx.test.EmbeddedCoordinator;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application that is told to stop lets what it has begun come to its decision. */
class ShutdownTests {

    @Test
    void aRequestInFlightCommitsWhileTheApplicationStops() throws Exception {
        String url = Accounts.freshUrl();
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start()) {
            ConfigurableApplicationContext application = new SpringApplicationBuilder(Application.class)
                    .properties(
                            "dtx.coordinator.addresses=" + coordinator.address(),
                            "spring.datasource.url=" + url,
                            "spring.datasource.username=sa",
                            "server.port=0")
                    .run();
            CompletableFuture<HttpResponse<String>> answer;
            Closing closing;
            try {
                Wait.untilConnected(application);
                closing = application.getBean(Closing.class);
                closing.client = application.getBean(CoordinatorClient.class);
                Accounts.reset(application.getBean(JdbcClient.class));
                answer = post(application);
                assertThat(application.getBean(Api.class).hasBegun()).isTrue();
            } finally {
                application.close();
            }

            assertThat(answer.get(20, TimeUnit.SECONDS).body()).isEqualTo("moved");
            JdbcClient afterwards = JdbcClient.create(new SimpleDriverDataSource(new org.h2.Driver(), url, "sa", ""));
            assertThat(Accounts.balance(afterwards)).isEqualTo(70);
            assertThat(coordinator.<Integer>read(state -> state.counts().active()))
                    .isZero();
            assertThat(closing.connected).as("restores in hand need the pool").isFalse();
        }
    }

    private static CompletableFuture<HttpResponse<String>> post(ConfigurableApplicationContext application) {
        String port = application.getEnvironment().getProperty("local.server.port");
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/move"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        return HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    @RestController
    static class Api implements SmartLifecycle {

        private final JdbcClient accounts;
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch stopping = new CountDownLatch(1);
        private volatile boolean running;

        Api(JdbcClient accounts) {
            this.accounts = accounts;
        }

        @GlobalTransactional
        @PostMapping("/move")
        public String move() throws InterruptedException {
            Accounts.add(accounts, -30);
            begun.countDown();
            return stopping.await(20, TimeUnit.SECONDS) ? "moved" : "nobody stopped the application";
        }

        boolean hasBegun() throws InterruptedException {
            return begun.await(20, TimeUnit.SECONDS);
        }

        @Override
        public void start() {
            running = true;
        }

        /** In the phase in which the web server drains: the request goes on only now. */
        @Override
        public void stop() {
            running = false;
            stopping.countDown();
        }

        @Override
        public boolean isRunning() {
            return running;
        }

        @Override
        public int getPhase() {
            return SmartLifecycle.DEFAULT_PHASE - 1024;
        }
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @Import(Api.class)
    static class Application {

        @Bean
        Closing closing() {
            return new Closing();
        }

        @Bean
        HikariDataSource dataSource(Closing closing, @Value("${spring.datasource.url}") String url) {
            Pool pool = new Pool(closing);
            pool.setJdbcUrl(url);
            pool.setUsername("sa");
            return pool;
        }
    }

    /** What the pool sees as it is closed. */
    static final class Closing {

        private volatile @Nullable CoordinatorClient client;
        private volatile @Nullable Boolean connected;
    }

    static class Pool extends HikariDataSource {

        private final Closing closing;

        Pool(Closing closing) {
            this.closing = closing;
        }

        @Override
        public void close() {
            CoordinatorClient client = closing.client;
            closing.connected = client == null ? null : client.connected();
            super.close();
        }
    }
}
