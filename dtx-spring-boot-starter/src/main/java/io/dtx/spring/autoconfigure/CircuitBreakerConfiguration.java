package io.dtx.spring.autoconfigure;

import io.dtx.spring.circuitbreaker.CircuitBreakerFactoryPostProcessor;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.cloud.client.circuitbreaker.CircuitBreakerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Circuit breakers keep their calls in the global transaction. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(CircuitBreakerFactory.class)
class CircuitBreakerConfiguration {

    @Bean
    static CircuitBreakerFactoryPostProcessor dtxCircuitBreakerFactoryPostProcessor() {
        return new CircuitBreakerFactoryPostProcessor();
    }
}
