package io.dtx.spring.webflux;

import io.dtx.spring.propagation.HttpClientContract;
import io.dtx.spring.propagation.OutgoingCalls;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

class WebClientTests extends HttpClientContract {

    @Override
    protected @Nullable String get(URI uri, OutgoingCalls calls) {
        DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
        beans.registerSingleton("calls", calls);
        WebClient client = (WebClient) new WebClientPostProcessor(beans.getBeanProvider(OutgoingCalls.class))
                .postProcessAfterInitialization(
                        WebClient.builder()
                                .clientConnector(new JdkClientHttpConnector())
                                .build(),
                        "client");
        return client.get().uri(uri).retrieve().bodyToMono(String.class).block(timeout(uri));
    }
}
