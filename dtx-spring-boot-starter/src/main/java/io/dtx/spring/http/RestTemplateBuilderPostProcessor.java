package io.dtx.spring.http;

import io.dtx.spring.propagation.OutgoingCalls;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.restclient.RestTemplateBuilder;

/**
 * Makes what Boot's RestTemplateBuilder builds carry the XID, where it never becomes a bean. Apart from the others because
 * the builder's package differs between Boot lines.
 */
public final class RestTemplateBuilderPostProcessor implements BeanPostProcessor {

    private final ObjectProvider<OutgoingCalls> calls;

    public RestTemplateBuilderPostProcessor(ObjectProvider<OutgoingCalls> calls) {
        this.calls = calls;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        return bean instanceof RestTemplateBuilder builder
                ? builder.additionalInterceptors(new PropagatingInterceptor(calls.getObject()))
                : bean;
    }
}
