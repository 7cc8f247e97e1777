package io.dtx.spring.http;

import io.dtx.spring.propagation.OutgoingCalls;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;

/** Treats objects as the beans of an application would be. */
final class Beans {

    private Beans() {}

    static Object processed(Object bean, OutgoingCalls calls) {
        return new HttpClientPostProcessor(provider(calls)).postProcessAfterInitialization(bean, "client");
    }

    static ObjectProvider<OutgoingCalls> provider(OutgoingCalls calls) {
        DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
        beans.registerSingleton("calls", calls);
        return beans.getBeanProvider(OutgoingCalls.class);
    }
}
