package io.dtx.client;

import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.protocol.Request.RestoreReport.Result;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the coordinator's orders on threads of its own, so that a slow database never holds up the stream; and
 * deletions apart from restores, so that clearing up never holds up what others wait for.
 */
final class Orders {

    private static final Logger log = LoggerFactory.getLogger(Orders.class);
    private static final int RESTORES_AT_ONCE = 4;
    /** Then the connection goes back to its pool, and other resources have a turn; also after one that failed. */
    private static final int RESTORES_IN_A_ROW = 32;

    private static final long LONGEST_TURN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<String, ResourceAgent> agents = new ConcurrentHashMap<>();
    /** By resource; a task is on its way for each order, which finds the queue empty if another has taken it. */
    private final Map<String, Queue<RestoreOrder>> waiting = new ConcurrentHashMap<>();

    private final Consumer<RestoreReport> reports;
    private final ThreadPoolExecutor restores = daemons("dtx-restore", RESTORES_AT_ONCE);
    private final ThreadPoolExecutor releases = daemons("dtx-release", 1);

    /** @param reports takes how a restore ended */
    Orders(Consumer<RestoreReport> reports) {
        this.reports = reports;
    }

    void add(ResourceAgent agent) {
        agents.put(agent.resource(), agent);
    }

    void remove(String resource) {
        agents.remove(resource);
    }

    Collection<ResourceAgent> agents() {
        return List.copyOf(agents.values());
    }

    void attached(String resource) {
        ResourceAgent agent = agents.get(resource);
        if (agent != null) {
            agent.attached();
        }
    }

    void restore(RestoreOrder order) {
        Queue<RestoreOrder> queue =
                waiting.computeIfAbsent(order.resource(), resource -> new ConcurrentLinkedQueue<>());
        queue.add(order);
        execute(restores, () -> restoreSome(order.resource(), queue));
    }

    void release(ReleaseUndo release) {
        execute(releases, () -> {
            ResourceAgent agent = agents.get(release.resource());
            if (agent != null) {
                agent.releaseUndo(release);
            }
        });
    }

    /** Takes no more orders; waits for those in hand at most as long as given. */
    void close(long patienceMillis) {
        restores.shutdown();
        releases.shutdown();
        try {
            restores.awaitTermination(patienceMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Those that wait, as many as one turn may have; the others have tasks of their own, behind what came meanwhile. */
    private void restoreSome(String resource, Queue<RestoreOrder> queue) {
        Turn turn = new Turn(queue);
        ResourceAgent agent = agents.get(resource);
        if (agent == null) {
            for (RestoreOrder order = turn.next(); order != null; order = turn.next()) {
                reports.accept(failed(order, "resource " + resource + " is not attached here"));
            }
            return;
        }
        try {
            agent.restoreEach(turn::next, turn::reported);
        } catch (RuntimeException | Error broken) {
            RestoreOrder order = turn.inHand;
            log.error("Restoring branch {} failed", order == null ? "(none)" : order.branch(), broken);
            if (order != null) {
                reports.accept(failed(order, broken.toString()));
            }
        }
    }

    /** The orders that one task takes; of its thread alone. */
    private final class Turn {

        private final Queue<RestoreOrder> queue;
        private final long start = System.nanoTime();
        private int taken;
        private boolean failed;
        /** Not reported yet. */
        private @Nullable RestoreOrder inHand;

        Turn(Queue<RestoreOrder> queue) {
            this.queue = queue;
        }

        @Nullable RestoreOrder next() {
            boolean over = failed || taken == RESTORES_IN_A_ROW || System.nanoTime() - start >= LONGEST_TURN_NANOS;
            inHand = over && taken > 0 ? null : queue.poll();
            taken++;
            return inHand;
        }

        void reported(RestoreReport report) {
            inHand = null;
            failed |= report.result() == Result.FAILED;
            reports.accept(report);
        }
    }

    private static RestoreReport failed(RestoreOrder order, String why) {
        return new RestoreReport(order.branch(), order.resource(), order.attempt(), Result.FAILED, why);
    }

    private static void execute(ThreadPoolExecutor executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException closed) {
            log.debug("An order came after close; the coordinator gives it again, to another instance", closed);
        }
    }

    private static ThreadPoolExecutor daemons(String name, int threads) {
        ThreadPoolExecutor executor =
                new ThreadPoolExecutor(threads, threads, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, name);
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }
}
