package io.dtx.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.client.CoordinatorClient;
import io.dtx.error.CoordinatorUnavailableException;
import io.dtx.error.LockConflictException;
import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/**
 * Threads that begin, register and decide global transactions, and remember every answer. Some rows are wanted by all of them:
 * whoever is granted one must not find that another, who has not let it go, was granted it too.
 */
final class Load {

    static final String RESOURCE = "r1";
    private static final int THREADS = 4;
    private static final int SHARED_ROWS = 3;
    /** Of all loads, not of each: what one leaves locked would let the next wait. */
    private static final AtomicLong rows = new AtomicLong(SHARED_ROWS);
    /** Between two transactions of a thread: some hundred a second are load enough, and leave nodes what a start takes. */
    private static final long PAUSE_NANOS = Duration.ofMillis(10).toNanos();

    final Map<Xid, TransactionStatus> decided = new ConcurrentHashMap<>();
    final Map<Xid, Lock> granted = new ConcurrentHashMap<>();
    /** What went wrong that was not a conflict with another of these transactions. */
    final Queue<Exception> failures = new ConcurrentLinkedQueue<>();

    private final Queue<String> doubled = new ConcurrentLinkedQueue<>();
    private final Map<Lock, Xid> owners = new ConcurrentHashMap<>();
    private final CoordinatorClient client;
    private final List<Thread> threads;
    private volatile boolean over;

    Load(CoordinatorClient client) {
        this.client = client;
        this.threads = IntStream.range(0, THREADS)
                .mapToObj(i -> new Thread(this::work, "load-" + i))
                .toList();
        threads.forEach(Thread::start);
    }

    void awaitDecisions(int more) {
        int enough = decided.size() + more;
        Awaitility.await("decisions")
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> decided.size() >= enough);
    }

    void end() throws InterruptedException {
        over = true;
        for (Thread thread : threads) {
            thread.join(180_000);
        }
    }

    /** After the end: each answer is still so, each lock is still held, and none was held twice. */
    void verify() throws Exception {
        Map<Xid, CompletableFuture<Optional<Outcome>>> outcomes = new HashMap<>();
        decided.keySet().forEach(xid -> outcomes.put(xid, client.outcome(xid)));
        for (Map.Entry<Xid, TransactionStatus> each : decided.entrySet()) {
            Outcome outcome = Objects.requireNonNull(outcomes.get(each.getKey()))
                    .get(60, TimeUnit.SECONDS)
                    .orElseThrow();
            assertThat(outcome.status() == TransactionStatus.COMMITTED)
                    .as("%s was answered %s", each.getKey(), each.getValue())
                    .isEqualTo(each.getValue() == TransactionStatus.COMMITTED);
        }
        assertThat(granted).isNotEmpty();
        for (Map.Entry<Xid, Lock> each : granted.entrySet()) {
            assertThat(outcome(each.getKey()).status()).isEqualTo(TransactionStatus.ACTIVE);
            assertThat(client.checkLocks(null, List.of(each.getValue()), Duration.ZERO))
                    .as("%s was granted", each)
                    .failsWithin(Duration.ofSeconds(30));
        }
        assertThat(doubled).isEmpty();
    }

    private Outcome outcome(Xid xid) throws Exception {
        return client.outcome(xid).get(60, TimeUnit.SECONDS).orElseThrow();
    }

    private void work() {
        while (!over) {
            LockSupport.parkNanos(PAUSE_NANOS);
            try {
                transaction();
            } catch (InterruptedException e) {
                return;
            } catch (Exception e) {
                if (!(e.getCause() instanceof LockConflictException)) {
                    failures.add(e);
                }
            }
        }
    }

    private void transaction() throws Exception {
        Xid xid = begun();
        client.begin(xid, "work", Duration.ofMinutes(10));
        boolean shared = ThreadLocalRandom.current().nextBoolean();
        Lock lock = row(shared ? ThreadLocalRandom.current().nextLong(SHARED_ROWS) : rows.getAndIncrement());
        BranchId branch = new BranchId(xid, ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
        try {
            client.register(branch, RESOURCE, List.of(lock), Duration.ofSeconds(20))
                    .get(180, TimeUnit.SECONDS);
        } catch (Exception e) {
            // It may have been granted all the same, and would be held until its timeout.
            var unused = client.rollBack(xid, new Rollback(RollbackReason.APPLICATION, "", ""));
            throw e;
        }
        Xid before = owners.putIfAbsent(lock, xid);
        if (before != null) {
            doubled.add(lock + " was granted to " + xid + " while " + before + " held it");
        }
        int what = ThreadLocalRandom.current().nextInt(20);
        if (what == 0 && !shared) {
            granted.put(xid, lock);
            return;
        }
        owners.remove(lock, xid); // the coordinator lets it go between here and the answer
        if (what < 15) {
            client.reportCommitted(branch);
            decided.put(xid, client.commit(xid).get(180, TimeUnit.SECONDS).status());
        } else {
            Rollback rollback = new Rollback(RollbackReason.APPLICATION, "", "");
            decided.put(
                    xid,
                    client.rollBack(xid, rollback).get(180, TimeUnit.SECONDS).status());
        }
    }

    /** Where there is no leader for some seconds nothing begins, and so nothing fails. */
    private Xid begun() {
        while (true) {
            try {
                return client.newXid();
            } catch (CoordinatorUnavailableException e) {
                if (over) {
                    throw e;
                }
            }
        }
    }

    static Lock row(long number) {
        LockKey key = LockKey.on(RESOURCE, "", "", "account", "")
                .number(String.valueOf(number))
                .build();
        return new Lock(key, LockMode.EXCLUSIVE);
    }
}
