package io.dtx.spring.autoconfigure;

import io.dtx.spring.webflux.RefusingWebFilter;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A reactive service does not take part yet, and says so. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
class ReactiveConfiguration {

    @Bean
    RefusingWebFilter dtxRefusingWebFilter() {
        return new RefusingWebFilter();
    }
}
