package io.dtx.server.coordinator;

import io.dtx.model.BranchId;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Result.Held;
import io.dtx.server.coordinator.Result.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the state machine should do, told a second time and as simply as possible: one map of everything, locks found by
 * looking at every branch of every transaction, nothing indexed, nothing counted.
 */
final class Model {

    static final class Tx {
        TransactionStatus status = TransactionStatus.ACTIVE;

        @Nullable Rollback why;

        boolean begun;
        long finishedAt;
        final Map<Long, Br> branches = new LinkedHashMap<>();
    }

    static final class Br {
        String resource = "";
        Map<LockKey, LockMode> locks = Map.of();
        List<Execution> executions = List.of();
        String state = "registered";
        int attempt = 1;

        boolean ended() {
            return state.equals("restored") || state.equals("skipped");
        }
    }

    final Map<Xid, Tx> known = new LinkedHashMap<>();
    long now;
    long watermark = -1;

    @Nullable Xid olderThan;

    /** What is expected: a result, of which a refusal counts by its rule only. */
    Object apply(Command command, long timestamp) {
        now = Math.max(now, timestamp);
        if (command instanceof Command.ForgetOutcomes forget) {
            forget(forget.finishedBeforeMillis());
            return new Result.Done();
        } else if (command instanceof Command.CreateCluster create) {
            return create.cluster().equals(Coordinator.CLUSTER) ? new Result.Done() : Rule.WRONG_CLUSTER;
        } else if (command instanceof Command.AskUnknown ask) {
            if (ask.xids().stream().anyMatch(xid -> !xid.cluster().equals(Coordinator.CLUSTER))) {
                return Rule.WRONG_CLUSTER;
            }
            for (Xid xid : ask.xids()) {
                if (olderThan == null && !known.containsKey(xid) && xid.epochMillis() > watermark) {
                    olderThan = xid;
                }
            }
            return new Result.Unknown(
                    ask.xids().stream()
                            .filter(xid -> !known.containsKey(xid) && olderThan == null)
                            .toList(),
                    ask.xids().stream()
                            .filter(xid ->
                                    known.containsKey(xid) && known.get(xid).status == TransactionStatus.COMMITTED)
                            .toList(),
                    ask.xids().stream()
                            .filter(xid -> known.containsKey(xid)
                                    && known.get(xid).status == TransactionStatus.ROLLED_BACK
                                    && !forced(known.get(xid)))
                            .toList());
        } else if (command instanceof Command.CheckLocks check && check.xid() == null) {
            return held(null, normal(check.locks()));
        }
        Xid xid = xidOf(command);
        if (!xid.cluster().equals(Coordinator.CLUSTER)) {
            return Rule.WRONG_CLUSTER;
        }
        if (xid.epochMillis() > now + 300_000) {
            return Rule.XID_FROM_THE_FUTURE;
        }
        if (command instanceof Command.CheckLocks check) {
            return held(xid, normal(check.locks()));
        }
        Tx tx = known.get(xid);
        if (command instanceof Command.AskOutcome) {
            return tx == null
                    ? (xid.epochMillis() <= watermark ? new Result.Forgotten(xid) : new Result.NotKnown(xid))
                    : tx.status == TransactionStatus.ACTIVE ? new Result.Undecided(xid) : decided(xid, tx);
        }
        if (command instanceof Command.ForgetForced) {
            return tx == null
                    ? (xid.epochMillis() <= watermark ? new Result.Forgotten(xid) : new Result.NotKnown(xid))
                    : forgetForced(xid, tx);
        }
        if (isAboutOneBranch(command)) {
            return tx == null ? Rule.NO_SUCH_BRANCH : phaseTwo(tx, command);
        }
        if (tx == null && xid.epochMillis() <= watermark) {
            return new Result.Forgotten(xid);
        }
        if (tx != null && tx.status != TransactionStatus.ACTIVE) {
            return decided(xid, tx);
        }
        return active(xid, tx == null ? new Tx() : tx, command);
    }

    private Object active(Xid xid, Tx tx, Command command) {
        if (command instanceof Command.Begin begin) {
            if (begin.timeoutMillis() <= 0) {
                return Rule.INVALID;
            }
            tx.begun = true;
        } else if (command instanceof Command.Commit commit) {
            if (tx.branches.size() != commit.reportedBranches()) {
                return new Result.MoreBranches(xid);
            }
            tx.status = TransactionStatus.COMMITTED;
            tx.finishedAt = now;
        } else if (command instanceof Command.RollBack rollBack) {
            tx.status = TransactionStatus.ROLLING_BACK;
            tx.why = rollBack.rollback();
            finish(tx);
        } else if (command instanceof Command.RegisterBranch register) {
            Map<LockKey, LockMode> wanted = normal(register.locks());
            Br same = tx.branches.get(register.branch().number());
            if (same != null) {
                return same.resource.equals(register.resource())
                                && same.locks.equals(wanted)
                                && same.executions.equals(register.executions())
                        ? new Result.Done()
                        : Rule.BRANCH_REUSED;
            }
            for (Br before : tx.branches.values()) {
                for (Execution execution : register.executions()) {
                    if (before.executions.stream().anyMatch(it -> it.call().equals(execution.call()))
                            && !before.executions.contains(execution)) {
                        tx.status = TransactionStatus.ROLLING_BACK;
                        tx.why = Deliveries.rollback(execution.call(), "bank1", "bank1");
                        return decided(xid, tx);
                    }
                }
            }
            Object held = held(xid, wanted);
            if (held instanceof Set) {
                return held;
            }
            Br branch = new Br();
            branch.resource = register.resource();
            branch.locks = wanted;
            branch.executions = register.executions();
            tx.branches.put(register.branch().number(), branch);
        }
        known.put(xid, tx);
        return command instanceof Command.Commit || command instanceof Command.RollBack
                ? decided(xid, tx)
                : new Result.Done();
    }

    private Object phaseTwo(Tx tx, Command command) {
        if (tx.status == TransactionStatus.ACTIVE || tx.status == TransactionStatus.COMMITTED) {
            return Rule.NOT_ROLLING_BACK;
        }
        Br branch = tx.branches.get(branchOf(command).number());
        if (branch == null) {
            return Rule.NO_SUCH_BRANCH;
        }
        if (command instanceof Command.RetryBranch) {
            if (!branch.state.equals("stalled")) {
                return Rule.NOT_STALLED;
            }
            branch.state = "registered";
            branch.attempt++;
        } else if (command instanceof Command.SkipBranch && branch.state.equals("restored")) {
            return Rule.NOT_STALLED;
        } else if (branch.ended()) {
            return new Result.Done();
        } else if (command instanceof Command.SkipBranch skip) {
            if (skip.force() || !branch.state.equals("skip ordered")) {
                branch.attempt++;
            }
            branch.state = skip.force() ? "skipped" : "skip ordered";
        } else if (attemptOf(command) != branch.attempt) {
            return Rule.OLD_ATTEMPT;
        } else if (command instanceof Command.BranchStalled) {
            branch.state = branch.state.equals("skip ordered") ? branch.state : "stalled";
        } else {
            List<Br> all = new ArrayList<>(tx.branches.values());
            for (Br later : all.subList(all.indexOf(branch) + 1, all.size())) {
                if (later.resource.equals(branch.resource) && !later.ended()) {
                    return Rule.OUT_OF_ORDER;
                }
            }
            branch.state = branch.state.equals("skip ordered") ? "skipped" : "restored";
        }
        finish(tx);
        return new Result.Done();
    }

    private void finish(Tx tx) {
        if (tx.status == TransactionStatus.ROLLING_BACK
                && tx.branches.values().stream().allMatch(Br::ended)) {
            tx.status = TransactionStatus.ROLLED_BACK;
            tx.finishedAt = now;
        }
    }

    static boolean forced(Tx tx) {
        return tx.status == TransactionStatus.ROLLED_BACK
                && tx.branches.values().stream().anyMatch(branch -> branch.state.equals("skipped"));
    }

    private Object forgetForced(Xid xid, Tx tx) {
        if (!forced(tx)) {
            return Rule.NOT_FORCED;
        }
        known.remove(xid);
        watermark = Math.max(watermark, xid.epochMillis());
        return new Result.Done();
    }

    private void forget(long before) {
        known.entrySet().removeIf(entry -> {
            Tx tx = entry.getValue();
            boolean goes = tx.status.finished() && tx.finishedAt < before && !forced(tx);
            if (goes) {
                watermark = Math.max(watermark, entry.getKey().epochMillis());
            }
            return goes;
        });
    }

    /** The modes in which transactions hold a key. */
    Map<Xid, LockMode> holders(LockKey key) {
        Map<Xid, LockMode> holders = new LinkedHashMap<>();
        known.forEach((xid, tx) -> {
            if (!tx.status.finished()) {
                tx.branches.values().stream()
                        .filter(branch -> !branch.ended() && branch.locks.containsKey(key))
                        .forEach(branch -> holders.merge(xid, branch.locks.get(key), Model::stronger));
            }
        });
        return holders;
    }

    private Object held(@Nullable Xid asking, Map<LockKey, LockMode> wanted) {
        Set<Held> held = wanted.entrySet().stream()
                .flatMap(want -> holders(want.getKey()).entrySet().stream()
                        .filter(holder -> !holder.getKey().equals(asking))
                        .filter(holder ->
                                want.getValue() == LockMode.EXCLUSIVE || holder.getValue() == LockMode.EXCLUSIVE)
                        .map(holder -> new Held(
                                want.getKey(),
                                holder.getKey(),
                                Objects.requireNonNull(known.get(holder.getKey())).status
                                        == TransactionStatus.ROLLING_BACK)))
                .collect(Collectors.toSet());
        return held.isEmpty() ? new Result.Done() : held;
    }

    static Map<LockKey, LockMode> normal(List<Lock> locks) {
        Map<LockKey, LockMode> normal = new LinkedHashMap<>();
        locks.forEach(lock -> normal.merge(lock.key(), lock.mode(), Model::stronger));
        return normal;
    }

    private static LockMode stronger(LockMode first, LockMode second) {
        return first == LockMode.EXCLUSIVE ? first : second;
    }

    private static Result decided(Xid xid, Tx tx) {
        return new Result.Decided(new Outcome(xid, tx.status, tx.why, forced(tx)));
    }

    private static boolean isAboutOneBranch(Command command) {
        return !(command instanceof Command.RegisterBranch) && branchOf(command) != null;
    }

    private static Xid xidOf(Command command) {
        if (command instanceof Command.Begin begin) {
            return begin.xid();
        } else if (command instanceof Command.Commit commit) {
            return commit.xid();
        } else if (command instanceof Command.RollBack rollBack) {
            return rollBack.xid();
        } else if (command instanceof Command.AskOutcome ask) {
            return ask.xid();
        } else if (command instanceof Command.ForgetForced forget) {
            return forget.xid();
        } else if (command instanceof Command.CheckLocks check && check.xid() != null) {
            return check.xid();
        }
        return branchOf(command).xid();
    }

    @SuppressWarnings("NullAway") // null says "none" to its one caller that asks
    private static BranchId branchOf(Command command) {
        if (command instanceof Command.RegisterBranch register) {
            return register.branch();
        } else if (command instanceof Command.BranchRestored report) {
            return report.branch();
        } else if (command instanceof Command.BranchStalled report) {
            return report.branch();
        } else if (command instanceof Command.RetryBranch order) {
            return order.branch();
        } else if (command instanceof Command.SkipBranch order) {
            return order.branch();
        }
        return null;
    }

    private static int attemptOf(Command command) {
        return command instanceof Command.BranchRestored restored
                ? restored.attempt()
                : ((Command.BranchStalled) command).attempt();
    }
}
