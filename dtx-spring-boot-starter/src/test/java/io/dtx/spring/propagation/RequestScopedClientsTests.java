package io.dtx.spring.propagation;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.model.Xid;
import io.dtx.spring.autoconfigure.DtxAutoConfiguration;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.context.annotation.RequestScope;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;

/** Clients that are made for each request, with that request's credentials, and are used by beans that are made once. */
class RequestScopedClientsTests {

    private static final Xid XID = Xid.mint("cluster1", 1_000, new byte[10]);
    private static final List<String> USERS = new CopyOnWriteArrayList<>();

    private Peer peer;

    @BeforeEach
    void startPeer() throws IOException {
        USERS.clear();
        peer = new Peer();
    }

    @AfterEach
    void stopPeer() {
        peer.close();
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                OfRestTemplate.class,
                OfRestTemplateBuilder.class,
                OfRestClient.class,
                OfRestClientBuilder.class,
                OfWebClient.class,
                OfWebClientBuilder.class
            })
    void eachRequestHasItsOwnAndItCarriesTheXid(Class<?> application) {
        new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(DtxAutoConfiguration.class))
                .withPropertyValues("dtx.coordinator.addresses=127.0.0.1:1")
                .withUserConfiguration(application)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    Caller caller = context.getBean(Caller.class);
                    call(caller, "ann");
                    call(caller, "bob");
                });

        assertThat(USERS).containsExactly("ann", "bob");
        assertThat(peer.xids()).containsExactly(XID.toString(), XID.toString());
    }

    /** In a request of that user's, and a global transaction. */
    private void call(Caller caller, String user) {
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.setRemoteUser(user);
        RequestContextHolder.setRequestAttributes(new ServletRequestAttributes(request));
        CurrentTransaction.Scope scope = CurrentTransaction.bind(new Participation(XID));
        try {
            caller.get(peer.uri("/ok"));
        } finally {
            scope.close();
            RequestContextHolder.resetRequestAttributes();
        }
    }

    /** Made once; what it calls with is a proxy of whatever the request has. */
    interface Caller {
        void get(URI uri);
    }

    private static ClientHttpRequestInterceptor asUser() {
        String user = user();
        return (request, body, execution) -> {
            USERS.add(user);
            return execution.execute(request, body);
        };
    }

    private static ExchangeFilterFunction asUserOfWebClient() {
        String user = user();
        return (request, next) -> {
            USERS.add(user);
            return next.exchange(request);
        };
    }

    private static String user() {
        ServletRequestAttributes attributes =
                (ServletRequestAttributes) RequestContextHolder.currentRequestAttributes();
        return String.valueOf(attributes.getRequest().getRemoteUser());
    }

    @Configuration(proxyBeanMethods = false)
    static class OfRestTemplate {

        @Bean
        @RequestScope
        RestTemplate client() {
            RestTemplate client = new RestTemplate();
            client.getInterceptors().add(asUser());
            return client;
        }

        @Bean
        Caller caller(RestTemplate client) {
            return uri -> client.getForObject(uri, String.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OfRestTemplateBuilder {

        @Bean
        @RequestScope
        RestTemplateBuilder client() {
            return new RestTemplateBuilder().additionalInterceptors(asUser());
        }

        @Bean
        Caller caller(RestTemplateBuilder client) {
            return uri -> client.build().getForObject(uri, String.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OfRestClient {

        @Bean
        @RequestScope
        RestClient client() {
            return RestClient.builder().requestInterceptor(asUser()).build();
        }

        @Bean
        Caller caller(RestClient client) {
            return uri -> client.get().uri(uri).retrieve().body(String.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OfRestClientBuilder {

        @Bean
        @RequestScope
        RestClient.Builder client() {
            return RestClient.builder().requestInterceptor(asUser());
        }

        @Bean
        Caller caller(RestClient.Builder client) {
            return uri -> client.build().get().uri(uri).retrieve().body(String.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OfWebClient {

        @Bean
        @RequestScope
        WebClient client() {
            return webClient().build();
        }

        @Bean
        Caller caller(WebClient client) {
            return uri ->
                    client.get().uri(uri).retrieve().bodyToMono(String.class).block();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OfWebClientBuilder {

        @Bean
        @RequestScope
        WebClient.Builder client() {
            return webClient();
        }

        @Bean
        Caller caller(WebClient.Builder client) {
            return uri -> client.build()
                    .get()
                    .uri(uri)
                    .retrieve()
                    .bodyToMono(String.class)
                    .block();
        }
    }

    private static WebClient.Builder webClient() {
        return WebClient.builder().clientConnector(new JdkClientHttpConnector()).filter(asUserOfWebClient());
    }
}
