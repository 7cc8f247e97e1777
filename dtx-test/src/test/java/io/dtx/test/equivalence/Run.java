package io.dtx.test.equivalence;

import io.dtx.client.CoordinatorClient;
import io.dtx.context.CurrentTransaction;
import io.dtx.context.CurrentTransaction.Scope;
import io.dtx.context.Participation;
import io.dtx.error.SqlStates;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.sql.Dialect;
import io.dtx.test.EmbeddedCoordinator;
import io.dtx.test.equivalence.Observed.Raised;
import io.dtx.test.equivalence.Sequence.Local;
import io.dtx.test.equivalence.Step.Command;
import io.dtx.test.equivalence.Step.Execute;
import io.dtx.test.equivalence.Step.ReleaseSavepoint;
import io.dtx.test.equivalence.Step.RollbackToSavepoint;
import io.dtx.test.equivalence.Step.SetSavepoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runs one sequence through dtx and, statement by statement beside it, on the twin without dtx. What dtx refuses, the twin
 * leaves out: so a refused statement that changes something shows as a difference.
 */
final class Run {

    /** Where the sequence went wrong. */
    static final class Difference extends Exception {

        private static final long serialVersionUID = 1L;

        Difference(String what) {
            super(what);
        }
    }

    private static final Pattern REFUSAL =
            Pattern.compile("refused inside the global transaction \\S+: .{5,}\\. Remedy: .{5,}", Pattern.DOTALL);

    private final Grammar grammar;
    private final Ground ground;
    private final CoordinatorClient client;
    private final EmbeddedCoordinator coordinator;
    private final Tally tally;
    /** Whether only one side has run a statement, or a part of it: then they no longer number rows alike. */
    private boolean apart;

    Run(Grammar grammar, Ground ground, CoordinatorClient client, EmbeddedCoordinator coordinator, Tally tally) {
        this.grammar = grammar;
        this.ground = ground;
        this.client = client;
        this.coordinator = coordinator;
        this.tally = tally;
    }

    void run(Sequence sequence) throws SQLException, Difference {
        ground.reset(sequence);
        Contents before = ground.read();
        same("before the start, tables", ground.readSteady(), ground.readTwin());
        Xid xid = client.newXid();
        client.begin(xid, "equivalence", Duration.ofMinutes(1));
        Participation participation = new Participation(xid);
        try {
            apart = false;
            for (Local local : sequence.locals()) {
                if (apart) {
                    break;
                }
                run(local, participation);
                same("after a local transaction, tables", ground.readSteady(), ground.readTwin());
            }
        } catch (Difference | SQLException | RuntimeException e) {
            client.rollBack(xid, new Rollback(RollbackReason.APPLICATION, "", "test"))
                    .orTimeout(60, TimeUnit.SECONDS)
                    .join();
            throw e;
        }
        if (participation.openCaptures() != 0) {
            throw new Difference("local transactions still open: " + participation.openCaptures());
        }
        decide(sequence, xid, before);
    }

    private void decide(Sequence sequence, Xid xid, Contents before) throws SQLException, Difference {
        Contents expected = sequence.commit() ? ground.read() : before;
        Outcome outcome = (sequence.commit()
                        ? client.commit(xid)
                        : client.rollBack(xid, new Rollback(RollbackReason.APPLICATION, "", "test")))
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
        TransactionStatus wanted = sequence.commit() ? TransactionStatus.COMMITTED : TransactionStatus.ROLLED_BACK;
        if (outcome.status() != wanted && !ended(xid, wanted)) {
            throw new Difference("the global transaction was to end as " + wanted + ", and is " + outcome + " with "
                    + coordinator.read(state -> state.transaction(xid)) + "; tables: "
                    + ground.read().differenceFrom(expected));
        }
        String verb = sequence.commit() ? "after the commit, tables" : "after the rollback, tables";
        same(verb, ground.read(), expected);
        if (!sequence.commit() && ground.undoLog().contains(xid.toString())) {
            throw new Difference("undo_log still holds a row after the rollback");
        }
        List<String> held = new ArrayList<>();
        coordinator.read(state -> {
            state.forEachLock(lock -> {
                if (lock.holder().equals(xid)) {
                    held.add(lock.key().toString());
                }
            });
            return true;
        });
        if (!held.isEmpty()) {
            throw new Difference("locks are still held after the end: " + held);
        }
    }

    /** Waits for phase two of a rollback; ends early if a branch is stalled. */
    private boolean ended(Xid xid, TransactionStatus wanted) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < deadline) {
            TransactionStatus now = coordinator.read(
                    state -> state.outcome(xid).map(Outcome::status).orElse(TransactionStatus.ROLLED_BACK));
            if (now == wanted) {
                return true;
            }
            if (now.finished() || stalled(xid)) {
                return false;
            }
            LockSupport.parkNanos(200_000);
        }
        return false;
    }

    private boolean stalled(Xid xid) {
        return coordinator.read(state -> state.transaction(xid)
                .map(transaction -> transaction.stalledBranches() > 0)
                .orElse(false));
    }

    private static void same(String what, Contents now, Contents expected) throws Difference {
        String difference = now.differenceFrom(expected);
        if (difference != null) {
            throw new Difference(what + " differ: " + difference);
        }
    }

    private void run(Local local, Participation participation) throws SQLException, Difference {
        Scope scope = CurrentTransaction.bind(participation);
        try {
            ground.ours().begin(local.autocommit());
            ground.twin().begin(local.autocommit());
            boolean over = false;
            for (Step step : local.steps()) {
                over = !step(step, local);
                if (over) {
                    break;
                }
            }
            if (!local.autocommit()) {
                end(local.commit() && !over);
            }
            ground.ours().begin(true);
            ground.twin().begin(true);
        } finally {
            scope.close();
        }
    }

    private void end(boolean commit) throws SQLException {
        if (commit) {
            ground.ours().connection().commit();
            ground.twin().connection().commit();
        } else {
            ground.ours().connection().rollback();
            ground.twin().connection().rollback();
        }
    }

    /** @return whether the local transaction can go on */
    private boolean step(Step step, Local local) throws SQLException, Difference {
        if (step instanceof SetSavepoint set) {
            ground.ours().set(set.name());
            ground.twin().set(set.name());
        } else if (step instanceof RollbackToSavepoint back) {
            ground.ours().rollBackTo(back.name());
            ground.twin().rollBackTo(back.name());
        } else if (step instanceof ReleaseSavepoint release) {
            ground.ours().release(release.name());
            ground.twin().release(release.name());
        } else if (step instanceof Execute execute) {
            return execute(execute, local);
        }
        return true;
    }

    private boolean execute(Execute step, Local local) throws SQLException, Difference {
        Observed ours = ground.ours().execute(step);
        Raised raised = ours.error();
        if (raised != null && isRefusal(raised)) {
            tally.refused(step, reason(raised));
            checkRefusal(step, raised);
            if (local.autocommit() && step.commands().size() > 1 && numbered()) {
                apart = true; // the elements before it have taken numbers, which are not given back
                return false;
            }
            return repeatWhatCameBefore(step, raised);
        }
        if (raised != null && SqlStates.ROLLBACK_ONLY.equals(raised.state())) {
            tally.givenUp(step, raised.message());
            apart = true;
            return false;
        }
        Observed plain = plain(step, local, raised != null);
        String difference = ours.differenceFrom(plain, step.ordered(), grammar.dialect() == Dialect.MYSQL);
        if (difference != null && collided(step, raised, plain.error())) {
            tally.collided(step);
            apart = true;
            throwIfAutocommit(local, raised, plain.error());
            return false;
        }
        if (difference != null) {
            throw new Difference(step.shape().text() + ": " + difference);
        }
        tally.executed(step, ours);
        if (raised != null && step.call().batch() && numbered()) {
            apart = true; // how many elements have taken numbers is the driver's choice
            return false;
        }
        return raised == null || (!raised.kind().equals("40") && goesOn(local));
    }

    /** With autocommit there is no way back on one side. */
    private static void throwIfAutocommit(Local local, @Nullable Raised ours, @Nullable Raised plain)
            throws Difference {
        if (local.autocommit() && (ours == null || plain == null)) {
            throw new Difference("one side met what the other did not: " + ours + ", without dtx " + plain);
        }
    }

    /**
     * Databases check unique values row by row, in the order in which they visit them; dtx may make it another. And H2 2.4 sees
     * deadlocks now and then where there is one session: at REPEATABLE READ, a row that met a duplicate can not be locked.
     */
    private boolean collided(Execute step, @Nullable Raised ours, @Nullable Raised plain) {
        if (grammar.dialect() == Dialect.H2 && (isDeadlock(ours) || isDeadlock(plain))) {
            return true;
        }
        Raised only = ours == null ? plain : ours;
        return step.mayCollide()
                && only != null
                && (ours == null || plain == null)
                && only.kind().equals("23");
    }

    private static boolean isDeadlock(@Nullable Raised raised) {
        return raised != null && raised.kind().equals("40");
    }

    private static boolean isRefusal(Raised raised) {
        return SqlStates.REFUSED.equals(raised.state()) && raised.message().startsWith("refused inside");
    }

    private static String reason(Raised raised) {
        return raised.message().replaceFirst("refused inside the global transaction \\S+: ", "");
    }

    private static void checkRefusal(Execute step, Raised raised) throws Difference {
        if (!REFUSAL.matcher(raised.message()).matches()) {
            throw new Difference("a refusal of " + step.shape().text() + " without reason and remedy: " + raised);
        }
    }

    /** Of a batch, the elements before the refused one have run, unless the whole was one local transaction. */
    private boolean repeatWhatCameBefore(Execute step, Raised raised) throws SQLException, Difference {
        List<Command> before = step.commands().subList(0, raised.done());
        Observed plain =
                before.isEmpty() ? Observed.NOTHING : ground.twin().execute(part(step, before, Step.Keys.NONE));
        if (plain.failed()) {
            throw new Difference("before a refused element of a batch, without dtx: " + plain.error());
        }
        return true;
    }

    private static Execute part(Execute step, List<Command> commands, Step.Keys keys) {
        return new Execute(step.shape(), step.call(), keys, commands, step.keyNames(), false, false, false);
    }

    /** With autocommit a batch is all or nothing. */
    private Observed plain(Execute step, Local local, boolean failed) throws SQLException {
        Side twin = ground.twin();
        if (!step.call().batch()) {
            return twin.execute(step);
        }
        if (local.autocommit()) {
            twin.begin(false);
        }
        Observed observed = failed ? failing(step, local) : joined(step) ? oneByOne(step) : twin.execute(step);
        if (local.autocommit()) {
            if (observed.failed()) {
                twin.connection().rollback();
            } else {
                twin.connection().commit();
            }
            twin.begin(true);
        }
        return observed;
    }

    /**
     * Whether the driver may make one statement of several elements which then does something else: MariaDB leaves out
     * numbers, and PostgreSQL does not update a row that the statement itself has made.
     */
    private boolean joined(Execute step) {
        return switch (grammar.dialect()) {
            case MYSQL -> step.call().prepared() && step.shape().name().startsWith("INSERT") && numbered();
            case POSTGRESQL -> ground.rewrites() && step.shape() == Shape.ON_CONFLICT_UPDATE;
            case H2 -> false;
        };
    }

    private boolean numbered() {
        return ground.tables().stream().anyMatch(Table::isNumbered);
    }

    /**
     * What stays of a batch that fails is the driver's affair. With dtx it is what stands before the first error, or what the
     * driver leaves. On PostgreSQL nothing stays; and of numbered tables all is rolled back after it.
     */
    private Observed failing(Execute step, Local local) throws SQLException {
        if (local.autocommit() || numbered() || grammar.dialect() == Dialect.POSTGRESQL) {
            return oneByOne(step);
        }
        Connection twin = ground.twin().connection();
        Savepoint before = twin.setSavepoint();
        Observed observed = oneByOne(step);
        boolean here = observed.error() != null && !observed.error().kind().equals("40");
        if (here && ground.differenceWithin() != null) {
            twin.rollback(before);
            return ground.twin().execute(step);
        }
        return observed;
    }

    private Observed oneByOne(Execute step) {
        List<Long> counts = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        for (Command command : step.commands()) {
            Observed one = ground.twin().execute(part(step, List.of(command), step.keys()));
            if (one.failed()) {
                return one;
            }
            counts.addAll(one.counts());
            keys.addAll(one.keys());
        }
        return new Observed(counts, keys, List.of(), null);
    }

    /** After an error PostgreSQL takes nothing but a rollback, at least to a savepoint. */
    private boolean goesOn(Local local) throws SQLException {
        if (local.autocommit()) {
            return true;
        }
        if (grammar.dialect() == Dialect.POSTGRESQL) {
            boolean back = ground.twin().rollBackToLast();
            return back && ground.ours().rollBackToLast();
        }
        return local.goesOn();
    }
}
