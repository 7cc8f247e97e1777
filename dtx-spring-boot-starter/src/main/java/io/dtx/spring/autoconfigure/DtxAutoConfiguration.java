package io.dtx.spring.autoconfigure;

import io.dtx.spring.diagnostics.RequiredBoot;
import io.dtx.spring.diagnostics.WrittenKeys;
import java.util.List;
import java.util.Map;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.ConfigurableEnvironment;

/** Auto-configuration of an application that takes part in global transactions. */
@AutoConfiguration
@EnableConfigurationProperties(DtxProperties.class)
public final class DtxAutoConfiguration {

    /** Whatever property a condition reads, with the words that it knows, its default first. */
    static final Map<String, List<String>> SWITCHES = Map.of(
            "dtx.enabled", List.of("true", "false"),
            "dtx.propagation.tasks", List.of("true", "false"),
            "dtx.disabled-behaviour", List.of("fail", "ignore"));

    @Bean
    static WrittenKeys dtxWrittenKeys(ConfigurableEnvironment environment) {
        RequiredBoot.check(SpringBootVersion.getVersion()); // here, since this bean is made before all others
        return new WrittenKeys(environment, DtxProperties.class, SWITCHES);
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBooleanProperty(name = "dtx.enabled", matchIfMissing = true)
    @Import({
        CoreConfiguration.class,
        DataSourceConfiguration.class,
        PoolMetadataConfiguration.class,
        JpaConfiguration.class,
        MyBatisConfiguration.class,
        AnnotationConfiguration.class,
        ServletConfiguration.class,
        WebMvcConfiguration.class,
        RestClientConfiguration.class,
        RestTemplateBuilderConfiguration.class,
        WebClientConfiguration.class,
        ReactiveConfiguration.class,
        FeignConfiguration.class,
        CircuitBreakerConfiguration.class,
        TaskConfiguration.class,
        HealthConfiguration.class,
        MetricsConfiguration.class
    })
    static class Enabled {}

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBooleanProperty(name = "dtx.enabled", havingValue = false)
    @Import({DisabledConfiguration.class, DisabledServletConfiguration.class, DisabledTemplateConfiguration.class})
    static class Disabled {}
}
