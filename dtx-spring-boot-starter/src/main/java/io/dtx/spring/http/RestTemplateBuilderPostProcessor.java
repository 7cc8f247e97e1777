package io.dtx.spring.http;

import io.dtx.spring.propagation.OutgoingCalls;
import java.util.List;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.web.client.RestTemplate;

/**
 * Makes what Boot's RestTemplateBuilder builds carry the XID, where it never becomes a bean. Added twice, since the builder's
 * {@code interceptors(..)} and {@code customizers(..)} each replace what was there; the customizer runs last and so finds the
 * place. Apart from the others because the builder's package differs between Boot lines.
 */
public final class RestTemplateBuilderPostProcessor implements BeanPostProcessor {

    private final ObjectProvider<OutgoingCalls> calls;

    public RestTemplateBuilderPostProcessor(ObjectProvider<OutgoingCalls> calls) {
        this.calls = calls;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (!(bean instanceof RestTemplateBuilder builder) || bean instanceof ScopedObject) {
            return bean;
        }
        RestTemplateBuilder added = builder.additionalInterceptors(new PropagatingInterceptor(calls.getObject()));
        return added == null ? bean : added.additionalCustomizers(this::putInPlace); // null: a test's mock
    }

    private void putInPlace(RestTemplate template) {
        List<ClientHttpRequestInterceptor> interceptors = template.getInterceptors();
        interceptors.removeIf(PropagatingInterceptor.class::isInstance);
        PropagatingInterceptor.addTo(interceptors, calls);
    }
}
