package io.dtx.server.runtime;

import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import io.dtx.server.coordinator.Transaction;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/** A leader on a log in memory, driven by the test: time passes and events are handled when the test says so. */
final class LeaderRig {

    static final String CLUSTER = "aBcD1234";
    static final String RESOURCE = "r1";

    final TestClock clock = new TestClock();
    final MemoryLog log = new MemoryLog(clock);
    final List<Throwable> failures = new ArrayList<>();
    final MeasuredLeader measured = new MeasuredLeader();
    final LimitCounts limitCounts = new LimitCounts();
    private final Limits limits;
    Leader leader;
    private final Deque<Runnable> events = new ArrayDeque<>();
    private long xids;
    private long branches;

    LeaderRig() {
        this(Limits.STANDARD);
    }

    LeaderRig(Limits limits) {
        this.limits = limits;
        var unused = log.submit(List.of(new Command.CreateCluster(CLUSTER)));
        newLeader();
    }

    /** A new term: nothing is left of what the last leader had in mind. */
    void newLeader() {
        events.clear();
        leader = new Leader(
                log,
                clock,
                clock::millis,
                new Random(1),
                events::add,
                LeaderSettings.STANDARD.withLimits(limits),
                limitCounts,
                failures::add,
                measured);
        settle();
    }

    App app(String instance) {
        App app = new App(this, "app-" + instance, instance);
        leader.joined(app);
        return app;
    }

    void leave(App app) {
        leader.left(app);
        settle();
    }

    /** Handles all that there is to handle without time passing. */
    void settle() {
        do {
            while (!events.isEmpty()) {
                events.remove().run();
            }
            leader.tick();
        } while (!events.isEmpty());
    }

    void pass(long millis) {
        long end = clock.millis + millis;
        while (leader.nextDeadline() <= end) {
            clock.millis = Math.max(clock.millis, leader.nextDeadline());
            settle();
        }
        clock.millis = end;
        settle();
    }

    Result operate(Command command) {
        List<Result> results = new ArrayList<>();
        leader.operate(command, results::add);
        settle();
        return results.get(0);
    }

    Xid xid() {
        return xidAt(clock.millis);
    }

    Xid xidAt(long millis) {
        byte[] random =
                ByteBuffer.allocate(10).putShort((short) 0).putLong(++xids).array();
        return Xid.mint(CLUSTER, millis, random);
    }

    long nextBranchNumber() {
        return ++branches;
    }

    boolean knows(Xid xid) {
        return log.read(state -> state.transaction(xid).isPresent());
    }

    boolean isHeld(Lock lock) {
        return log.read(state -> !state.holders(lock.key()).isEmpty());
    }

    Transaction transaction(Xid xid) {
        return log.read(state -> state.transaction(xid).orElseThrow());
    }

    TransactionStatus status(Xid xid) {
        return transaction(xid).status();
    }

    static Lock row(String id) {
        return new Lock(key(id), LockMode.EXCLUSIVE);
    }

    static Lock shared(String id) {
        return new Lock(key(id), LockMode.SHARED);
    }

    static Lock rowOf(String resource, String id) {
        return new Lock(LockKey.on(resource, "", "", "account", "").number(id).build(), LockMode.EXCLUSIVE);
    }

    private static LockKey key(String id) {
        return LockKey.on(RESOURCE, "", "", "account", "").number(id).build();
    }
}
