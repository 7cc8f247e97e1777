package io.dtx.spring.webflux;

import io.dtx.spring.propagation.OutgoingCalls;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.web.reactive.function.client.WebClient;

/** Makes the WebClient and WebClient.Builder beans carry the XID, however the application made them. */
public final class WebClientPostProcessor implements BeanPostProcessor {

    private final ObjectProvider<OutgoingCalls> calls;

    public WebClientPostProcessor(ObjectProvider<OutgoingCalls> calls) {
        this.calls = calls;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof ScopedObject) {
            return bean; // the instances that it leads to are treated when they are made
        }
        if (bean instanceof WebClient.Builder builder) {
            PropagatingFilter.addTo(builder, calls);
        } else if (bean instanceof WebClient client) {
            WebClient.Builder builder = client.mutate();
            return builder == null
                    ? bean
                    : PropagatingFilter.addTo(builder, calls).build(); // null: a test's mock
        }
        return bean;
    }
}
