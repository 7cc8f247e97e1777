package io.dtx.spring.propagation;

import static org.assertj.core.api.Assertions.assertThat;

import feign.Feign;
import feign.FeignException;
import feign.Request;
import feign.RequestLine;
import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.model.Xid;
import io.dtx.spring.autoconfigure.DtxAutoConfiguration;
import io.dtx.spring.feign.GlobalTransactionCapability;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * A server that may see the XID redirects to one that may not. Clients follow out of dtx's sight, and take all headers along;
 * the documented settings keep them from it.
 */
class RedirectsTests {

    private static final Xid XID = Xid.mint("cluster1", 1_000, new byte[10]);

    private Peer peer;

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    DtxAutoConfiguration.class,
                    HttpClientAutoConfiguration.class,
                    ImperativeHttpClientAutoConfiguration.class,
                    ReactiveHttpClientAutoConfiguration.class,
                    RestClientAutoConfiguration.class,
                    RestTemplateAutoConfiguration.class,
                    WebClientAutoConfiguration.class))
            .withPropertyValues("spring.http.clients.reactive.connector=jdk", "dtx.propagation.hosts=127.0.0.1");

    @BeforeEach
    void startPeer() throws IOException {
        peer = new Peer();
    }

    @AfterEach
    void stopPeer() {
        peer.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdk", "simple", "http-components"})
    void leftAloneClientsTakeTheHeadersAlong(String factory) {
        callWithAllClients(factory);

        assertThat(peer.xids()).hasSize(6).containsOnly(XID.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdk", "simple", "http-components"})
    void withBootsSettingTheyDoNotReachTheStranger(String factory) {
        callWithAllClients(factory, "spring.http.clients.redirects=dont-follow");

        assertThat(peer.xids()).hasSize(3).containsOnly(XID.toString());
    }

    @Test
    void withFeignsSettingTheyDoNotReachTheStranger() {
        OutgoingCalls calls = new OutgoingCalls(HostRule.of(List.of("127.0.0.1")));
        Redirected client = Feign.builder()
                .addCapability(new GlobalTransactionCapability(calls))
                .options(new Request.Options(1, TimeUnit.SECONDS, 10, TimeUnit.SECONDS, false))
                .target(Redirected.class, peer.uri("").toString());

        inTransaction(() -> {
            try {
                client.get();
            } catch (FeignException redirect) {
                assertThat(redirect.status()).isEqualTo(302);
            }
        });

        assertThat(peer.xids()).containsExactly(XID.toString());
    }

    private void callWithAllClients(String factory, String... properties) {
        application
                .withPropertyValues("spring.http.clients.imperative.factory=" + factory)
                .withPropertyValues(properties)
                .run(context -> inTransaction(() -> callWithAllClients(context)));
    }

    private void callWithAllClients(ApplicationContext application) {
        String uri = peer.uri("/redirects-to-a-stranger").toString();
        application.getBean(RestTemplateBuilder.class).build().getForEntity(uri, String.class);
        application
                .getBean(RestClient.Builder.class)
                .build()
                .get()
                .uri(uri)
                .retrieve()
                .toBodilessEntity();
        application
                .getBean(WebClient.Builder.class)
                .build()
                .get()
                .uri(uri)
                .retrieve()
                .toBodilessEntity()
                .block();
    }

    private static void inTransaction(Runnable work) {
        CurrentTransaction.Scope scope = CurrentTransaction.bind(new Participation(XID));
        try {
            work.run();
        } finally {
            scope.close();
        }
    }

    interface Redirected {
        @RequestLine("GET /redirects-to-a-stranger")
        String get();
    }
}
