package io.dtx.spring.autoconfigure;

import io.dtx.spring.propagation.OutgoingCalls;
import io.dtx.spring.webflux.PropagatingServiceGroups;
import io.dtx.spring.webflux.WebClientPostProcessor;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.client.WebClient;

/** WebClient carries the XID. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(WebClient.class)
class WebClientConfiguration {

    @Bean
    static WebClientPostProcessor dtxWebClientPostProcessor(ObjectProvider<OutgoingCalls> calls) {
        return new WebClientPostProcessor(calls);
    }

    /** Interface clients in groups are of Spring Framework 7. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(
            name = "org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer")
    static class ServiceGroups {

        @Bean
        PropagatingServiceGroups dtxWebClientServiceGroups(ObjectProvider<OutgoingCalls> calls) {
            return new PropagatingServiceGroups(calls);
        }
    }
}
