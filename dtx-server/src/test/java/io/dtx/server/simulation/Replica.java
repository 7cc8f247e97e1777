package io.dtx.server.simulation;

import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.Outcome;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Branch;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import io.dtx.server.coordinator.Snapshot;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.coordinator.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The state machine of one node. A mutation changes what goes in, what comes out, or the state itself by way of a snapshot. */
final class Replica {

    private final Mutation mutation;
    private StateMachine machine;

    Replica(Mutation mutation, Snapshot from) {
        this.mutation = mutation;
        this.machine = new StateMachine(from);
    }

    StateMachine machine() {
        return machine;
    }

    Result apply(Command command, long timestampMillis) {
        return switch (mutation) {
            case RELEASES_LOCKS_AT_ROLLBACK -> releasing(command, timestampMillis);
            case GRANTS_LATE_BRANCH -> granting(command, timestampMillis);
            case DROPS_WATERMARK -> withoutWatermark(command, timestampMillis);
            case COUNTS_NO_BRANCHES -> machine.apply(uncounted(command), timestampMillis);
            case FREES_SHARED_KEYS -> freeing(command, timestampMillis);
            case SKIP_FREES_LOCKS -> machine.apply(forced(command), timestampMillis);
            default -> machine.apply(command, timestampMillis);
        };
    }

    private Result releasing(Command command, long timestampMillis) {
        Result result = machine.apply(command, timestampMillis);
        if (result instanceof Result.Decided decided
                && decided.outcome().status() == TransactionStatus.ROLLING_BACK
                && !(command instanceof Command.AskOutcome)) {
            change(decided.outcome().xid(), branch -> with(branch, List.of()));
        }
        return result;
    }

    private Result granting(Command command, long timestampMillis) {
        Result result = machine.apply(command, timestampMillis);
        return command instanceof Command.RegisterBranch && result instanceof Result.Decided
                ? new Result.Done()
                : result;
    }

    private Result withoutWatermark(Command command, long timestampMillis) {
        if (command instanceof Command.AskUnknown ask) {
            List<Xid> unknown = new ArrayList<>();
            List<Xid> committed = new ArrayList<>();
            List<Xid> rolledBack = new ArrayList<>();
            for (Xid xid : ask.xids()) {
                Outcome outcome = machine.outcome(xid).orElse(null);
                if (outcome == null) {
                    unknown.add(xid);
                } else if (outcome.status() == TransactionStatus.COMMITTED) {
                    committed.add(xid);
                } else if (outcome.status() == TransactionStatus.ROLLED_BACK && !outcome.forced()) {
                    rolledBack.add(xid);
                }
            }
            return new Result.Unknown(unknown, committed, rolledBack);
        }
        Result result = machine.apply(command, timestampMillis);
        if (command instanceof Command.ForgetOutcomes) {
            Snapshot it = machine.snapshot();
            machine = new StateMachine(new Snapshot(
                    it.cluster(),
                    it.timestampMillis(),
                    -1,
                    it.unfinished(),
                    it.rolledBack(),
                    it.committed(),
                    it.olderThan()));
        }
        return result;
    }

    private Command uncounted(Command command) {
        return command instanceof Command.Commit commit
                ? new Command.Commit(
                        commit.xid(),
                        machine.transaction(commit.xid())
                                .map(known -> known.branches().size())
                                .orElse(0))
                : command;
    }

    private static Command forced(Command command) {
        return command instanceof Command.SkipBranch skip
                ? new Command.SkipBranch(skip.branch(), skip.operator(), skip.note(), true)
                : command;
    }

    private Result freeing(Command command, long timestampMillis) {
        List<LockKey> keys = new ArrayList<>();
        if (command instanceof Command.BranchRestored report) {
            machine.transaction(report.branch().xid())
                    .flatMap(known -> known.branch(report.branch().number()))
                    .ifPresent(branch -> branch.locks().forEach(lock -> keys.add(lock.key())));
        }
        Result result = machine.apply(command, timestampMillis);
        if (command instanceof Command.BranchRestored report && result instanceof Result.Done && !keys.isEmpty()) {
            change(report.branch().xid(), branch -> {
                List<Lock> left = new ArrayList<>(branch.locks());
                left.removeIf(lock -> keys.contains(lock.key()));
                return with(branch, left);
            });
        }
        return result;
    }

    private void change(Xid xid, UnaryOperator<Branch> how) {
        Snapshot it = machine.snapshot();
        List<Transaction> unfinished = new ArrayList<>(it.unfinished());
        unfinished.replaceAll(old -> old.xid().equals(xid) ? with(old, how) : old);
        machine = new StateMachine(new Snapshot(
                it.cluster(),
                it.timestampMillis(),
                it.watermarkMillis(),
                unfinished,
                it.rolledBack(),
                it.committed(),
                it.olderThan()));
    }

    private static Transaction with(Transaction it, UnaryOperator<Branch> how) {
        return new Transaction(
                it.xid(),
                it.status(),
                it.name(),
                it.application(),
                it.createdAtMillis(),
                it.timeoutMillis(),
                it.rollback(),
                it.forced(),
                it.finishedAtMillis(),
                it.branches().stream().map(how).toList(),
                it.audit());
    }

    private static Branch with(Branch it, List<Lock> locks) {
        return new Branch(
                it.number(),
                it.resource(),
                it.application(),
                it.executions(),
                locks,
                it.state(),
                it.attempt(),
                it.detail(),
                it.differences());
    }
}
