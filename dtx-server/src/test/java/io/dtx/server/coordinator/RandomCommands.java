package io.dtx.server.coordinator;

import io.dtx.model.BranchId;
import io.dtx.model.Differences;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.LockMode;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Commands about few transactions, branches and keys, so that they meet often. The same seed gives the same commands.
 *
 * <p>Public for the tests of the log, which write them to disk.
 */
public final class RandomCommands {

    public static final String CLUSTER = Coordinator.CLUSTER;

    private static final int XIDS = 5;
    private static final int BRANCHES = 4;
    private static final int KEYS = 3;
    private static final List<String> RESOURCES = List.of(Coordinator.BANK1, Coordinator.BANK2);

    private final Random random;
    private long clock = Coordinator.START;

    public RandomCommands(long seed) {
        random = new Random(seed);
    }

    /** All XIDs that the commands are about; two of them with the same time, as two minted in one millisecond. */
    static List<Xid> xids() {
        List<Xid> xids = new ArrayList<>();
        for (int i = 0; i < XIDS; i++) {
            xids.add(Xid.mint(CLUSTER, Coordinator.START + i / 2, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) i}));
        }
        return xids;
    }

    /** Mostly forward, sometimes back. */
    public long timestamp() {
        clock += random.nextInt(4);
        return random.nextInt(8) == 0 ? clock - 5 : clock;
    }

    public Command next() {
        return switch (random.nextInt(25)) {
            case 0, 1 -> new Command.Begin(xid(), "name" + random.nextInt(2), "bank1", 1_000L * random.nextInt(3));
            case 2, 3, 4, 5, 6, 7, 8 -> register();
            case 9, 10, 11 -> new Command.Commit(xid(), random.nextInt(3));
            case 12, 13, 14 -> new Command.RollBack(xid(), rollback());
            case 15, 16, 17, 18 -> new Command.BranchRestored(branch(), attempt());
            case 19 -> new Command.BranchStalled(branch(), attempt(), "differs", differences());
            case 20 -> new Command.RetryBranch(branch(), "ann", "again");
            case 21 -> new Command.SkipBranch(branch(), "ann", "by hand", random.nextBoolean());
            case 22 -> new Command.ForgetOutcomes(clock - random.nextInt(40));
            case 23 -> new Command.ForgetForced(xid(), "ann", "seen");
            default -> question();
        };
    }

    private Differences differences() {
        return random.nextBoolean() ? Differences.NONE : Coordinator.DIFFERENCES;
    }

    private Command question() {
        return switch (random.nextInt(4)) {
            case 0 -> new Command.CheckLocks(random.nextBoolean() ? xid() : null, locks(resource()));
            case 1 -> new Command.AskUnknown(random.nextInt(8) == 0 ? xids() : List.of(xid()));
            case 2 -> new Command.AskOutcome(xid());
            default -> new Command.CreateCluster(random.nextBoolean() ? CLUSTER : "another1");
        };
    }

    private Command register() {
        String resource = resource();
        return new Command.RegisterBranch(branch(), resource, "bank1", executions(), locks(resource));
    }

    /** Seldom two executions of one call. */
    private List<Execution> executions() {
        List<Execution> executions = new ArrayList<>();
        for (int call = random.nextInt(3); call > 0; call--) {
            executions.add(Coordinator.execution(call, random.nextInt(12) == 0 ? 2 : 1));
        }
        return executions;
    }

    private List<Lock> locks(String resource) {
        List<Lock> locks = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            LockMode mode = random.nextInt(3) == 0 ? LockMode.SHARED : LockMode.EXCLUSIVE;
            locks.add(new Lock(Coordinator.row(resource, "" + random.nextInt(KEYS)), mode));
        }
        return locks;
    }

    private Rollback rollback() {
        RollbackReason[] reasons = RollbackReason.values();
        return new Rollback(reasons[random.nextInt(reasons.length)], "bank2", "");
    }

    private String resource() {
        return RESOURCES.get(random.nextInt(RESOURCES.size()));
    }

    private BranchId branch() {
        return new BranchId(xid(), 1 + random.nextInt(BRANCHES));
    }

    private int attempt() {
        return random.nextInt(4) == 0 ? 2 : 1;
    }

    private Xid xid() {
        Xid xid = xids().get(random.nextInt(XIDS));
        return switch (random.nextInt(60)) {
            case 0 -> new Xid("another1", xid.ulid());
            case 1 -> Xid.mint(CLUSTER, clock + StateMachine.MAX_AHEAD_MILLIS + 100, new byte[10]);
            default -> xid;
        };
    }
}
