package io.dtx.spring.metrics;

import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.Xid;
import io.dtx.rm.ResourceListener;
import io.dtx.tm.TransactionListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Meters of the global transactions that this application begins, of its waits for global locks, and of phase two on its data
 * sources. What happens before a registry is bound is not counted.
 */
public final class TransactionMeters implements MeterBinder, TransactionListener, ResourceListener {

    private static final String NO_REASON = "none";

    private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();

    @Override
    public void bindTo(MeterRegistry registry) {
        registries.add(registry);
    }

    @Override
    public void began(Xid xid, String name) {
        for (MeterRegistry registry : registries) {
            registry.counter("dtx.transactions.begun").increment();
        }
    }

    @Override
    public void committed(Xid xid, String name, Duration took) {
        ended("committed", NO_REASON, took);
    }

    @Override
    public void rolledBack(Outcome outcome, String name, Duration took) {
        Rollback rollback = outcome.rollback();
        ended("rolled_back", rollback == null ? NO_REASON : text(rollback.reason()), took);
    }

    @Override
    public void inDoubt(Xid xid, String name, Duration took) {
        ended("in_doubt", NO_REASON, took);
    }

    @Override
    public void locksAwaited(Duration waited, boolean granted) {
        record(
                Timer.builder("dtx.lock.wait")
                        .description("From asking the coordinator for global locks to its answer")
                        .tag("result", granted ? "granted" : "refused"),
                waited);
    }

    @Override
    public void settled(boolean restored, Duration lag) {
        record(
                Timer.builder("dtx.phase.two.lag")
                        .description("From a local commit until its undo row was deleted, or its rows were restored")
                        .tag("work", restored ? "restore" : "release"),
                lag);
    }

    @Override
    public void unprotected() {
        for (MeterRegistry registry : registries) {
            registry.counter("dtx.statements.unprotected").increment();
        }
    }

    @Override
    public void restoreLost() {
        for (MeterRegistry registry : registries) {
            registry.counter("dtx.restores.lost").increment();
        }
    }

    private void ended(String outcome, String reason, Duration took) {
        record(
                Timer.builder("dtx.transactions")
                        .description("Global transactions that were begun here, from begin to decision")
                        .tag("outcome", outcome)
                        .tag("reason", reason),
                took);
    }

    private void record(Timer.Builder timer, Duration duration) {
        for (MeterRegistry registry : registries) {
            timer.register(registry).record(duration);
        }
    }

    private static String text(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
