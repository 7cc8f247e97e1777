package io.dtx.rm;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dtx.client.Ended;
import io.dtx.client.ResourceAgent;
import io.dtx.model.BranchId;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.Outcome;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the times of what passes between the resource manager and the coordinator, and changes nothing of it. */
final class MeasuredCoordinator implements Coordinator {

    private static final Logger log = LoggerFactory.getLogger(MeasuredCoordinator.class);
    /** Branches that wait for phase two longer, or are more, are not measured. */
    private static final Duration LONGEST_LAG = Duration.ofHours(1);

    private static final int MOST_BRANCHES = 100_000;

    private final Coordinator target;
    private final ResourceListener listener;
    /** When a branch was committed locally, by {@link System#nanoTime}. */
    private final Cache<BranchId, Long> committed = Caffeine.newBuilder()
            .maximumSize(MOST_BRANCHES)
            .expireAfterWrite(LONGEST_LAG)
            .executor(Runnable::run) // another thread would cost more than the work that it is given
            .build();

    private MeasuredCoordinator(Coordinator target, ResourceListener listener) {
        this.target = target;
        this.listener = listener;
    }

    static Coordinator of(Coordinator target, ResourceListener listener) {
        return listener == ResourceListener.NONE ? target : new MeasuredCoordinator(target, listener);
    }

    @Override
    public CompletableFuture<Void> register(
            BranchId branch, String resource, List<Execution> executions, List<Lock> locks) {
        return timed(target.register(branch, resource, executions, locks));
    }

    @Override
    public CompletableFuture<Void> checkLocks(@Nullable Xid xid, List<Lock> locks, boolean waits) {
        return timed(target.checkLocks(xid, locks, waits));
    }

    /** If they are held, nobody has waited yet, nor been refused: the question that follows tells how that ends. */
    @Override
    public CompletableFuture<Boolean> areFree(@Nullable Xid xid, List<Lock> locks) {
        long asked = System.nanoTime();
        return target.areFree(xid, locks).whenComplete((free, failed) -> {
            if (failed != null || free) {
                tell(() -> listener.locksAwaited(since(asked), failed == null));
            }
        });
    }

    /** The future that is given on completes when the listener has been told. */
    private CompletableFuture<Void> timed(CompletableFuture<Void> answer) {
        long asked = System.nanoTime();
        return answer.whenComplete(
                (granted, refused) -> tell(() -> listener.locksAwaited(since(asked), refused == null)));
    }

    @Override
    public void reportCommitted(BranchId branch, boolean decisionFollows) {
        committed.put(branch, System.nanoTime());
        target.reportCommitted(branch, decisionFollows);
    }

    private void settled(BranchId branch, boolean restored) {
        Long since = committed.asMap().remove(branch);
        if (since != null) {
            tell(() -> listener.settled(restored, since(since)));
        }
    }

    /** A meter that fails must not fail a branch. */
    private static void tell(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException e) {
            log.warn("A resource listener failed", e);
        }
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    @Override
    public void attach(ResourceAgent agent) {
        target.attach(new ResourceAgent() {
            @Override
            public String resource() {
                return agent.resource();
            }

            @Override
            public String label() {
                return agent.label();
            }

            @Override
            public void attached() {
                agent.attached();
            }

            @Override
            public RestoreReport restore(RestoreOrder order) {
                return told(agent.restore(order));
            }

            @Override
            public void restoreEach(Supplier<@Nullable RestoreOrder> orders, Consumer<RestoreReport> reports) {
                agent.restoreEach(orders, report -> reports.accept(told(report)));
            }

            private RestoreReport told(RestoreReport report) {
                if (report.result() == RestoreReport.Result.RESTORED) {
                    settled(report.branch(), true);
                }
                return report;
            }

            @Override
            public void releaseUndo(ReleaseUndo release) {
                agent.releaseUndo(release);
                release.branches().forEach(branch -> settled(branch, false));
            }
        });
    }

    @Override
    public void detach(String resource) {
        target.detach(resource);
    }

    @Override
    public void waitsInDatabase(Xid xid, String resource, String table) {
        target.waitsInDatabase(xid, resource, table);
    }

    @Override
    public @Nullable String cluster() {
        return target.cluster();
    }

    @Override
    public CompletableFuture<Outcome> veto(Xid xid, String detail) {
        return target.veto(xid, detail);
    }

    @Override
    public CompletableFuture<Ended> ended(Collection<Xid> xids) {
        return target.ended(xids);
    }
}
