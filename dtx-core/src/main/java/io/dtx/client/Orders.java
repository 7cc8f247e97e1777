package io.dtx.client;

import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.protocol.Request.RestoreReport.Result;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
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
 * Carries out the coordinator's orders on threads of its own, so that a slow database never holds up the stream. Each resource
 * has threads of its own, which end when they have nothing to do: a database that hangs holds up no other one. Deletions go apart
 * from restores, so that clearing up never holds up what others wait for.
 */
final class Orders {

    private static final Logger log = LoggerFactory.getLogger(Orders.class);
    /** Of one resource. */
    private static final int RESTORES_AT_ONCE = 4;
    /** Of one resource; what comes beyond is left to the sweep. */
    private static final int MOST_RELEASES_WAITING = 1_000;
    /** Then the connection goes back to its pool; also after one that failed. */
    private static final int RESTORES_IN_A_ROW = 32;

    private static final long LONGEST_TURN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<String, ResourceAgent> agents = new ConcurrentHashMap<>();
    /** By resource; of those that are attached, and have had orders. */
    private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
    /** Of those that were detached, while orders may be in hand. */
    private final Set<Lane> ending = ConcurrentHashMap.newKeySet();

    private final Consumer<RestoreReport> reports;
    private volatile boolean closed;

    /** @param reports takes how a restore ended; does not block */
    Orders(Consumer<RestoreReport> reports) {
        this.reports = reports;
    }

    void add(ResourceAgent agent) {
        agents.put(agent.resource(), agent);
    }

    void remove(String resource) {
        agents.remove(resource);
        Lane lane = lanes.remove(resource);
        if (lane != null) {
            ending.removeIf(ended -> ended.restores.isTerminated());
            ending.add(lane);
            lane.shutDown(); // what waits there is reported as failed, and its threads end
        }
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
        if (!agents.containsKey(order.resource())) {
            reports.accept(notAttached(order));
        } else if (!closed) {
            lane(order.resource()).restore(order);
        }
    }

    void release(ReleaseUndo release) {
        if (agents.containsKey(release.resource()) && !closed) {
            lane(release.resource()).release(release);
        }
    }

    private Lane lane(String resource) {
        return lanes.computeIfAbsent(resource, Lane::new);
    }

    /** Takes no more orders; waits for those in hand at most as long as given. */
    void close(long patienceMillis) {
        closed = true;
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
        List<Lane> open = new ArrayList<>(lanes.values());
        open.addAll(ending);
        open.forEach(Lane::shutDown);
        try {
            for (Lane lane : open) {
                lane.restores.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What is ordered on one resource. */
    private final class Lane {

        private final String resource;
        /** A task is on its way for each order, which finds the queue empty if another has taken it. */
        private final Queue<RestoreOrder> queue = new ConcurrentLinkedQueue<>();
        /** Those that wait and those in hand: the coordinator asks again for what takes long. */
        private final Set<RestoreOrder> known = ConcurrentHashMap.newKeySet();

        private final ThreadPoolExecutor restores =
                daemons("dtx-restore", RESTORES_AT_ONCE, new LinkedBlockingQueue<>());
        private final ThreadPoolExecutor releases =
                daemons("dtx-release", 1, new LinkedBlockingQueue<>(MOST_RELEASES_WAITING));

        Lane(String resource) {
            this.resource = resource;
        }

        void restore(RestoreOrder order) {
            if (known.add(order)) {
                queue.add(order);
                execute(restores, this::restoreSome);
            }
        }

        void release(ReleaseUndo release) {
            execute(releases, () -> {
                ResourceAgent agent = agents.get(resource);
                if (agent != null) {
                    agent.releaseUndo(release);
                }
            });
        }

        void shutDown() {
            restores.shutdown();
            releases.shutdown();
        }

        /** Those that wait, as many as one turn may have; the others have tasks of their own, behind what came meanwhile. */
        private void restoreSome() {
            Turn turn = new Turn(this);
            ResourceAgent agent = agents.get(resource);
            if (agent == null) {
                for (RestoreOrder order = turn.next(); order != null; order = turn.next()) {
                    turn.reported(notAttached(order));
                }
                return;
            }
            try {
                agent.restoreEach(turn::next, turn::reported);
            } catch (RuntimeException | Error broken) {
                RestoreOrder order = turn.inHand;
                log.error("Restoring branch {} failed", order == null ? "(none)" : order.branch(), broken);
                if (order != null) {
                    turn.reported(failed(order, broken.toString()));
                }
            }
        }
    }

    /** The orders that one task takes; of its thread alone. */
    private final class Turn {

        private final Lane lane;
        private final long start = System.nanoTime();
        private int taken;
        private boolean failed;
        /** Not reported yet. */
        private @Nullable RestoreOrder inHand;

        Turn(Lane lane) {
            this.lane = lane;
        }

        @Nullable RestoreOrder next() {
            boolean over = failed || taken == RESTORES_IN_A_ROW || System.nanoTime() - start >= LONGEST_TURN_NANOS;
            inHand = over && taken > 0 ? null : lane.queue.poll();
            taken++;
            return inHand;
        }

        /** Forgotten first: whoever asks again after that gets a report of his own, whoever did before gets this one. */
        void reported(RestoreReport report) {
            RestoreOrder order = inHand;
            inHand = null;
            if (order != null) {
                lane.known.remove(order);
            }
            failed |= report.result() == Result.FAILED;
            reports.accept(report);
        }
    }

    private static RestoreReport notAttached(RestoreOrder order) {
        return failed(order, "resource " + order.resource() + " is not attached here");
    }

    private static RestoreReport failed(RestoreOrder order, String why) {
        return new RestoreReport(order.branch(), order.resource(), order.attempt(), Result.FAILED, why);
    }

    private static void execute(ThreadPoolExecutor executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException closed) {
            log.debug("An order came after close, and is given again, to another instance; or too many wait", closed);
        }
    }

    private static ThreadPoolExecutor daemons(String name, int threads, BlockingQueue<Runnable> waiting) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(threads, threads, 30, TimeUnit.SECONDS, waiting, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }
}
