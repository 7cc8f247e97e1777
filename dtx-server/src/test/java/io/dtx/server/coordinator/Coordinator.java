package io.dtx.server.coordinator;

import io.dtx.model.BranchId;
import io.dtx.model.Differences;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.RowDifference;
import io.dtx.model.Xid;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A state machine with short words for its commands, and a clock that stands until it is moved. */
final class Coordinator {

    static final String CLUSTER = "cluster1";
    static final String BANK1 = "res-bank1";
    static final String BANK2 = "res-bank2";
    /** One row whose values are shown, one whose are not, and one more. */
    static final Differences DIFFERENCES = new Differences(
            3,
            List.of(
                    new RowDifference(
                            "account",
                            "id=1",
                            RowDifference.What.CHANGED,
                            List.of("balance"),
                            new RowDifference.Contents(
                                    List.of(
                                            new RowDifference.Cell("id", "1"),
                                            new RowDifference.Cell("balance", "100")),
                                    List.of(new RowDifference.Cell("id", "1"), new RowDifference.Cell("balance", "90")),
                                    List.of(
                                            new RowDifference.Cell("id", "1"),
                                            new RowDifference.Cell("balance", null)))),
                    new RowDifference("entry", "id=7", RowDifference.What.MISSING, List.of(), null)));

    static final long START = 1_800_000_000_000L;

    final StateMachine machine = new StateMachine();
    long now = START;

    Coordinator() {
        apply(new Command.CreateCluster(CLUSTER));
    }

    /** A different XID for each number, minted at {@link #START} plus the number in milliseconds. */
    static Xid xid(int number) {
        return Xid.mint(CLUSTER, START + number, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) number});
    }

    static LockKey row(String resource, String id) {
        return LockKey.on(resource, "", "public", "account", "").text(id).build();
    }

    static Lock exclusive(String resource, String id) {
        return new Lock(row(resource, id), LockMode.EXCLUSIVE);
    }

    static Lock shared(String resource, String id) {
        return new Lock(row(resource, id), LockMode.SHARED);
    }

    Result apply(Command command) {
        return machine.apply(command, now);
    }

    Result begin(Xid xid) {
        return apply(new Command.Begin(xid, "transfer", "bank1", 60_000));
    }

    Result register(Xid xid, int branch, Lock... locks) {
        String resource = locks.length == 0 ? BANK1 : locks[0].key().resource();
        return apply(
                new Command.RegisterBranch(new BranchId(xid, branch), resource, "bank1", List.of(), List.of(locks)));
    }

    /** A branch of these executions, the outermost first, without locks. */
    Result registerOf(Xid xid, int branch, Execution... executions) {
        return apply(
                new Command.RegisterBranch(new BranchId(xid, branch), BANK1, "bank1", List.of(executions), List.of()));
    }

    static Execution execution(int call, int id) {
        return new Execution(new UUID(7, call), new UUID(8, id));
    }

    Result commit(Xid xid) {
        return commit(
                xid, machine.transaction(xid).map(t -> t.branches().size()).orElse(0));
    }

    Result commit(Xid xid, int reported) {
        return apply(new Command.Commit(xid, reported));
    }

    Result rollBack(Xid xid) {
        return rollBack(xid, RollbackReason.APPLICATION);
    }

    Result rollBack(Xid xid, RollbackReason reason) {
        return apply(new Command.RollBack(xid, new Rollback(reason, "bank1", "")));
    }

    Result restored(Xid xid, int branch, int attempt) {
        return apply(new Command.BranchRestored(new BranchId(xid, branch), attempt));
    }

    Result stalled(Xid xid, int branch, int attempt) {
        return apply(new Command.BranchStalled(new BranchId(xid, branch), attempt, "balance differs", DIFFERENCES));
    }

    Result retry(Xid xid, int branch) {
        return apply(new Command.RetryBranch(new BranchId(xid, branch), "ann", "row repaired"));
    }

    Result forgetForced(Xid xid) {
        return apply(new Command.ForgetForced(xid, "ann", "seen to"));
    }

    Result skip(Xid xid, int branch, boolean force) {
        return apply(new Command.SkipBranch(new BranchId(xid, branch), "ann", "settled by hand", force));
    }

    void forgetAll() {
        now += 1;
        apply(new Command.ForgetOutcomes(now));
    }

    Transaction transaction(Xid xid) {
        return machine.transaction(xid).orElseThrow();
    }

    Branch branch(Xid xid, int number) {
        return transaction(xid).branch(number).orElseThrow();
    }

    List<Xid> holders(String resource, String id) {
        return machine.holders(row(resource, id)).stream().map(HeldLock::holder).toList();
    }

    List<HeldLock> locks() {
        List<HeldLock> locks = new ArrayList<>();
        machine.forEachLock(locks::add);
        return locks;
    }
}
