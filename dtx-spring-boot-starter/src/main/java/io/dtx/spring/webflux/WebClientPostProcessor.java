package io.dtx.spring.webflux;

import io.dtx.spring.propagation.OutgoingCalls;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;

/** Makes the WebClient and WebClient.Builder beans carry the XID, however the application made them. */
public final class WebClientPostProcessor implements BeanPostProcessor {

    private final ObjectProvider<OutgoingCalls> calls;

    public WebClientPostProcessor(ObjectProvider<OutgoingCalls> calls) {
        this.calls = calls;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof WebClient.Builder builder) {
            return builder.filters(this::add);
        }
        return bean instanceof WebClient client
                ? client.mutate().filters(this::add).build()
                : bean;
    }

    private void add(List<ExchangeFilterFunction> filters) {
        PropagatingFilter.addTo(filters, calls);
    }
}
