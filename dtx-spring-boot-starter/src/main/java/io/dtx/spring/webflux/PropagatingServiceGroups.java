package io.dtx.spring.webflux;

import io.dtx.spring.propagation.OutgoingCalls;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;

/** Makes the interface clients of {@code @ImportHttpServices} over WebClient carry the XID. */
public final class PropagatingServiceGroups implements WebClientHttpServiceGroupConfigurer {

    private final ObjectProvider<OutgoingCalls> calls;

    public PropagatingServiceGroups(ObjectProvider<OutgoingCalls> calls) {
        this.calls = calls;
    }

    /** Last, when what others add is there. */
    @Override
    public int getOrder() {
        return LOWEST_PRECEDENCE;
    }

    @Override
    public void configureGroups(Groups<WebClient.Builder> groups) {
        groups.forEachClient((group, client) -> PropagatingFilter.addTo(client, calls));
    }
}
