package io.dtx.server.config;

import io.dtx.server.console.OperatorFilter;
import io.dtx.server.coordinator.Counts;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.metrics.CoordinatorGauges;
import io.dtx.server.metrics.LeaderMeters;
import io.dtx.server.runtime.Coordinator;
import io.dtx.server.tls.Refusals;
import io.dtx.server.tls.Tls;
import io.dtx.server.transport.Token;
import io.micrometer.core.instrument.MeterRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;

/** The beans of the coordinator's process. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ServerProperties.class)
class ServerConfiguration {

    private static final Logger log = LoggerFactory.getLogger(ServerConfiguration.class);

    @Bean
    static WrittenKeys writtenKeys(ConfigurableEnvironment environment) {
        return new WrittenKeys(environment, ServerProperties.class);
    }

    @Bean(destroyMethod = "close")
    CoordinatorServer coordinatorServer(
            ServerProperties properties,
            SslBundles bundles,
            Environment environment,
            MeterRegistry meters,
            ApplicationContext context) {
        Tls tls = TlsBundle.of(properties.ssl(), !properties.peers().isEmpty(), bundles);
        CoordinatorSettings settings = properties.checked(HttpSide.of(environment), tls);
        if (!settings.cutOff().isEmpty()) {
            log.warn(
                    "dtx.server.address is {}, where no other machine reaches this node, and dtx.server.peers names {}: unless"
                            + " something passes on to it what comes for it, the nodes will wait for each other for ever. Set"
                            + " dtx.server.address to an address of this machine that they reach, or 0.0.0.0 for all",
                    properties.address(),
                    settings.cutOff());
        }
        return CoordinatorServer.startProcess(settings, new LeaderMeters(meters), () -> end(context));
    }

    @Bean
    Coordinator coordinator(CoordinatorServer server) {
        return server.coordinator();
    }

    @Bean
    LimitMeters limitMeters(CoordinatorServer server) {
        return new LimitMeters(server);
    }

    @Bean
    OperatorToken operatorToken(ServerProperties properties, CoordinatorServer server) {
        return OperatorToken.of(properties.operatorSecret(), server.dataDirectory());
    }

    @Bean
    CoordinatorGauges coordinatorGauges(Coordinator coordinator) {
        return new CoordinatorGauges(coordinator);
    }

    @Bean
    OperatorFilter operatorFilter(OperatorToken token, ServerProperties properties) {
        String where = token.file() == null ? "it was set as dtx.server.operator-token" : "it is in " + token.file();
        String readers = properties.readSecret();
        return new OperatorFilter(
                token.token()::isIn,
                readers == null ? header -> false : new Token(readers)::isIn,
                where,
                new Refusals("an HTTP request", "https")::say);
    }

    @Bean
    CoordinatorHealth coordinatorHealthIndicator(Coordinator coordinator, ServerProperties properties) {
        String node = properties.id();
        return new CoordinatorHealth(coordinator, node == null ? "" : node.strip());
    }

    @Bean
    Announcement announcement(CoordinatorServer server, ServerProperties properties, OperatorToken token) {
        return new Announcement(server, properties, token);
    }

    /** From a thread of its own: closing waits for the thread that calls this. */
    private static void end(ApplicationContext context) {
        new Thread(() -> System.exit(Math.max(1, SpringApplication.exit(context, () -> 1))), "dtx-exit").start();
    }

    /** Says where everything is, once it is there. */
    record Announcement(CoordinatorServer server, ServerProperties properties, OperatorToken token) {

        @EventListener
        void ready(ApplicationReadyEvent event) {
            Environment environment = event.getApplicationContext().getEnvironment();
            log.info(
                    "dtx coordinator: applications connect to {}:{}, operators to {}://{}:{}",
                    properties.address(),
                    server.port(),
                    HttpSide.of(environment).scheme(),
                    environment.getProperty("server.address"),
                    environment.getProperty("local.server.port"));
            log.info(
                    "Data in {}: {}",
                    server.dataDirectory(),
                    server.coordinator().read(this::describe));
            if (token.file() != null) {
                log.info("The operators' token is in {}", token.file());
            }
            if (properties.newClusterId()) {
                log.warn("dtx.server.new-cluster-id is set: take it away, or the next start gives up its data again");
            }
        }

        private String describe(StateMachine state) {
            Counts counts = state.counts();
            String node = properties.id() == null ? "" : "node " + properties.id() + " of " + properties.peers() + ", ";
            if (state.cluster() == null) {
                return node + "nothing of the cluster's log yet";
            }
            return node + describeCluster(state, counts);
        }

        private String describeCluster(StateMachine state, Counts counts) {
            return server.coordinator().created()
                    ? "new cluster " + state.cluster()
                    : "cluster " + state.cluster() + ", " + (counts.active() + counts.rollingBack()) + " unfinished";
        }
    }
}
