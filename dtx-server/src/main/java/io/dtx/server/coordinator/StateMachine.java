package io.dtx.server.coordinator;

import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Command.AskOutcome;
import io.dtx.server.coordinator.Command.AskUnknown;
import io.dtx.server.coordinator.Command.Begin;
import io.dtx.server.coordinator.Command.BranchRestored;
import io.dtx.server.coordinator.Command.BranchStalled;
import io.dtx.server.coordinator.Command.CheckLocks;
import io.dtx.server.coordinator.Command.Commit;
import io.dtx.server.coordinator.Command.CreateCluster;
import io.dtx.server.coordinator.Command.ForgetForced;
import io.dtx.server.coordinator.Command.ForgetOutcomes;
import io.dtx.server.coordinator.Command.RegisterBranch;
import io.dtx.server.coordinator.Command.RetryBranch;
import io.dtx.server.coordinator.Command.RollBack;
import io.dtx.server.coordinator.Command.SkipBranch;
import io.dtx.server.coordinator.Result.Decided;
import io.dtx.server.coordinator.Result.Done;
import io.dtx.server.coordinator.Result.Forgotten;
import io.dtx.server.coordinator.Result.Held;
import io.dtx.server.coordinator.Result.LocksHeld;
import io.dtx.server.coordinator.Result.MoreBranches;
import io.dtx.server.coordinator.Result.NotKnown;
import io.dtx.server.coordinator.Result.Refused;
import io.dtx.server.coordinator.Result.Rule;
import io.dtx.server.coordinator.Result.Undecided;
import io.dtx.server.coordinator.Result.Unknown;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's state and its one way of changing. Not thread-safe: its owner calls it under one lock. What queries
 * return is immutable and may leave that lock, except where they say otherwise.
 *
 * <pre>
 * (unknown) --RegisterBranch, Begin--> ACTIVE      (unknown) --Commit--> COMMITTED      (unknown) --RollBack--> ROLLED_BACK
 * ACTIVE --Commit----> COMMITTED
 * ACTIVE --RollBack, RegisterBranch of a call that is executed twice--> ROLLING_BACK --all branches ended--> ROLLED_BACK
 * COMMITTED, ROLLED_BACK --ForgetOutcomes, ForgetForced--> (unknown, and not above the watermark: never created again)
 * </pre>
 */
public final class StateMachine {

    /** An XID may be this much ahead of the clock. */
    public static final long MAX_AHEAD_MILLIS = 5 * 60 * 1000L;

    private final State state;
    private final Rollbacks rollbacks;

    public StateMachine() {
        this(Snapshot.EMPTY);
    }

    public StateMachine(Snapshot snapshot) {
        state = new State(snapshot);
        rollbacks = new Rollbacks(state);
    }

    /**
     * Carries out one command.
     *
     * @param timestampMillis the leader's clock when it took the command; one that goes back counts as the latest seen
     */
    public Result apply(Command command, long timestampMillis) {
        state.now = Math.max(state.now, timestampMillis);
        if (command instanceof RegisterBranch register) {
            return about(register.branch().xid(), xid -> register(xid, register));
        } else if (command instanceof Commit commit) {
            return about(commit.xid(), xid -> commit(xid, commit.reportedBranches()));
        } else if (command instanceof Begin begin) {
            return about(begin.xid(), xid -> begin(xid, begin));
        } else if (command instanceof RollBack rollBack) {
            return about(rollBack.xid(), xid -> rollBack(xid, rollBack));
        } else if (command instanceof CheckLocks check) {
            return checkLocks(check);
        } else if (command instanceof BranchRestored report) {
            return rollbacks.restored(report);
        } else if (command instanceof BranchStalled report) {
            return rollbacks.stalled(report);
        } else if (command instanceof RetryBranch order) {
            return rollbacks.retry(order);
        } else if (command instanceof SkipBranch order) {
            return rollbacks.skip(order);
        } else if (command instanceof AskUnknown ask) {
            return unknown(ask.xids());
        } else if (command instanceof AskOutcome ask) {
            return about(ask.xid(), this::outcomeOf);
        } else if (command instanceof ForgetOutcomes forget) {
            state.watermark = Math.max(state.watermark, state.outcomes.forget(forget.finishedBeforeMillis()));
            return new Done();
        } else if (command instanceof ForgetForced forget) {
            return about(forget.xid(), this::forgetForced);
        } else if (command instanceof CreateCluster create) {
            return create(create);
        }
        throw new IllegalArgumentException("unknown command " + command);
    }

    private Result about(Xid xid, Function<Xid, Result> step) {
        return state.unacceptable(xid).orElseGet(() -> step.apply(xid));
    }

    private Result create(CreateCluster create) {
        if (!Xid.isClusterId(create.cluster())) {
            return new Refused(Rule.INVALID, "not a cluster id: " + create.cluster());
        }
        if (create.cluster().equals(state.cluster)) {
            return new Done();
        }
        if (!Objects.equals(create.replaces(), state.cluster)) {
            return new Refused(Rule.WRONG_CLUSTER, "this is cluster " + state.cluster + ", not " + create.replaces());
        }
        state.startNewLife(create.cluster());
        return new Done();
    }

    /** Whoever comes first creates the transaction; Begin fills in what only it knows, once. */
    private Result begin(Xid xid, Begin begin) {
        Transaction transaction = state.find(xid);
        if (transaction == null && state.forgotten(xid)) {
            return new Forgotten(xid);
        }
        if (transaction != null && transaction.decided()) {
            return new Decided(transaction.outcome());
        }
        if (begin.timeoutMillis() <= 0) {
            return new Refused(Rule.INVALID, "the timeout of " + xid + " is not positive");
        }
        if (transaction == null || transaction.timeoutMillis() == 0) {
            Transaction created = transaction != null ? transaction : Transaction.created(xid, "", state.now);
            state.put(created.begun(begin.name(), begin.application(), begin.timeoutMillis()));
        }
        return new Done();
    }

    /**
     * Whether a registration has an answer whoever holds its keys: its transaction is decided or forgotten, its branch is known,
     * it breaks a rule, or it shows that a call was delivered twice. Once it has, it keeps one.
     */
    public boolean isAnsweredWithoutLocks(RegisterBranch command) {
        Xid xid = command.branch().xid();
        Transaction transaction = state.find(xid);
        return answerWithoutLocks(xid, transaction, command).isPresent()
                || (transaction != null
                        && Deliveries.repeated(transaction, command).isPresent());
    }

    private Optional<Result> answerWithoutLocks(Xid xid, @Nullable Transaction transaction, RegisterBranch command) {
        if (transaction == null && state.forgotten(xid)) {
            return Optional.of(new Forgotten(xid));
        }
        if (transaction != null && transaction.decided()) {
            return Optional.of(new Decided(transaction.outcome()));
        }
        Optional<Result> invalid = invalid(command);
        if (invalid.isPresent() || transaction == null) {
            return invalid;
        }
        return transaction.branch(command.branch().number()).map(known -> sameAgain(known, command));
    }

    private Result register(Xid xid, RegisterBranch command) {
        Transaction transaction = state.find(xid);
        Optional<Result> answer = answerWithoutLocks(xid, transaction, command);
        if (answer.isPresent()) {
            return answer.get();
        }
        if (transaction != null) {
            Optional<Rollback> repeated = Deliveries.repeated(transaction, command);
            if (repeated.isPresent()) {
                return new Decided(
                        state.put(transaction.rollingBack(repeated.get())).outcome());
            }
        }
        List<Lock> wanted = once(command.locks());
        List<Held> held = state.conflicts(xid, wanted);
        if (!held.isEmpty()) {
            return new LocksHeld(held);
        }
        Transaction created =
                transaction != null ? transaction : Transaction.created(xid, command.application(), state.now);
        state.register(
                created,
                Branch.registered(
                        command.branch().number(),
                        command.resource(),
                        command.application(),
                        command.executions(),
                        wanted));
        return new Done();
    }

    /**
     * A request that names a known branch is a copy of the first only if all of it is the same (T10). Two resource managers
     * that mint one number for one resource and the same keys can not be told from a copy here; their undo rows can: the second
     * violates the unique key on XID and branch id.
     */
    private static Result sameAgain(Branch known, RegisterBranch command) {
        List<Lock> wanted = once(command.locks());
        boolean same = known.resource().equals(command.resource())
                && known.executions().equals(command.executions())
                && known.locks().size() == wanted.size()
                && new HashSet<>(known.locks()).containsAll(wanted);
        return same
                ? new Done()
                : new Refused(
                        Rule.BRANCH_REUSED,
                        command.branch()
                                + " is registered with another resource, other keys or for another call: use a new branch id");
    }

    private static Optional<Result> invalid(RegisterBranch command) {
        if (command.resource().isEmpty()) {
            return Optional.of(new Refused(Rule.INVALID, command.branch() + " names no resource"));
        }
        for (Lock lock : command.locks()) {
            if (!lock.key().resource().equals(command.resource())) {
                return Optional.of(new Refused(
                        Rule.INVALID, command.branch() + " wants " + lock.key() + " of another resource than its own"));
            }
        }
        return Optional.empty();
    }

    /** Each key once, in the stronger mode. */
    private static List<Lock> once(List<Lock> locks) {
        Map<LockKey, Lock> byKey = new LinkedHashMap<>();
        for (Lock lock : locks) {
            byKey.merge(lock.key(), lock, (first, second) -> first.mode() == LockMode.EXCLUSIVE ? first : second);
        }
        return List.copyOf(byKey.values());
    }

    /** An unknown XID has no branch and never will have: a commit of nothing, which a later registration finds decided. */
    private Result commit(Xid xid, int reportedBranches) {
        Transaction transaction = state.find(xid);
        if (transaction == null && state.forgotten(xid)) {
            return new Forgotten(xid);
        }
        if (transaction != null && transaction.decided()) {
            return new Decided(transaction.outcome());
        }
        Transaction active = transaction != null ? transaction : Transaction.created(xid, "", state.now);
        if (active.branches().size() != reportedBranches) {
            return new MoreBranches(xid);
        }
        return new Decided(state.commit(active).outcome());
    }

    /** An unknown XID becomes ROLLED_BACK, so that what a veto has overtaken finds it decided (T3). */
    private Result rollBack(Xid xid, RollBack command) {
        Transaction transaction = state.find(xid);
        if (transaction == null && state.forgotten(xid)) {
            return new Forgotten(xid);
        }
        if (transaction != null && transaction.decided()) {
            return new Decided(transaction.outcome());
        }
        Transaction active = transaction != null ? transaction : Transaction.created(xid, "", state.now);
        return new Decided(state.put(active.rollingBack(command.rollback())).outcome());
    }

    private Result checkLocks(CheckLocks check) {
        Optional<Result> refused = check.xid() == null ? state.withoutCluster() : state.unacceptable(check.xid());
        if (refused.isPresent()) {
            return refused.get();
        }
        List<Held> held = state.conflicts(check.xid(), once(check.locks()));
        return held.isEmpty() ? new Done() : new LocksHeld(held);
    }

    /**
     * The sweep may delete the undo rows of what is answered here (I6): of what is known as committed, and of what is unknown.
     * An undo row is visible only after its local commit, which comes only after its branch's grant; so its transaction was
     * known, and what is not known any more was forgotten, which happens only to finished ones. ROLLED_BACK ones took the row
     * away before they finished, forced ones are forgotten on an operator's order only: it was COMMITTED.
     *
     * <p>The other way round: a row that is there after its transaction became ROLLED_BACK shows that its database has lost the
     * restore, or that this state is older than the branch. So these are named as long as they are known: once they are
     * forgotten, such a row would pass for a committed one's. What is forced may have left its row by an order, and says
     * nothing.
     *
     * <p>Whatever was forgotten is not above the watermark. An XID above it that is not known was never known here, and yet
     * has an undo row: newer data than this was lost (T13), or the row was made by hand. Since the watermark will pass that
     * XID, this is kept in mind, and from then on nothing is unknown; its row, and any other, stays.
     */
    private Result unknown(List<Xid> xids) {
        for (Xid xid : xids) {
            Optional<Result> refused = state.foreign(xid);
            if (refused.isPresent()) {
                return refused.get();
            }
        }
        List<Xid> unknown = new ArrayList<>();
        List<Xid> committed = new ArrayList<>();
        List<Xid> rolledBack = new ArrayList<>();
        for (Xid xid : xids) {
            Transaction known = state.find(xid);
            if (known == null) {
                unknown.add(xid);
                if (state.olderThan == null && !state.forgotten(xid)) {
                    state.olderThan = xid;
                }
            } else if (known.status() == TransactionStatus.COMMITTED) {
                committed.add(xid);
            } else if (known.status() == TransactionStatus.ROLLED_BACK && !known.forced()) {
                rolledBack.add(xid);
            }
        }
        return new Unknown(state.olderThan == null ? unknown : List.of(), committed, rolledBack);
    }

    /**
     * From then on the sweep takes an undo row that a forced skip left behind for one of a committed transaction, and deletes
     * it: this, too, is what the operator has ordered.
     */
    private Result forgetForced(Xid xid) {
        Transaction transaction = state.find(xid);
        if (transaction == null) {
            return state.forgotten(xid) ? new Forgotten(xid) : new NotKnown(xid);
        }
        if (!transaction.forced()) {
            return new Refused(
                    Rule.NOT_FORCED,
                    xid + " is " + transaction.status()
                            + " and not forced: what finished otherwise is forgotten by itself");
        }
        state.outcomes.forgetForced(xid);
        state.watermark = Math.max(state.watermark, xid.epochMillis());
        return new Done();
    }

    private Result outcomeOf(Xid xid) {
        Transaction transaction = state.find(xid);
        if (transaction == null) {
            return state.forgotten(xid) ? new Forgotten(xid) : new NotKnown(xid);
        }
        return transaction.decided() ? new Decided(transaction.outcome()) : new Undecided(xid);
    }

    /** The cluster's id; null before CreateCluster. */
    public @Nullable String cluster() {
        return state.cluster;
    }

    /** The latest timestamp seen. What tells clients the time must never tell less, so that XIDs stay above the watermark. */
    public long timestampMillis() {
        return state.now;
    }

    /** The greatest XID time forgotten, in milliseconds since the epoch; -1 for none. */
    public long watermarkMillis() {
        return state.watermark;
    }

    /**
     * An XID that {@link Command.AskUnknown} named though it was never heard of here: applications have registered it, so this
     * state is older than what they have seen. Empty for none, which proves nothing.
     */
    public Optional<Xid> olderThan() {
        return Optional.ofNullable(state.olderThan);
    }

    /** A transaction that is not forgotten, finished or not. */
    public Optional<Transaction> transaction(Xid xid) {
        return Optional.ofNullable(state.find(xid));
    }

    public Optional<Outcome> outcome(Xid xid) {
        return transaction(xid).map(Transaction::outcome);
    }

    /** ACTIVE and ROLLING_BACK ones in order of creation: a live view, not to leave the lock. */
    public Collection<Transaction> unfinished() {
        return Collections.unmodifiableCollection(state.unfinished.values());
    }

    /** Those of {@link #unfinished()} that are ROLLING_BACK: a copy. */
    public List<Transaction> rollingBack() {
        return state.unfinished.values().stream().filter(Transaction::decided).toList();
    }

    /** ROLLED_BACK ones with the flag FORCED, which are not forgotten by themselves: a copy. */
    public List<Transaction> forced() {
        return state.outcomes.forced();
    }

    /** Who holds the key; one exclusive holder, or any number of shared ones, or none. */
    public List<HeldLock> holders(LockKey key) {
        return state.locks.holders(key);
    }

    /** Every held lock, in no order. */
    public void forEachLock(Consumer<HeldLock> consumer) {
        state.locks.forEach(consumer);
    }

    /** Takes time in proportion to the unfinished transactions. */
    public Counts counts() {
        int rollingBack = 0;
        int stalled = 0;
        for (Transaction transaction : state.unfinished.values()) {
            if (transaction.decided()) {
                rollingBack++;
                stalled += transaction.stalledBranches();
            }
        }
        int active = state.unfinished.size() - rollingBack;
        return new Counts(active, rollingBack, stalled, state.locks.size(), state.outcomes.size());
    }

    /** The whole state; quick: what is numerous is shared, not copied. */
    public Snapshot snapshot() {
        return state.snapshot();
    }
}
