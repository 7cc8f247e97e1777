package io.dtx.spring.autoconfigure;

import io.dtx.client.CoordinatorClient;
import io.dtx.rm.ResourceManager;
import io.dtx.spring.health.DtxHealthIndicator;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Shows the coordinator and the data sources in the application's health. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(HealthIndicator.class)
class HealthConfiguration {

    // Not on the class: without Boot's health this condition, too, is a class that is not there.
    @Bean
    @ConditionalOnEnabledHealthIndicator("dtx")
    DtxHealthIndicator dtxHealthIndicator(CoordinatorClient client, ResourceManager manager) {
        return new DtxHealthIndicator(client, manager);
    }
}
