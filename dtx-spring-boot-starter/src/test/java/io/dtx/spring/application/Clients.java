package io.dtx.spring.application;

import io.dtx.spring.application.Clients.Instances;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.boot.restclient.autoconfigure.RestClientBuilderConfigurer;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClients;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.openfeign.EnableFeignClients;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.cloud.openfeign.SpringQueryMap;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.registry.HttpServiceGroup;
import org.springframework.web.service.registry.ImportHttpServices;
import org.springframework.web.util.UriComponentsBuilder;
import reactor.core.publisher.Flux;

/** The ways in which applications make their HTTP clients. */
@Configuration(proxyBeanMethods = false)
@EnableFeignClients(clients = {Clients.FeignByUrl.class, Clients.FeignSelf.class, Clients.FeignPeer.class})
@ImportHttpServices(group = "rest", types = Clients.RestExchange.class)
@ImportHttpServices(
        group = "web",
        types = Clients.WebExchange.class,
        clientType = HttpServiceGroup.ClientType.WEB_CLIENT)
@LoadBalancerClients(defaultConfiguration = Instances.class)
class Clients {

    /** This application; also its name for the load balancer. */
    static final String SELF = "self";
    /** A server that breaks off. */
    static final String PEER = "peer";

    static final List<String> NAMES = List.of(
            "feignByUrl",
            "feignLoadBalanced",
            "restTemplateByHand",
            "restTemplateOfTheBuilder",
            "restTemplateLoadBalanced",
            "restClientByHand",
            "restClientOverTheJdk",
            "restClientOfTheBuilder",
            "restClientLoadBalanced",
            "restExchange",
            "webClientByHand",
            "webClientOfTheBuilder",
            "webClientLoadBalanced",
            "webExchange");

    /** Those whose calls Spring Cloud's load balancer repeats. */
    static final List<String> BALANCED = List.of(
            "feignLoadBalanced",
            "restTemplateLoadBalanced",
            "restClientLoadBalanced",
            "restExchange",
            "webClientLoadBalanced",
            "webExchange");

    /** One POST; the answer's body. */
    interface Client {
        String post(String service, String pathAndQuery);
    }

    @FeignClient(name = "by-url", url = "http://replaced-by-the-argument")
    interface FeignByUrl {
        @PostMapping
        String post(URI uri);
    }

    @FeignClient(name = SELF)
    interface FeignSelf {
        @PostMapping("/receive?amount={amount}")
        String receive(@PathVariable("amount") String amount);

        @PostMapping("/pass-on")
        String passOn(@SpringQueryMap Map<String, String> query);
    }

    @FeignClient(name = PEER)
    interface FeignPeer {
        @PostMapping("/cut-off")
        String cutOff();
    }

    /** Spring Cloud puts its load balancer before every group. */
    interface RestExchange {
        @PostExchange
        String post(URI uri);
    }

    interface WebExchange {
        @PostExchange
        String post(URI uri);
    }

    /** Where the services are, for the load balancer. */
    static class Instances {
        @Bean
        ServiceInstanceListSupplier instances(Environment environment) {
            String service = LoadBalancerClientFactory.getName(environment);
            return new ServiceInstanceListSupplier() {
                @Override
                public String getServiceId() {
                    return service;
                }

                @Override
                public Flux<List<ServiceInstance>> get() {
                    int port = service.equals(SELF)
                            ? environment.getRequiredProperty("balanced.port", Integer.class)
                            : Clients.port(environment, service);
                    return Flux.just(List.of(new DefaultServiceInstance("1", service, "localhost", port, false)));
                }
            };
        }
    }

    private static int port(Environment environment, String service) {
        return environment.getRequiredProperty(service.equals(SELF) ? "local.server.port" : "peer.port", Integer.class);
    }

    private static URI direct(Environment environment, String service, String path) {
        return URI.create("http://127.0.0.1:" + port(environment, service) + path);
    }

    private static URI balanced(String service, String path) {
        return URI.create("http://" + service + path);
    }

    private static String post(RestTemplate template, URI uri) {
        return String.valueOf(template.postForObject(uri, null, String.class));
    }

    private static String post(RestClient client, URI uri) {
        return String.valueOf(client.post().uri(uri).retrieve().body(String.class));
    }

    private static String post(WebClient client, URI uri) {
        return String.valueOf(
                client.post().uri(uri).retrieve().bodyToMono(String.class).block());
    }

    @Bean
    Client feignByUrl(FeignByUrl feign, Environment environment) {
        return (service, path) -> feign.post(direct(environment, service, path));
    }

    @Bean
    Client feignLoadBalanced(FeignSelf self, FeignPeer peer) {
        return (service, path) -> {
            if (service.equals(PEER)) {
                return peer.cutOff();
            }
            return path.startsWith("/pass-on")
                    ? self.passOn(UriComponentsBuilder.fromUriString(path)
                            .build()
                            .getQueryParams()
                            .toSingleValueMap())
                    : self.receive(path.substring(path.indexOf('=') + 1));
        };
    }

    @Bean
    RestTemplate ownTemplate() {
        return new RestTemplate(new SimpleClientHttpRequestFactory());
    }

    @Bean
    Client restTemplateByHand(@Qualifier("ownTemplate") RestTemplate template, Environment environment) {
        return (service, path) -> post(template, direct(environment, service, path));
    }

    @Bean
    Client restTemplateOfTheBuilder(RestTemplateBuilder builder, Environment environment) {
        RestTemplate template = builder.build();
        return (service, path) -> post(template, direct(environment, service, path));
    }

    @Bean
    @LoadBalanced
    RestTemplate balancedTemplate() {
        return new RestTemplate();
    }

    @Bean
    Client restTemplateLoadBalanced(@LoadBalanced RestTemplate template) {
        return (service, path) -> post(template, balanced(service, path));
    }

    @Bean
    RestClient ownRestClient() {
        return RestClient.create();
    }

    @Bean
    Client restClientByHand(@Qualifier("ownRestClient") RestClient client, Environment environment) {
        return (service, path) -> post(client, direct(environment, service, path));
    }

    @Bean
    RestClient jdkRestClient() {
        return RestClient.builder()
                .requestFactory(new JdkClientHttpRequestFactory())
                .build();
    }

    @Bean
    Client restClientOverTheJdk(@Qualifier("jdkRestClient") RestClient client, Environment environment) {
        return (service, path) -> post(client, direct(environment, service, path));
    }

    /** As Boot makes its own, which gives way to the load-balanced one. */
    @Bean
    RestClient.Builder plainBuilder(RestClientBuilderConfigurer configurer) {
        return configurer.configure(RestClient.builder());
    }

    @Bean
    Client restClientOfTheBuilder(@Qualifier("plainBuilder") RestClient.Builder builder, Environment environment) {
        RestClient client = builder.build();
        return (service, path) -> post(client, direct(environment, service, path));
    }

    @Bean
    @LoadBalanced
    RestClient.Builder balancedBuilder() {
        return RestClient.builder();
    }

    @Bean
    Client restClientLoadBalanced(@LoadBalanced RestClient.Builder builder) {
        RestClient client = builder.build();
        return (service, path) -> post(client, balanced(service, path));
    }

    @Bean
    Client restExchange(RestExchange api) {
        return (service, path) -> api.post(balanced(service, path));
    }

    @Bean
    WebClient ownWebClient() {
        return WebClient.builder().clientConnector(new JdkClientHttpConnector()).build();
    }

    @Bean
    Client webClientByHand(@Qualifier("ownWebClient") WebClient client, Environment environment) {
        return (service, path) -> post(client, direct(environment, service, path));
    }

    @Bean
    WebClient.Builder plainWebBuilder() {
        return WebClient.builder().clientConnector(new JdkClientHttpConnector());
    }

    @Bean
    Client webClientOfTheBuilder(@Qualifier("plainWebBuilder") WebClient.Builder builder, Environment environment) {
        WebClient client = builder.build();
        return (service, path) -> post(client, direct(environment, service, path));
    }

    @Bean
    @LoadBalanced
    WebClient.Builder balancedWebBuilder() {
        return WebClient.builder().clientConnector(new JdkClientHttpConnector());
    }

    @Bean
    Client webClientLoadBalanced(@LoadBalanced WebClient.Builder builder) {
        WebClient client = builder.build();
        return (service, path) -> post(client, balanced(service, path));
    }

    @Bean
    Client webExchange(WebExchange api) {
        return (service, path) -> api.post(balanced(service, path));
    }
}
