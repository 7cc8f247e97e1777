package io.dtx.spring.autoconfigure;

import io.dtx.spring.metrics.TransactionMeters;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Meters, where Micrometer is there. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(MeterBinder.class)
class MetricsConfiguration {

    @Bean
    TransactionMeters dtxTransactionMeters() {
        return new TransactionMeters();
    }
}
