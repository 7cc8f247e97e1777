package io.dtx.spring.autoconfigure;

import io.dtx.spring.http.HttpClientPostProcessor;
import io.dtx.spring.http.PropagatingServiceGroups;
import io.dtx.spring.propagation.OutgoingCalls;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;

/** RestTemplate and RestClient carry the XID. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(RestClient.class)
class RestClientConfiguration {

    @Bean
    static HttpClientPostProcessor dtxHttpClientPostProcessor(ObjectProvider<OutgoingCalls> calls) {
        return new HttpClientPostProcessor(calls);
    }

    /** Interface clients in groups are of Spring Framework 7. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer")
    static class ServiceGroups {

        @Bean
        PropagatingServiceGroups dtxRestClientServiceGroups(ObjectProvider<OutgoingCalls> calls) {
            return new PropagatingServiceGroups(calls);
        }
    }
}
