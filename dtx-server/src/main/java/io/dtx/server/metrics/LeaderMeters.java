package io.dtx.server.metrics;

import io.dtx.model.RollbackReason;
import io.dtx.protocol.FailureKind;
import io.dtx.server.runtime.LeaderListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Counts and times what the leader does. All meters are there from the start, so that a transaction costs a few additions, no
 * look-up by tags, and a rate is zero, not missing, before the first of its kind.
 */
public final class LeaderMeters implements LeaderListener {

    private final Counter begun;
    private final Counter committed;
    private final Map<RollbackReason, Counter> rolledBack = new EnumMap<>(RollbackReason.class);
    private final Timer register;
    private final Timer decision;
    private final Timer lockGranted;
    private final Map<FailureKind, Timer> lockRefused = new EnumMap<>(FailureKind.class);
    private final Timer logAppend;
    private final DistributionSummary logCommands;
    private final Timer restore;
    private final Counter restoreFailures;
    private final Counter stalled;

    public LeaderMeters(MeterRegistry registry) {
        begun = Counter.builder("dtx.server.transactions.begun")
                .description("Global transactions that this node heard of first while it led")
                .register(registry);
        committed = decided(registry, "committed", "none");
        for (RollbackReason reason : RollbackReason.values()) {
            rolledBack.put(reason, decided(registry, "rolled_back", text(reason)));
        }
        register = Timer.builder("dtx.server.register")
                .description("From the request to register a branch to its answer, where no lock was waited for")
                .register(registry);
        decision = Timer.builder("dtx.server.decision")
                .description("From the request to commit or roll back to the decision's answer")
                .register(registry);
        lockGranted = lockWait(registry, "granted");
        for (FailureKind kind : FailureKind.values()) {
            lockRefused.put(kind, lockWait(registry, result(kind)));
        }
        logAppend = Timer.builder("dtx.server.log.append")
                .description("From handing an entry to the log until it is durable and applied")
                .register(registry);
        logCommands = DistributionSummary.builder("dtx.server.log.commands")
                .description("Commands that shared one entry of the log")
                .register(registry);
        restore = Timer.builder("dtx.server.restore")
                .description("From the moment a branch could be restored until an application has reported it")
                .register(registry);
        restoreFailures = Counter.builder("dtx.server.restore.failures")
                .description("Restores that failed and are tried again")
                .register(registry);
        stalled = Counter.builder("dtx.server.stalls")
                .description("Times that a branch came to wait for an operator")
                .register(registry);
    }

    private static Counter decided(MeterRegistry registry, String outcome, String reason) {
        return Counter.builder("dtx.server.transactions.decided")
                .description("Global transactions that this node decided")
                .tag("outcome", outcome)
                .tag("reason", reason)
                .register(registry);
    }

    /** The same for all that is rare: a registry gives one meter for one name and tags. */
    private static Timer lockWait(MeterRegistry registry, String result) {
        return Timer.builder("dtx.server.lock.wait")
                .description("Waits for global locks, of requests that did not get them at once")
                .tag("result", result)
                .register(registry);
    }

    private static String result(FailureKind kind) {
        return switch (kind) {
            case LOCK_TIMEOUT -> "timeout";
            case DEADLOCK, HOLDER_ROLLING_BACK, TRANSACTION_DECIDED -> text(kind);
            default -> "other";
        };
    }

    private static String text(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void begun() {
        begun.increment();
    }

    @Override
    public void committed() {
        committed.increment();
    }

    @Override
    public void rolledBack(RollbackReason reason) {
        Counter counter = rolledBack.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }

    @Override
    public void registered(long nanos) {
        register.record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void decided(long nanos) {
        decision.record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void lockWaitEnded(@Nullable FailureKind failure, long millis) {
        Timer timer = failure == null ? lockGranted : lockRefused.get(failure);
        if (timer != null) {
            timer.record(millis, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void appended(int commands, long nanos) {
        logAppend.record(nanos, TimeUnit.NANOSECONDS);
        logCommands.record(commands);
    }

    @Override
    public void restored(long millis) {
        restore.record(millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void restoreFailed() {
        restoreFailures.increment();
    }

    @Override
    public void stalled() {
        stalled.increment();
    }
}
