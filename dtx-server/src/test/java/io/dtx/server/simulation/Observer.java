package io.dtx.server.simulation;

import io.dtx.model.BranchId;
import io.dtx.model.LockKey;
import io.dtx.model.Outcome;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import io.dtx.server.coordinator.Snapshot;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.simulation.Database.Kind;
import io.dtx.server.simulation.Database.Row;
import io.dtx.server.simulation.Ledger.Account;
import io.dtx.server.simulation.Ledger.Decision;
import io.dtx.server.simulation.Ledger.Entry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Sees everything that happens, in the log, in the databases and on the streams, and compares it with the invariants I1 to I11
 * at each step. What the log decides is taken in when a majority has it on disk, which is the earliest moment at which anybody
 * may know.
 */
final class Observer {

    private final World world;
    private final Ledger ledger = new Ledger();
    private final Replica truth;
    private final Map<Row, Long> local = new LinkedHashMap<>();
    private final Map<String, Transfer.Answer> answers = new LinkedHashMap<>();
    private final Map<String, Xid> named = new LinkedHashMap<>();
    private long sequence;

    Observer(World world) {
        this.world = world;
        this.truth = new Replica(world.mutation, Snapshot.EMPTY);
    }

    Ledger ledger() {
        return ledger;
    }

    StateMachine truth() {
        return truth.machine();
    }

    /** The transfers' names by XID. */
    Map<String, String> names() {
        Map<String, String> names = new LinkedHashMap<>();
        named.forEach((name, xid) -> names.put(xid.toString(), name));
        return names;
    }

    /** How many commands are decided. */
    long sequence() {
        return sequence;
    }

    // ---- the log

    /** A majority has the entry on disk. */
    void decided(int index, LogNode.Entry entry) {
        for (Command command : entry.commands()) {
            sequence++;
            Result result = truth.apply(command, entry.at());
            world.trace.line("log", index, " ", command, " => ", result);
            took(command, result);
        }
        locksAreHeld();
    }

    private void took(Command command, Result result) {
        if (command instanceof Command.AskUnknown ask) {
            require(truth.machine().olderThan().isEmpty(), "I6", ask, " shows an old copy, and there is none");
        }
        if (result instanceof Result.Decided decided) {
            decided(decided.outcome());
        }
        if (!(result instanceof Result.Done)) {
            return;
        }
        if (command instanceof Command.RegisterBranch register) {
            granted(register);
        } else if (command instanceof Command.Begin begin) {
            require(
                    ledger.account(begin.xid()).decision == Decision.NONE,
                    "I1",
                    begin.xid(),
                    " was decided and begins again");
        } else if (command instanceof Command.BranchRestored report) {
            Entry entry = ledger.entry(report.branch());
            require(entry != null, "I4", report.branch(), " ends and was never registered");
            ended(entry);
        } else if (command instanceof Command.SkipBranch skip) {
            ledger.account(skip.branch().xid()).skipOrdered.add(skip.branch().number());
        }
    }

    private void granted(Command.RegisterBranch register) {
        BranchId id = register.branch();
        Account account = ledger.account(id.xid());
        require(account.decision == Decision.NONE, "I3", id, " is granted after the decision ", account.decision);
        if (ledger.entry(id) != null) {
            return;
        }
        List<LockKey> keys = register.locks().stream().map(lock -> lock.key()).toList();
        for (LockKey key : keys) {
            Xid holder = ledger.heldBy(key, id.xid(), sequence);
            require(holder == null, "I4", id, " is granted ", key, ", which ", holder, " holds");
        }
        ledger.grant(id, register.resource(), keys, sequence);
    }

    private void decided(Outcome outcome) {
        Account account = ledger.account(outcome.xid());
        Decision decision = decision(outcome);
        require(
                account.decision == Decision.NONE || account.decision == decision,
                "I1",
                outcome.xid(),
                " is decided ",
                decision,
                " after ",
                account.decision);
        if (account.decision == Decision.NONE) {
            account.decision = decision;
            account.decidedAt = sequence;
            if (decision == Decision.COMMIT) {
                committed(account);
            }
        }
        if (outcome.status() == TransactionStatus.ROLLED_BACK) {
            account.branches
                    .values()
                    .forEach(entry -> require(
                            entry.ended, "I5", outcome.xid(), " is ROLLED_BACK and ", entry.id, " is not restored"));
            boolean skipped = account.branches.values().stream().anyMatch(entry -> entry.skipped);
            require(!skipped || outcome.forced(), "I7", outcome.xid(), " was skipped, and is not FORCED");
            require(
                    !outcome.forced() || !account.skipOrdered.isEmpty(),
                    "I7",
                    outcome.xid(),
                    " is FORCED, and no operator ordered that");
        }
    }

    private static Decision decision(Outcome outcome) {
        return outcome.status() == TransactionStatus.COMMITTED ? Decision.COMMIT : Decision.ROLLBACK;
    }

    private void committed(Account account) {
        Map<String, Long> done = new LinkedHashMap<>();
        for (Entry entry : account.branches.values()) {
            require(entry.committed, "I11", account.xid, " is COMMITTED and ", entry.id, " has not committed locally");
            entry.effects.forEach((row, amount) -> done.merge(row.toString(), amount, Long::sum));
            ledger.release(entry, sequence);
        }
        if (account.wanted == null) {
            return;
        }
        Map<String, Long> wanted = new LinkedHashMap<>();
        account.wanted.forEach(step -> step.postings()
                .forEach(posting ->
                        wanted.merge(step.at().name + "." + posting.account(), posting.amount(), Long::sum)));
        require(done.equals(wanted), "I10", account.xid, " is COMMITTED with ", done, " instead of ", wanted);
    }

    private void ended(Entry entry) {
        if (entry.ended) {
            return;
        }
        require(
                entry.restored || entry.skipped,
                "I4",
                entry.id,
                " ends before its restore is committed in its database");
        boolean after = false;
        for (Entry other : ledger.account(entry.id.xid()).branches.values()) {
            require(
                    !after || other.ended || !other.resource.equals(entry.resource),
                    "I4",
                    entry.id,
                    " ends before ",
                    other.id,
                    ", which was registered later");
            after |= other == entry;
        }
        entry.ended = true;
        ledger.release(entry, sequence);
    }

    private void locksAreHeld() {
        for (Account account : ledger.accounts()) {
            if (account.decision == Decision.COMMIT) {
                continue;
            }
            for (Entry entry : account.branches.values()) {
                if (!entry.ended) {
                    for (LockKey key : entry.keys) {
                        require(
                                truth.machine().holders(key).stream()
                                        .anyMatch(held -> held.holder().equals(account.xid)),
                                "I4",
                                key,
                                " is free, and ",
                                entry.id,
                                " is not restored");
                    }
                }
            }
        }
    }

    /** A node has started from its disk: its state is that of a replay of everything (I8). */
    void restarted(LogNode node, StateMachine from) {
        Replica replayed = new Replica(world.mutation, Snapshot.EMPTY);
        for (int i = 0; i < node.applied(); i++) {
            LogNode.Entry entry = node.entries.get(i);
            entry.commands().forEach(command -> replayed.apply(command, entry.at()));
        }
        require(
                replayed.machine().snapshot().equals(from.snapshot()),
                "I8",
                "a snapshot of ",
                node.applied(),
                " entries is not what a replay of them gives");
    }

    // ---- the streams

    /** A node answers a request (null for an order of its own). */
    void answers(CoordinatorNode node, Connection.Asked asked, long logIndex, Reply reply) {
        if (reply instanceof Reply.Decided decided && decided.outcome().status().decided()) {
            known(decided.outcome());
        } else if (reply instanceof Reply.Decided undecided && asked != null) {
            require(
                    ledger.account(undecided.outcome().xid()).decidedAt > asked.sequence(),
                    "I1",
                    undecided.outcome().xid(),
                    " is said to be undecided, and was decided when that was asked");
        } else if (reply instanceof Reply.Failure failure && failure.decision() != null) {
            known(failure.decision());
        } else if (reply instanceof Reply.Registered && asked != null) {
            BranchId id = ((Request.RegisterBranch) asked.request()).branch();
            require(ledger.entry(id) != null, "I2", node.name, " grants ", id, ", which no majority has on disk");
        } else if (reply instanceof Reply.LocksFree && asked != null) {
            Request.CheckLocks check = (Request.CheckLocks) asked.request();
            List<LockKey> keys = check.locks().stream().map(lock -> lock.key()).toList();
            require(
                    ledger.wereFree(keys, check.xid(), asked.sequence(), sequence),
                    "I6",
                    node.name,
                    " says that ",
                    keys,
                    " are free, and they never were since it was asked");
        } else if (reply instanceof Reply.Unknown unknown) {
            unknown.xids().forEach(xid -> mayGo(xid, "unknown here"));
            unknown.committed()
                    .forEach(xid -> require(
                            ledger.account(xid).decision == Decision.COMMIT, "I6", xid, " is said to be committed"));
            unknown.rolledBack()
                    .forEach(xid -> require(
                            ledger.account(xid).decision == Decision.ROLLBACK,
                            "I6",
                            xid,
                            " is said to be rolled back"));
        } else if (reply instanceof Reply.RestoreOrder order) {
            require(
                    ledger.account(order.branch().xid()).decision == Decision.ROLLBACK,
                    "I2",
                    node.name,
                    " orders to restore ",
                    order.branch(),
                    " before the decision is on disk");
        } else if (reply instanceof Reply.ReleaseUndo release) {
            release.branches()
                    .forEach(branch -> require(
                            ledger.account(branch.xid()).decision == Decision.COMMIT,
                            "I6",
                            node.name,
                            " releases the undo of ",
                            branch));
        }
    }

    /** The coordinator has called the row's transaction rolled back, and no database here loses what it has committed. */
    void rolledBack(Database.Row undo) {
        require(
                undo.kind != Database.Kind.UNDO || !undo.committed(),
                "I4",
                undo,
                " is there after its transaction was rolled back: the sweep would call its restore lost");
    }

    private void known(Outcome outcome) {
        Decision decision = ledger.account(outcome.xid()).decision;
        require(decision != Decision.NONE, "I2", outcome, " is told before it is on the disks of a majority");
        require(decision == decision(outcome), "I1", outcome, " is told, and it is decided ", decision);
    }

    private void mayGo(Xid xid, String why) {
        Account account = ledger.account(xid);
        require(
                !account.open() && account.decision != Decision.NONE,
                "I6",
                xid,
                " is said to be ",
                why,
                ", and it is not finished");
    }

    // ---- the databases

    /** A local transaction is about to become visible. */
    void committedLocally(Database database, LocalTransaction transaction) {
        for (Row row : List.copyOf(transaction.writtenRows())) {
            if (row.branch == null) {
                wrote(transaction, row);
            } else {
                changedUndo(database, transaction, row);
            }
        }
        for (Row row : transaction.writtenRows()) {
            if (row.branch == null) {
                long expected = 100 + local.getOrDefault(row, 0L);
                for (Account account : ledger.accounts()) {
                    for (Entry entry : account.branches.values()) {
                        expected += entry.effects.getOrDefault(row, 0L);
                    }
                }
                require(
                        row.balance == expected || ledger.skipped(row),
                        "I10",
                        row,
                        " becomes ",
                        row.balance,
                        " by ",
                        transaction,
                        ", and should be ",
                        expected);
            }
        }
    }

    private void wrote(LocalTransaction transaction, Row row) {
        BranchId id = transaction.branch();
        Xid xid = id != null
                ? id.xid()
                : transaction.restored() != null ? transaction.restored().xid() : null;
        for (Account other : ledger.accounts()) {
            if (other.xid.equals(xid) || !other.open()) {
                continue;
            }
            for (Entry entry : other.branches.values()) {
                require(
                        !entry.effects.containsKey(row) || entry.restored || entry.skipped,
                        "I4",
                        transaction,
                        " writes ",
                        row,
                        ", which ",
                        other.xid,
                        " (",
                        other.decision,
                        ") may still put back");
            }
        }
        long change = row.balance - transaction.before(row);
        if (id != null) {
            Entry entry = ledger.entry(id);
            require(entry != null, "I3", id, " commits locally without a grant");
            require(!entry.restored && !entry.skipped, "I5", id, " commits locally after it was restored");
            entry.committed = true;
            entry.effects.merge(row, change, Long::sum);
        } else if (transaction.restored() == null) {
            local.merge(row, change, Long::sum);
        }
    }

    private void changedUndo(Database database, LocalTransaction transaction, Row row) {
        Kind before = transaction.kindBefore(row);
        Entry entry = ledger.entry(row.branch);
        Account account = ledger.account(row.branch.xid());
        boolean restore = row.branch.equals(transaction.restored());
        if (before == row.kind || row.branch.equals(transaction.branch())) {
            return;
        }
        if (restore) {
            require(account.decision == Decision.ROLLBACK, "I5", transaction, " without a decision to roll back");
            if (before == Kind.UNDO && row.kind == Kind.NONE) {
                entry.effects.clear();
                entry.restored = true;
            } else if (before == Kind.UNDO) {
                require(
                        account.skipOrdered.contains(row.branch.number()),
                        "I7",
                        row.branch,
                        " is skipped, and no operator ordered that");
                ledger.skips(entry);
            } else {
                require(!entry.committed || entry.restored, "I5", row.branch, " has effects and gets a guard row");
                entry.restored = true;
            }
        } else if (before == Kind.UNDO) {
            require(account.decision == Decision.COMMIT, "I6", "an undo row of ", row.branch, " is deleted");
        } else if (before == Kind.GUARD) {
            require(
                    !account.open()
                            && account.decision == Decision.ROLLBACK
                            && database.clock() - row.created >= 2 * World.REGISTRATION_LIMIT,
                    "I6",
                    "the guard row of ",
                    row.branch,
                    " is deleted before its time");
        }
    }

    void localCommitDone() {
        if (noneOpen() && !ledger.skippedAny()) {
            long total =
                    world.databases.stream().mapToLong(Observer::committedTotal).sum();
            require(
                    total == world.total(),
                    "I10",
                    "nothing is unfinished, and the total is ",
                    total,
                    " instead of ",
                    world.total());
        }
    }

    private boolean noneOpen() {
        for (Account account : ledger.accounts()) {
            if (account.open() && !account.branches.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private static long committedTotal(Database database) {
        return database.accounts.values().stream()
                .mapToLong(row -> row.committed() ? row.balance : row.holder.before(row))
                .sum();
    }

    /** Nobody but dtx writes here: a restore finds what its branch left, or what a skipped one left in its place. */
    void foundDifferent(Database database, BranchId branch) {
        if (ledger.entry(branch).effects.keySet().stream().noneMatch(ledger::skipped)) {
            throw new Violation(
                    "I4", "the restore of " + branch + " in " + database.name + " finds rows changed by others");
        }
    }

    // ---- the applications

    void begins(String name, Xid xid, List<Transfer.Step> steps) {
        named.put(name, xid);
        ledger.account(xid).wanted = steps;
    }

    void answered(String name, Xid xid, Transfer.Answer answer) {
        answers.put(name, answer);
        if (answer == Transfer.Answer.DONE) {
            require(ledger.account(xid).decision == Decision.COMMIT, "I1", xid, " is answered as done, and is not");
        } else if (answer == Transfer.Answer.FAILED) {
            require(
                    ledger.account(xid).decision != Decision.COMMIT,
                    "I1",
                    xid,
                    " is answered as failed, and committed");
        }
    }

    /** Null as long as there is none. */
    Transfer.Answer answer(String name) {
        return answers.get(name);
    }

    // ---- the end

    /** Why things are not at rest; empty if they are. */
    List<String> unrest() {
        List<String> reasons = new ArrayList<>();
        truth.machine().unfinished().forEach(left -> reasons.add(left.xid() + " is " + left.status()));
        truth.machine().forEachLock(lock -> reasons.add(lock.key() + " is held by " + lock.holder()));
        for (Database database : world.databases) {
            database.open().forEach(open -> reasons.add(open + " is open in " + database.name));
            database.undoRows(Kind.UNDO).forEach(row -> reasons.add(row.branch + " has an undo row"));
        }
        return reasons;
    }

    /** At rest: whatever was answered is true, and all nodes have one state. */
    void finalCheck() {
        localCommitDone();
        answers.forEach((name, answer) -> {
            Xid xid = named.get(name);
            if (xid != null) {
                answered(name, xid, answer);
            }
        });
        for (CoordinatorNode node : world.nodes) {
            if (node.log.applied() == world.group.decided()) {
                require(
                        node.log.state().equals(truth.machine().snapshot()),
                        "I8",
                        node.name,
                        " has another state than the log gives");
            }
        }
    }

    /** @param otherwise parts of a text that is made only if it does not hold: this is called at every step */
    private static void require(boolean holds, String invariant, Object... otherwise) {
        if (!holds) {
            throw new Violation(
                    invariant, Stream.of(otherwise).map(String::valueOf).collect(Collectors.joining()));
        }
    }
}
