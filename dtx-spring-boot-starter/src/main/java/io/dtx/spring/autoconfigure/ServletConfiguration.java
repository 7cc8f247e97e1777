package io.dtx.spring.autoconfigure;

import io.dtx.spring.propagation.HostRule;
import io.dtx.spring.web.ParticipationFilter;
import io.dtx.spring.web.VetoRule;
import io.dtx.tm.GlobalTransactions;
import jakarta.servlet.Filter;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Takes part in the global transactions that requests bring. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(Filter.class)
class ServletConfiguration {

    @Bean
    ParticipationFilter dtxParticipationFilter(DtxProperties properties, GlobalTransactions transactions) {
        return new ParticipationFilter(
                HostRule.of(properties.propagation().acceptFrom()),
                transactions::participate,
                transactions::veto,
                new VetoRule(properties.propagation().veto()));
    }
}
