package io.dtx.spring.autoconfigure;

import io.dtx.GlobalTransactionTemplate;
import io.dtx.spring.autoconfigure.DtxProperties.DisabledBehaviour;
import io.dtx.spring.transaction.DisabledAdvisor;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** With dtx switched off, a template does what annotated methods do. */
@Configuration(proxyBeanMethods = false)
class DisabledTemplateConfiguration {

    @Bean
    @ConditionalOnMissingBean
    GlobalTransactionTemplate globalTransactionTemplate(DtxProperties properties) {
        boolean fails = properties.disabledBehaviour() == DisabledBehaviour.FAIL;
        return GlobalTransactionTemplate.switchedOff(fails ? DisabledAdvisor.REMEDY : null);
    }
}
