package io.dtx.spring.autoconfigure;

import io.dtx.spring.transaction.DisabledAdvisor;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Role;

/** With dtx switched off, annotated methods fail rather than run as several transactions. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "dtx.disabled-behaviour", havingValue = "fail", matchIfMissing = true)
@Import(AnnotationConfiguration.ProxyCreator.class)
class DisabledConfiguration {

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static DisabledAdvisor dtxDisabledAdvisor() {
        return new DisabledAdvisor();
    }
}
