package io.dtx.benchmarks.micro;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import io.dtx.server.coordinator.StateMachine;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/**
 * The coordinator's state machine and its lock table, without log and network: beside transactions that hold a number of
 * other locks, each transaction begins, registers two branches with a lock each, and commits.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StateMachineBenchmark {

    private static final String CLUSTER = "microcos";
    private static final int FORGET_EVERY = 10_000;
    private static final int LOCKS_PER_HOLDER = 1_000;

    @Param({"1000", "1000000"})
    public int held;

    private final StateMachine machine = new StateMachine();
    private final ReentrantLock lock = new ReentrantLock();
    private final Xid asking = xid(0);
    private final List<Lock> taken = List.of(lock("taken", 0));
    private final List<Lock> free = List.of(lock("free", 0));
    private long now = 1_000_000;
    private long count;

    @Setup
    public void hold() {
        apply(new Command.CreateCluster(CLUSTER, null));
        for (int holder = 0; holder < held / LOCKS_PER_HOLDER; holder++) {
            List<Lock> locks = new ArrayList<>();
            for (int i = 0; i < LOCKS_PER_HOLDER; i++) {
                locks.add(lock("taken", holder * LOCKS_PER_HOLDER + i));
            }
            register(xid(++count), "bank1", locks);
        }
    }

    /** What making the commands of {@link #transaction} costs: to be taken off. */
    @Benchmark
    public List<Command> commandsAlone() {
        return commands(xid(++count), count);
    }

    @Benchmark
    public long transaction() {
        return carryOut(++count);
    }

    /** Several threads, one after the other, as the log's owner lets them. */
    @Benchmark
    @Threads(4)
    public long transactionByFourThreads() {
        lock.lock();
        try {
            return carryOut(++count);
        } finally {
            lock.unlock();
        }
    }

    @Benchmark
    public Result checkOfFreeLock() {
        return machine.apply(new Command.CheckLocks(asking, free), now);
    }

    @Benchmark
    public Result checkOfHeldLock() {
        return machine.apply(new Command.CheckLocks(asking, taken), now);
    }

    private long carryOut(long number) {
        for (Command command : commands(xid(number), number)) {
            apply(command);
        }
        if (number % FORGET_EVERY == 0) {
            now += 1_000;
            apply(new Command.ForgetOutcomes(now - 1_000));
        }
        return number;
    }

    private List<Command> commands(Xid xid, long number) {
        return List.of(
                new Command.Begin(xid, "transfer", "bank1", 60_000),
                branch(xid, "bank1", List.of(lock("free", number))),
                branch(xid, "bank2", List.of(lock("bank2", "free", number))),
                new Command.Commit(xid, 2));
    }

    private void register(Xid xid, String resource, List<Lock> locks) {
        apply(branch(xid, resource, locks));
    }

    private static Command branch(Xid xid, String resource, List<Lock> locks) {
        return new Command.RegisterBranch(
                new BranchId(xid, resource.hashCode() & 0xffff), resource, resource, List.of(), locks);
    }

    private void apply(Command command) {
        Result result = machine.apply(command, now);
        if (!(result instanceof Result.Done || result instanceof Result.Decided)) {
            throw new IllegalStateException(command + " came to " + result);
        }
    }

    /** Above the watermark, whatever was forgotten: its time is ahead of all that finished. */
    private Xid xid(long number) {
        return Xid.mint(
                CLUSTER,
                now + 1,
                ByteBuffer.allocate(10).putShort((short) 0).putLong(number).array());
    }

    private static Lock lock(String table, long id) {
        return lock("bank1", table, id);
    }

    private static Lock lock(String resource, String table, long id) {
        return new Lock(
                LockKey.on(resource, resource, "", table, "")
                        .number(Long.toString(id))
                        .build(),
                LockMode.EXCLUSIVE);
    }
}
