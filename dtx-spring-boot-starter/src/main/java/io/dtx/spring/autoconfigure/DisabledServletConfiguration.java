package io.dtx.spring.autoconfigure;

import io.dtx.error.UsageException;
import io.dtx.spring.propagation.HostRule;
import io.dtx.spring.web.ParticipationFilter;
import jakarta.servlet.Filter;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** With dtx switched off, requests that bring an XID are refused: their work would not be rolled back. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(Filter.class)
@ConditionalOnProperty(name = "dtx.disabled-behaviour", havingValue = "fail", matchIfMissing = true)
class DisabledServletConfiguration {

    @Bean
    ParticipationFilter dtxParticipationFilter(DtxProperties properties) {
        return new ParticipationFilter(
                HostRule.of(properties.propagation().acceptFrom()),
                (xid, executions) -> {
                    throw new UsageException(
                            xid,
                            "this service has dtx.enabled=false, so it can not take part in global transaction " + xid
                                    + ": enable dtx in it, or set dtx.disabled-behaviour=ignore to let its work stay"
                                    + " whatever becomes of the transaction");
                },
                (participation, reason) -> false,
                request -> true);
    }
}
