package io.dtx.spring.http;

import io.dtx.spring.propagation.OutgoingCalls;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;

/** Makes the interface clients of {@code @ImportHttpServices} carry the XID: Spring builds theirs without any builder bean. */
public final class PropagatingServiceGroups implements RestClientHttpServiceGroupConfigurer {

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
    public void configureGroups(Groups<RestClient.Builder> groups) {
        groups.forEachClient(
                (group, client) -> client.requestInterceptors(all -> PropagatingInterceptor.addTo(all, calls)));
    }
}
