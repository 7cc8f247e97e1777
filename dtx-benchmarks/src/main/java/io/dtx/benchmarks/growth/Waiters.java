package io.dtx.benchmarks.growth;

import com.sun.management.OperatingSystemMXBean;
import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.test.EmbeddedCoordinator;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many transactions that wait for one lock, in a coordinator of this process and over its client: how long they take to queue,
 * what they weigh, and what each grant costs when one after the other gets the lock, commits, and lets the next one in.
 */
final class Waiters {

    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final String RESOURCE = "bank1";

    private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** What becomes of the waiters. */
    private enum End {
        /** Each is granted the lock in its turn. */
        GRANTED,
        /** The same; and each holds a lock of its own already, as the second branch of a transfer does. */
        GRANTED_HOLDING,
        /** The holder rolls back: all fail at once. */
        HOLDER_ROLLS_BACK,
        /** Their time is up. */
        EXPIRED
    }

    void measure(List<Figure> figures) throws InterruptedException {
        boolean warmingUp = true;
        for (End end : End.values()) {
            for (int count : warmingUp ? new int[] {3_000, 100, 1_000, 10_000} : new int[] {100, 1_000, 10_000}) {
                Figure figure = measure(end, count);
                System.out.println(figure);
                if (!warmingUp) {
                    figures.add(figure);
                }
                warmingUp = false;
            }
        }
    }

    private Figure measure(End end, int count) throws InterruptedException {
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start();
                CoordinatorClient client = CoordinatorClient.start(new ClientSettings(
                        "waiters", coordinator.addresses(), null, PATIENCE, Duration.ofSeconds(30)))) {
            Lock hot = lock("hot", 0);
            BranchId holder = begin(client, 0);
            client.register(holder, RESOURCE, List.of(hot)).join();
            List<BranchId> waiting = new ArrayList<>();
            for (int i = 1; i <= count; i++) {
                waiting.add(begin(client, i));
            }
            if (end == End.GRANTED_HOLDING) {
                hold(client, waiting);
            }
            long heapBefore = heap();
            long cpu = system.getProcessCpuTime();
            long nanos = System.nanoTime();
            Duration patience = end == End.EXPIRED ? Duration.ofSeconds(8) : PATIENCE;
            List<CompletableFuture<Void>> requests = new ArrayList<>();
            for (BranchId branch : waiting) {
                requests.add(client.register(branch, RESOURCE, List.of(hot), patience));
            }
            client.outcome(holder.xid()).join(); // asked last, answered last
            double queued = millisSince(nanos);
            double cpuQueued = (system.getProcessCpuTime() - cpu) / 1e6 / count;
            double bytes = (double) (heap() - heapBefore) / count;

            ConcurrentLinkedQueue<Integer> order = new ConcurrentLinkedQueue<>();
            AtomicLong firstFailure = new AtomicLong();
            List<CompletableFuture<?>> ends = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int place = i;
                BranchId branch = waiting.get(i);
                CompletableFuture<Void> request = requests.get(i);
                ends.add(
                        end == End.GRANTED || end == End.GRANTED_HOLDING
                                ? request.thenCompose(granted -> {
                                    order.add(place);
                                    client.reportCommitted(branch);
                                    return client.commit(branch.xid());
                                })
                                : request.handle((granted, failure) -> {
                                    firstFailure.compareAndSet(0, System.nanoTime());
                                    return null;
                                }));
            }
            cpu = system.getProcessCpuTime();
            nanos = System.nanoTime();
            if (end == End.HOLDER_ROLLS_BACK) {
                client.rollBack(holder.xid(), new Rollback(RollbackReason.APPLICATION, "", "test"))
                        .join();
            } else if (end != End.EXPIRED) {
                client.reportCommitted(holder);
                client.commit(holder.xid()).join();
            }
            CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
                    .orTimeout(4, TimeUnit.MINUTES)
                    .join();
            double each = millisSince(end == End.EXPIRED ? firstFailure.get() : nanos) / count;
            double cpuEach = (system.getProcessCpuTime() - cpu) / 1e6 / count;
            Map<String, Double> values = new LinkedHashMap<>();
            values.put("ms to queue, each", queued / count);
            values.put("CPU ms to queue, each", cpuQueued);
            values.put("KiB each", bytes / 1024);
            values.put("ms to end, each", each);
            values.put("CPU ms to end, each", cpuEach);
            values.put("granted out of order", (double) outOfOrder(order));
            return new Figure(
                    "waiters for one row", end.name().toLowerCase(Locale.ROOT).replace('_', ' '), count, values);
        }
    }

    private static void hold(CoordinatorClient client, List<BranchId> branches) {
        List<CompletableFuture<Void>> holding = new ArrayList<>();
        for (BranchId branch : branches) {
            BranchId first = new BranchId(branch.xid(), branch.number() + 1_000_000);
            holding.add(client.register(first, RESOURCE, List.of(lock("own", branch.number())))
                    .thenRun(() -> client.reportCommitted(first)));
        }
        CompletableFuture.allOf(holding.toArray(CompletableFuture[]::new)).join();
    }

    private static BranchId begin(CoordinatorClient client, int number) {
        Xid xid = client.newXid();
        client.begin(xid, "waiter", PATIENCE);
        return new BranchId(xid, number + 1);
    }

    private static int outOfOrder(Iterable<Integer> order) {
        int last = -1;
        int found = 0;
        for (int place : order) {
            found += place < last ? 1 : 0;
            last = place;
        }
        return found;
    }

    private static Lock lock(String table, long id) {
        return new Lock(
                LockKey.on(RESOURCE, RESOURCE, "", table, "")
                        .number(Long.toString(id))
                        .build(),
                LockMode.EXCLUSIVE);
    }

    private static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }

    private static long heap() throws InterruptedException {
        System.gc();
        Thread.sleep(100);
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
