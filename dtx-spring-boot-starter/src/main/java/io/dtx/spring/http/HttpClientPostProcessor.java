package io.dtx.spring.http;

import io.dtx.spring.propagation.OutgoingCalls;
import java.util.ArrayList;
import java.util.List;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;

/**
 * Makes the RestTemplate, RestClient and RestClient.Builder beans carry the XID, however the application made them. The proxy of
 * a scoped one is left alone: the instances that it leads to are treated when they are made, and what {@code mutate()} makes of
 * it is the first request's client, with that one's credentials, for all others.
 */
public final class HttpClientPostProcessor implements BeanPostProcessor {

    private final ObjectProvider<OutgoingCalls> calls;

    public HttpClientPostProcessor(ObjectProvider<OutgoingCalls> calls) {
        this.calls = calls;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof ScopedObject) {
            return bean;
        }
        if (bean instanceof RestTemplate template) {
            List<ClientHttpRequestInterceptor> interceptors = new ArrayList<>(template.getInterceptors());
            add(interceptors);
            template.setInterceptors(interceptors);
        } else if (bean instanceof RestClient.Builder builder) {
            builder.requestInterceptors(this::add);
        } else if (bean instanceof RestClient client) {
            RestClient.Builder builder = client.mutate();
            return builder == null
                    ? bean
                    : builder.requestInterceptors(this::add).build(); // null: a test's mock
        }
        return bean;
    }

    private void add(List<ClientHttpRequestInterceptor> interceptors) {
        PropagatingInterceptor.addTo(interceptors, calls);
    }
}
