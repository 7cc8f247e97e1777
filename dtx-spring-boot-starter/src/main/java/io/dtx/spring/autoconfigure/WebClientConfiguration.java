package io.dtx.spring.autoconfigure;

import io.dtx.spring.propagation.OutgoingCalls;
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
}
