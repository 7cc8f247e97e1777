package io.dtx.spring.feign;

import feign.Capability;
import feign.Client;
import io.dtx.spring.propagation.OutgoingCalls;

/**
 * Makes Feign clients carry the XID. A bean of this type is applied to every client that Spring Cloud OpenFeign builds; for
 * one built by hand, {@code Feign.builder().addCapability(..)}.
 *
 * <p>Public because Feign calls it by reflection.
 */
public final class GlobalTransactionCapability implements Capability {

    private final OutgoingCalls calls;

    public GlobalTransactionCapability(OutgoingCalls calls) {
        this.calls = calls;
    }

    @Override
    public Client enrich(Client client) {
        return client instanceof PropagatingClient ? client : new PropagatingClient(client, calls);
    }
}
