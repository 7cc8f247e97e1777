package io.dtx.server.config;

import io.dtx.server.runtime.Coordinator;
import io.dtx.server.runtime.Limits.Limit;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;

/** What the limits have turned away, and how near the one of connections is. */
record LimitMeters(CoordinatorServer server) implements MeterBinder {

    @Override
    public void bindTo(MeterRegistry registry) {
        Coordinator coordinator = server.coordinator();
        for (Limit limit : Limit.values()) {
            FunctionCounter.builder(
                            "dtx.server.limit.refused", coordinator.limitCounts(), counts -> counts.refused(limit))
                    .tag("limit", limit.name().toLowerCase(Locale.ROOT))
                    .description("What went over a limit, and was refused")
                    .register(registry);
        }
        Gauge.builder("dtx.server.connections", server, CoordinatorServer::connections)
                .description("Connections of applications")
                .register(registry);
        Gauge.builder("dtx.server.replies.unread", server, CoordinatorServer::unreadBytes)
                .description("Replies that wait for applications to read them")
                .baseUnit("bytes")
                .register(registry);
    }
}
