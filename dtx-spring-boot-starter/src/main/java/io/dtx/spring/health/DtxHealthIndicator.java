package io.dtx.spring.health;

import io.dtx.client.CoordinatorClient;
import io.dtx.rm.Resource;
import io.dtx.rm.ResourceManager;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/** Down while the coordinator is away, or a data source can not take part; says which. Does no I/O. */
public final class DtxHealthIndicator extends AbstractHealthIndicator {

    private final CoordinatorClient client;
    private final ResourceManager manager;

    public DtxHealthIndicator(CoordinatorClient client, ResourceManager manager) {
        super("dtx health check failed");
        this.client = client;
        this.manager = manager;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        boolean connected = client.connected();
        builder.status(connected ? Status.UP : Status.DOWN);
        builder.withDetail("coordinator", connected ? "connected" : "not connected");
        for (Resource resource : manager.resources()) {
            Resource.State state = resource.state();
            if (state.problem() != null) {
                builder.down();
            }
            builder.withDetail(state.name(), describe(state));
        }
    }

    private static String describe(Resource.State state) {
        if (state.problem() != null) {
            return state.problem();
        }
        return state.attached() ? "attached: " + state.label() : "not used yet";
    }
}
