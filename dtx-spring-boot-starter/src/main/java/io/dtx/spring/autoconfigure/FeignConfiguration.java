package io.dtx.spring.autoconfigure;

import feign.Capability;
import io.dtx.spring.feign.GlobalTransactionCapability;
import io.dtx.spring.propagation.OutgoingCalls;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Feign clients carry the XID. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(Capability.class)
class FeignConfiguration {

    @Bean
    GlobalTransactionCapability dtxFeignCapability(OutgoingCalls calls) {
        return new GlobalTransactionCapability(calls);
    }
}
