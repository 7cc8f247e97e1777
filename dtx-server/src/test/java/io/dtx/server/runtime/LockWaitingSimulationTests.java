package io.dtx.server.runtime;

import static io.dtx.server.runtime.LeaderRig.RESOURCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request;
import io.dtx.protocol.Request.RestoreReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random transactions on few keys, with a log that is slow at times. After each step that leaves nothing in flight, a second,
 * plain view of who waits for whom is compared with what the leader did: nobody waits without a reason, nobody waits in a
 * circle, and nobody waits for one that rolls back.
 */
class LockWaitingSimulationTests {

    private static final long WAIT = 1_000_000;
    private static final int STEPS = 400;

    /** {@code mvn -Dtest.jvm=-Ddtx.seeds=5000} looks longer. */
    static LongStream seeds() {
        return LongStream.rangeClosed(1, Long.getLong("dtx.seeds", 60));
    }

    private record Waiting(long request, Xid xid, List<Lock> locks) {}

    private final LeaderRig rig = new LeaderRig();
    private final App app = rig.app("1");
    private final List<Xid> active = new ArrayList<>();
    private final List<Waiting> asked = new ArrayList<>();
    private final List<RestoreOrder> restores = new ArrayList<>();

    @ParameterizedTest
    @MethodSource("seeds")
    @DisplayName("T12: nobody waits for nothing, in a circle, or for one that rolls back")
    void t12_everyWaitHasAReasonAndAnEnd(long seed) {
        Random random = new Random(seed);
        app.attach(RESOURCE);
        for (int step = 0; step < STEPS; step++) {
            step(random);
            restores.addAll(app.takeRestoreOrders());
            if (rig.log.pendingEntries() == 0) {
                check("seed " + seed + ", step " + step);
            }
        }
        finishAll();
        assertThat(waiting()).as("still waiting at the end of seed " + seed).isEmpty();
    }

    private void step(Random random) {
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3, 4 -> ask(random);
            case 5 -> commit(random);
            case 6 -> rollBack(random);
            case 7 -> restore(random);
            case 8 -> rig.log.slow = random.nextBoolean();
            default -> {
                rig.log.makeDurable();
                rig.settle();
            }
        }
        if (!rig.log.slow) {
            drain();
        }
    }

    private void drain() {
        while (rig.log.pendingEntries() > 0) {
            rig.log.makeDurable();
            rig.settle();
        }
    }

    private void ask(Random random) {
        if (active.size() < 6) {
            rig.clock.millis++;
            active.add(rig.xid());
        }
        Xid xid = active.get(random.nextInt(active.size()));
        Set<Integer> keys = new LinkedHashSet<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            keys.add(random.nextInt(4));
        }
        List<Lock> locks = keys.stream()
                .map(key -> random.nextInt(4) == 0
                        ? LeaderRig.shared(String.valueOf(key))
                        : LeaderRig.row(String.valueOf(key)))
                .toList();
        long request = random.nextInt(6) == 0
                ? app.send(new Request.CheckLocks(xid, locks, Duration.ofMillis(WAIT)))
                : app.register(new BranchId(xid, rig.nextBranchNumber()), RESOURCE, WAIT, locks.toArray(Lock[]::new));
        asked.add(new Waiting(request, xid, locks));
    }

    private void commit(Random random) {
        if (!active.isEmpty()) {
            Xid xid = active.remove(random.nextInt(active.size()));
            drain();
            if (rig.knows(xid)) {
                rig.transaction(xid).branches().forEach(branch -> app.reported(new BranchId(xid, branch.number())));
            }
            app.commit(xid);
        }
    }

    private void rollBack(Random random) {
        if (!active.isEmpty()) {
            app.rollBack(active.remove(random.nextInt(active.size())), RollbackReason.VETO);
        }
    }

    private void restore(Random random) {
        if (!restores.isEmpty()) {
            app.report(restores.remove(random.nextInt(restores.size())), RestoreReport.Result.RESTORED);
        }
    }

    private void finishAll() {
        rig.log.slow = false;
        drain();
        while (!active.isEmpty() || !restores.isEmpty()) {
            if (!active.isEmpty()) {
                app.rollBack(active.remove(0), RollbackReason.VETO);
            }
            restores.addAll(app.takeRestoreOrders());
            while (!restores.isEmpty()) {
                app.report(restores.remove(0), RestoreReport.Result.RESTORED);
                restores.addAll(app.takeRestoreOrders());
            }
        }
    }

    private List<Waiting> waiting() {
        asked.removeIf(each -> app.isAnswered(each.request));
        return asked;
    }

    private void check(String where) {
        Map<Xid, Set<Xid>> waitsFor = new HashMap<>();
        for (Waiting one : waiting()) {
            Set<Xid> reasons = reasons(one);
            assertThat(reasons).as("%s: %s waits for nothing", where, one).isNotEmpty();
            assertThat(reasons)
                    .as("%s: %s waits for one that rolls back", where, one)
                    .noneMatch(xid -> rig.knows(xid) && rig.status(xid) == TransactionStatus.ROLLING_BACK);
            waitsFor.computeIfAbsent(one.xid, any -> new HashSet<>()).addAll(reasons);
        }
        for (Xid xid : waitsFor.keySet()) {
            assertThat(reachable(xid, waitsFor))
                    .as("%s: a circle of %s; waiting %s; %s", where, xid, waiting(), waitsFor)
                    .doesNotContain(xid);
        }
    }

    /** The transactions that a waiting request waits for: holders, and who came before it for a key. */
    private Set<Xid> reasons(Waiting one) {
        Set<Xid> reasons = new HashSet<>();
        for (Lock lock : one.locks) {
            boolean own = holders(lock.key()).stream().anyMatch(held -> held.xid.equals(one.xid));
            for (Holder held : holders(lock.key())) {
                if (!held.xid.equals(one.xid) && conflict(held.mode, lock.mode())) {
                    reasons.add(held.xid);
                }
            }
            for (Waiting other : asked) {
                if (other.request < one.request && !other.xid.equals(one.xid) && !own) {
                    other.locks.stream()
                            .filter(wanted -> wanted.key().equals(lock.key()) && conflict(wanted.mode(), lock.mode()))
                            .filter(wanted ->
                                    holders(lock.key()).stream().noneMatch(held -> held.xid.equals(other.xid)))
                            .forEach(wanted -> reasons.add(other.xid));
                }
            }
        }
        return reasons;
    }

    private record Holder(Xid xid, LockMode mode) {}

    private List<Holder> holders(LockKey key) {
        return rig.log.read(state -> state.holders(key).stream()
                .map(held -> new Holder(held.holder(), held.mode()))
                .toList());
    }

    private static boolean conflict(LockMode one, LockMode other) {
        return one == LockMode.EXCLUSIVE || other == LockMode.EXCLUSIVE;
    }

    private static Set<Xid> reachable(Xid from, Map<Xid, Set<Xid>> edges) {
        Set<Xid> seen = new HashSet<>();
        List<Xid> toVisit = new ArrayList<>(edges.getOrDefault(from, Set.of()));
        while (!toVisit.isEmpty()) {
            Xid xid = toVisit.remove(toVisit.size() - 1);
            if (seen.add(xid)) {
                toVisit.addAll(edges.getOrDefault(xid, Set.of()));
            }
        }
        return seen;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 50})
    @DisplayName("Fairness: those who wait for one row get it in the order of their arrival")
    void manyWhoWaitForOneRowGetItInTurn(int count) {
        Xid holder = rig.xid();
        BranchId first = app.branch(holder, RESOURCE, LeaderRig.row("1"));
        app.reported(first);
        List<Long> requests = new ArrayList<>();
        List<BranchId> branches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            BranchId branch = new BranchId(rig.xid(), rig.nextBranchNumber());
            branches.add(branch);
            requests.add(app.register(branch, RESOURCE, WAIT, LeaderRig.row("1")));
        }
        app.commit(holder);
        for (int i = 0; i < count; i++) {
            assertThat(app.answer(requests.get(i))).isEqualTo(new Reply.Registered());
            if (i + 1 < count) {
                assertThat(app.isAnswered(requests.get(i + 1))).isFalse();
            }
            app.reported(branches.get(i));
            app.commit(branches.get(i).xid());
        }
    }
}
