package io.dtx.server.metrics;

import io.dtx.server.runtime.Coordinator;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** How things stand, looked at once for all gauges of a scrape. Thread-safe. */
public final class CoordinatorGauges implements MeterBinder {

    private static final long FRESH_NANOS = 1_000_000_000;

    private final Coordinator coordinator;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by {@link #lock}, as is its time. */
    private @Nullable Situation last;

    private long lastNanos;

    public CoordinatorGauges(Coordinator coordinator) {
        this.coordinator = coordinator;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("dtx.server.leading", coordinator, it -> it.status() == Coordinator.Status.SERVING ? 1 : 0)
                .description("1 on the node that leads and serves the applications, else 0")
                .register(registry);
        unfinished(registry, "active", now -> now.counts().active());
        unfinished(registry, "rolling_back", now -> now.counts().rollingBack());
        gauge(
                registry,
                "dtx.server.transactions.oldest",
                "The age of the oldest unfinished global transaction, in seconds",
                now -> now.oldestMillis() / 1e3);
        gauge(
                registry,
                "dtx.server.branches.stalled",
                "Branches that wait for an operator",
                now -> now.counts().stalledBranches());
        gauge(
                registry,
                "dtx.server.locks.held",
                "Keys that are locked by global transactions",
                now -> now.counts().lockedKeys());
        gauge(registry, "dtx.server.locks.waiting", "Requests that wait for global locks", Situation::waiting);
        gauge(
                registry,
                "dtx.server.outcomes",
                "Finished global transactions whose outcome is kept",
                now -> now.counts().outcomes());
        gauge(
                registry,
                "dtx.server.applications",
                "Application processes that are connected to this node",
                Situation::applications);
        gauge(
                registry,
                "dtx.server.resources.unserved",
                "Databases with branches to restore that no connected application serves",
                Situation::unserved);
    }

    private void unfinished(MeterRegistry registry, String status, ToDoubleFunction<Situation> value) {
        Gauge.builder("dtx.server.transactions.unfinished", this, gauges -> value.applyAsDouble(gauges.now()))
                .description("Global transactions that are not finished")
                .tag("status", status)
                .register(registry);
    }

    private void gauge(MeterRegistry registry, String name, String description, ToDoubleFunction<Situation> value) {
        Gauge.builder(name, this, gauges -> value.applyAsDouble(gauges.now()))
                .description(description)
                .register(registry);
    }

    private Situation now() {
        lock.lock();
        try {
            Situation known = last;
            if (known == null || System.nanoTime() - lastNanos > FRESH_NANOS) {
                known = Situation.of(coordinator);
                last = known;
                lastNanos = System.nanoTime();
            }
            return known;
        } finally {
            lock.unlock();
        }
    }
}
