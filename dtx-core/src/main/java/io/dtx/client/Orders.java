package io.dtx.client;

import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.protocol.Request.RestoreReport.Result;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the coordinator's orders on threads of its own, so that a slow database never holds up the stream; and
 * deletions apart from restores, so that clearing up never holds up what others wait for.
 */
final class Orders {

    private static final Logger log = LoggerFactory.getLogger(Orders.class);
    private static final int RESTORES_AT_ONCE = 4;

    private final Map<String, ResourceAgent> agents = new ConcurrentHashMap<>();
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
        execute(restores, () -> reports.accept(carryOut(order)));
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

    private RestoreReport carryOut(RestoreOrder order) {
        ResourceAgent agent = agents.get(order.resource());
        if (agent == null) {
            return failed(order, "resource " + order.resource() + " is not attached here");
        }
        try {
            return agent.restore(order);
        } catch (RuntimeException | Error broken) {
            log.error("Restoring branch {} failed", order.branch(), broken);
            return failed(order, broken.toString());
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
