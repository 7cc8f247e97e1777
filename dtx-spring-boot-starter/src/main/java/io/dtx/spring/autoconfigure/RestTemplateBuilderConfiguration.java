package io.dtx.spring.autoconfigure;

import io.dtx.spring.http.RestTemplateBuilderPostProcessor;
import io.dtx.spring.propagation.OutgoingCalls;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What Boot's builder builds carries the XID. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(RestTemplateBuilder.class)
class RestTemplateBuilderConfiguration {

    @Bean
    static RestTemplateBuilderPostProcessor dtxRestTemplateBuilderPostProcessor(ObjectProvider<OutgoingCalls> calls) {
        return new RestTemplateBuilderPostProcessor(calls);
    }
}
