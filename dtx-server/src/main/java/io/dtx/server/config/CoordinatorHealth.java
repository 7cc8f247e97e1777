package io.dtx.server.config;

import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.coordinator.Transaction;
import io.dtx.server.metrics.Situation;
import io.dtx.server.runtime.Coordinator;
import java.util.Optional;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** UP only while requests are served and answered, by this node or served by the one that leads. Its details are for who carries a token. */
final class CoordinatorHealth implements HealthIndicator {

    private final Coordinator coordinator;
    private final String node;

    /** @param node this node's id; empty for a node by itself */
    CoordinatorHealth(Coordinator coordinator, String node) {
        this.coordinator = coordinator;
        this.node = node;
    }

    @Override
    public Health health() {
        Coordinator.Status status = coordinator.status();
        String standstill = coordinator.standstill();
        Health.Builder health = coordinator.healthy() && standstill.isEmpty() ? Health.up() : Health.outOfService();
        Situation now = Situation.of(coordinator);
        health.withDetail("status", status)
                .withDetail(
                        "cluster",
                        coordinator
                                .read(state -> Optional.ofNullable(state.cluster()))
                                .orElse(""))
                .withDetail("unfinished", now.counts().active() + now.counts().rollingBack())
                .withDetail("stalledBranches", now.counts().stalledBranches())
                .withDetail("unservedResources", now.unserved());
        if (!node.isEmpty()) {
            health.withDetail("node", node)
                    .withDetail("leader", status == Coordinator.Status.SERVING ? node : coordinator.leaderNode());
        }
        if (!standstill.isEmpty()) {
            health.withDetail("standstill", standstill);
        }
        Transaction oldest = now.oldest();
        if (oldest != null) {
            health.withDetail("oldestUnfinished", oldest.xid().toString())
                    .withDetail("oldestUnfinishedStatus", oldest.status().name())
                    .withDetail("oldestUnfinishedSeconds", now.oldestMillis() / 1_000);
        }
        coordinator.read(StateMachine::olderThan).ifPresent(xid -> health.withDetail("neverHeardOf", xid.toString()));
        return health.build();
    }
}
