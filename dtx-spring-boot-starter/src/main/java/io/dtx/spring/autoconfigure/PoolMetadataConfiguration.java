package io.dtx.spring.autoconfigure;

import io.dtx.spring.jdbc.PoolMetadataPostProcessor;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Keeps Spring Boot's gauges of connection pools working. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(DataSourcePoolMetadataProvider.class)
class PoolMetadataConfiguration {

    @Bean
    static PoolMetadataPostProcessor dtxPoolMetadataPostProcessor() {
        return new PoolMetadataPostProcessor();
    }
}
