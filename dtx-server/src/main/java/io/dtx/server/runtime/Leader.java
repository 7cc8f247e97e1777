package io.dtx.server.runtime;

import io.dtx.model.Bounds;
import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.coordinator.Transaction;
import io.dtx.server.log.Applied;
import io.dtx.server.runtime.LockRequest.Phase;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One term of leadership: turns requests into commands, results into answers, and both into what the leader keeps in mind.
 *
 * <p>Confined to one thread. That thread never waits: it hands batches to the log and messages to the streams, and everything
 * else it does is a look into a map. One thread of this kind serves far more than one log can take (a disk write costs more
 * than a thousand of its steps), and everything here can be reasoned about, and tested, as a sequence.
 *
 * <p>Data goes one way: request -> command -> log -> result -> memory -> answer. A term ends by being dropped: the next one
 * starts from the replicated state, and the clients send again what was not answered.
 */
final class Leader {

    private static final Logger log = LoggerFactory.getLogger(Leader.class);

    static final int MAX_XIDS = 10_000;
    private static final int MAX_NAME = 200;
    /** From when on a stream is old enough for its two ends' clocks to have come apart since the handshake. */
    private static final long DRIFT_MILLIS = 60_000;

    private final CommandLog commandLog;
    private final InstantSource clock;
    private final LongSupplier now;
    private final LeaderSettings settings;
    private final LeaderListener listener;
    private final String cluster;

    private final Deadlines deadlines = new Deadlines();
    /** When each joined, on the clock of waiting; in that order. */
    private final Map<Session, Long> sessions = new LinkedHashMap<>();

    private final Resources resources = new Resources();
    private final Batches batches;
    private final ActiveTransactions active;
    private final LimitCheck limits;
    private final Commits commits;
    private final LockQueue locks;
    private final Releases releases;
    private final PhaseTwo phaseTwo;
    private final RollbackWaits rollbackWaits;

    private long arrivals;
    private long logIndex;
    private boolean toldOfOldCopy;

    /**
     * Takes over from the state; call once the log has applied everything of earlier terms.
     *
     * @param clock for times that are compared with those of the log
     * @param now for waiting: milliseconds since whenever, never going back
     * @param limitCounts where what goes over the settings' limits is counted
     * @param onFailure told once, if the log fails a batch: this term has to end
     */
    Leader(
            CommandLog commandLog,
            InstantSource clock,
            LongSupplier now,
            RandomGenerator random,
            Executor loop,
            LeaderSettings settings,
            LimitCounts limitCounts,
            Consumer<Throwable> onFailure,
            LeaderListener listener) {
        this.commandLog = commandLog;
        this.clock = clock;
        this.now = now;
        this.settings = settings;
        this.listener = listener;
        this.logIndex = commandLog.appliedIndex();
        this.batches = new Batches(commandLog, loop, onFailure, listener);
        this.active = new ActiveTransactions(deadlines, settings, now, this::decideRollback, listener);
        this.limits = new LimitCheck(settings.limits(), limitCounts, active);
        this.commits =
                new Commits(active, resources, deadlines, settings, now, this::submit, this::decideRollback, listener);
        this.locks =
                new LockQueue(new LockView(commandLog, clock::millis), deadlines, this::submitForLocks, listener, now);
        this.releases = new Releases(resources, deadlines);
        this.rollbackWaits = new RollbackWaits(deadlines, now, (xid, asker) -> ask(asker, new Command.AskOutcome(xid)));
        this.phaseTwo = new PhaseTwo(
                commandLog,
                resources,
                deadlines,
                new Backoff(random),
                this::submit,
                locks::released,
                rollbackWaits::halted,
                now,
                () -> logIndex,
                listener,
                settings.reattachWait().toMillis());
        this.cluster = commandLog.read(machine -> {
            String id = machine.cluster();
            if (id == null) {
                throw new IllegalStateException("no cluster id in the log");
            }
            return id;
        });
        recover();
    }

    String cluster() {
        return cluster;
    }

    /** When {@link #tick} has something to do next, on the clock of waiting. */
    long nextDeadline() {
        return deadlines.next();
    }

    /** Does what is due, then sends off what has gathered. */
    void tick() {
        deadlines.runDue(now.getAsLong());
        batches.flush();
    }

    void joined(Session session) {
        sessions.putIfAbsent(session, now.getAsLong());
    }

    void left(Session session) {
        if (sessions.remove(session) != null) {
            resources.left(session);
            locks.left(session);
            phaseTwo.left(session);
            rollbackWaits.left(session);
        }
    }

    /** In the order in which they joined: a copy. */
    List<Session> sessions() {
        return List.copyOf(sessions.keySet());
    }

    /** Whether an entry is on its way through the log: until it is done, no other leaves. */
    boolean awaitingLog() {
        return batches.inFlight();
    }

    /** As {@link Batches#onItsWay}. */
    @Nullable Object onItsWay() {
        return batches.onItsWay();
    }

    /** Whether no command is on its way through the log. */
    boolean idle() {
        return batches.idle();
    }

    /** How many requests wait for locks. */
    int waitingForLocks() {
        return locks.size();
    }

    /** Every resource that is served, or that something waits for. */
    List<ResourceStatus> resources() {
        return phaseTwo.resources();
    }

    /** By the branch's number, of those branches of a transaction whose restore has failed and is tried again. */
    Map<Long, RestoreFailures> restoreFailures(Xid xid) {
        return phaseTwo.failures(xid);
    }

    /** An operator's command, or another that is not a client's. */
    void operate(Command command, Consumer<Result> answer) {
        submit(command, applied -> {
            if (command instanceof Command.RetryBranch retry) {
                phaseTwo.drive(retry.branch().xid());
            } else if (command instanceof Command.SkipBranch skip) {
                locks.released(skip.branch().xid());
                phaseTwo.drive(skip.branch().xid());
            }
            answer.accept(applied.result());
        });
    }

    /** A request of a session that has joined. */
    void received(Session session, long number, Request request) {
        Asker asker = new Asker(session, number, System.nanoTime());
        if (!sessions.containsKey(session)) {
            return;
        }
        Xid foreign = foreign(request);
        if (foreign != null) {
            answer(asker, Failures.wrongCluster(foreign, cluster));
        } else if (request instanceof Request.Begin begin) {
            begin(session, begin);
        } else if (request instanceof Request.RegisterBranch register) {
            register(asker, register);
        } else if (request instanceof Request.Commit commit) {
            commits.asked(commit, asker);
        } else if (request instanceof Request.RollBack rollBack) {
            rollBack(asker, rollBack);
        } else if (request instanceof Request.CheckLocks check) {
            checkLocks(asker, check);
        } else if (request instanceof Request.AskOutcome ask) {
            askOutcome(asker, ask);
        } else if (request instanceof Request.AskUnknown ask) {
            if (ask.xids().size() > MAX_XIDS) {
                answer(asker, Failures.limit("at most " + MAX_XIDS + " XIDs may be asked for at once"));
            } else {
                askUnknown(asker, ask);
            }
        } else if (request instanceof Request.Attach attach) {
            resources.attach(attach.resource(), attach.label(), session);
            answer(asker, new Reply.Attached());
            phaseTwo.attached(attach.resource());
        } else if (request instanceof Request.Detach detach) {
            resources.detach(detach.resource(), session);
        } else if (request instanceof Request.BranchCommitted committed) {
            commits.reported(committed.branch(), session);
        } else if (request instanceof Request.DatabaseWait wait) {
            locks.waitsInDatabase(wait.xid(), wait.resource(), wait.table());
        } else if (request instanceof Request.RestoreReport report) {
            phaseTwo.reported(session, report);
        } else {
            answer(asker, Failures.invalid("a stream opens once, with its first message"));
        }
    }

    /** An XID of another cluster that the request is about; null if there is none. */
    private @Nullable Xid foreign(Request request) {
        for (Xid xid : request.xids()) {
            if (!xid.cluster().equals(cluster)) {
                return xid;
            }
        }
        return null;
    }

    private void recover() {
        List<Transaction> unfinished = commandLog.read(machine -> List.copyOf(machine.unfinished()));
        for (Transaction transaction : unfinished) {
            if (transaction.status() == TransactionStatus.ROLLING_BACK) {
                phaseTwo.drive(transaction.xid());
            } else {
                active.recovered(transaction, clock.millis());
            }
        }
        forgetLater();
        tellOfOldCopy("an application");
    }

    private void forgetLater() {
        long every =
                Math.max(1_000, Math.min(60_000, settings.outcomeRetention().toMillis() / 10));
        deadlines.at(now.getAsLong() + every, () -> {
            long before = clock.millis() - settings.outcomeRetention().toMillis();
            if (commandLog.read(machine -> machine.counts().outcomes()) > 0) {
                submit(new Command.ForgetOutcomes(before), applied -> {});
            }
            forgetLater();
        });
    }

    private void begin(Session session, Request.Begin begin) {
        String name =
                begin.name().length() <= MAX_NAME ? begin.name() : begin.name().substring(0, MAX_NAME);
        long timeout = Math.max(
                1, Math.min(Bounds.LONGEST_TIMEOUT.toMillis(), begin.timeout().toMillis()));
        Command.Begin command = new Command.Begin(begin.xid(), name, session.application(), timeout);
        if (limits.mayBegin(command)) {
            submit(command, applied -> {
                begun(command, applied.result());
                if (applied.result() instanceof Result.Refused refused
                        && refused.rule() == Result.Rule.XID_FROM_THE_FUTURE) {
                    readjust(session, refused);
                }
            });
        } // else its first branch will be told
    }

    private void begun(Command.Begin begin, Result result) {
        if (result instanceof Result.Done) {
            active.begun(begin.xid(), begin.timeoutMillis());
        } else {
            log.debug("Begin of {} came to nothing: {}", begin.xid(), result);
        }
    }

    /**
     * An application mints XIDs by the time of its handshake, carried on by its steady clock. Steady clocks are slewed, and some stand
     * still with their machine: in weeks two may come apart by minutes, and then all that it begins would be refused until it
     * is started again. So its stream is ended, and the next handshake tells it the time. A young stream is left alone: its time is
     * right, and what was minted before it, and is told again on it, would end one stream after the other.
     */
    private void readjust(Session session, Result.Refused refused) {
        Long joined = sessions.get(session);
        if (joined != null && now.getAsLong() - joined >= DRIFT_MILLIS) {
            log.warn(
                    "The clock of {} has run ahead of the coordinator's since it connected: {}. Its stream is ended, so that it"
                            + " learns the time anew",
                    session.application(),
                    refused.message());
            session.close(0, new Reply.Failure(FailureKind.UNAVAILABLE, "this application's clock has run ahead"));
            left(session);
        }
    }

    private void register(Asker asker, Request.RegisterBranch request) {
        Reply.Failure over = limits.register(request.branch(), request.locks());
        if (over != null) {
            answer(asker, over);
            return;
        }
        Command.Begin turnedAway = limits.takeTurnedAway(request.branch().xid());
        if (turnedAway != null) {
            submit(turnedAway, applied -> begun(turnedAway, applied.result()));
        }
        Command command = new Command.RegisterBranch(
                request.branch(),
                request.resource(),
                asker.session().application(),
                request.executions(),
                request.locks());
        wantLocks(
                asker,
                request.branch().xid(),
                command,
                request.locks(),
                request.lockWait().toMillis());
    }

    private void checkLocks(Asker asker, Request.CheckLocks check) {
        Reply.Failure over = limits.locks("a local transaction reads", check.locks());
        if (over != null) {
            answer(asker, over);
            return;
        }
        Command command = new Command.CheckLocks(check.xid(), check.locks());
        wantLocks(asker, check.xid(), command, check.locks(), check.lockWait().toMillis());
    }

    private void wantLocks(Asker asker, @Nullable Xid xid, Command command, List<Lock> wanted, long waitMillis) {
        long at = now.getAsLong();
        long deadline = at + Math.max(0, Math.min(Bounds.LONGEST_LOCK_WAIT.toMillis(), waitMillis));
        LockRequest request = new LockRequest(
                arrivals++, xid, command, wanted, at, deadline, asker, failure -> answer(asker, failure));
        locks.arrived(request);
    }

    private void submitForLocks(LockRequest request) {
        submit(request.command, applied -> locksAnswered(request, applied));
    }

    private void locksAnswered(LockRequest request, Applied applied) {
        Result result = applied.result();
        if (result instanceof Result.LocksHeld held) {
            if (sessions.containsKey(request.asker.session())) {
                locks.held(request, held.held());
            } else {
                locks.ended(request, FailureKind.UNAVAILABLE);
            }
            return;
        }
        boolean wanted = request.phase != Phase.DONE;
        boolean waited = request.queued;
        Reply reply;
        if (result instanceof Result.Done && request.command instanceof Command.RegisterBranch register) {
            active.registered(register);
            locks.granted(request);
            reply = new Reply.Registered();
            if (!waited) {
                listener.registered(request.asker.nanos());
            }
        } else {
            reply = result instanceof Result.Done
                    ? new Reply.LocksFree()
                    : result instanceof Result.Decided decided
                            ? Failures.decided(decided.outcome())
                            : Replies.to(result);
            locks.ended(request, reply instanceof Reply.Failure failure ? failure.kind() : null);
        }
        if (wanted) {
            request.asker.answer(applied.index(), reply);
        }
    }

    private void rollBack(Asker asker, Request.RollBack request) {
        Rollback asked = request.rollback();
        if (asked.reason() == RollbackReason.OPERATOR) {
            answer(asker, Failures.invalid("only the console rolls back in an operator's name"));
            return;
        }
        Rollback rollback = new Rollback(asked.reason(), asker.session().application(), asked.detail());
        submit(new Command.RollBack(request.xid(), rollback), applied -> {
            asker.answer(applied.index(), Replies.to(applied.result()));
            listener.decided(asker.nanos());
        });
    }

    /** The coordinator's own decision. */
    private void decideRollback(Xid xid, Rollback rollback) {
        submit(new Command.RollBack(xid, rollback), applied -> {
            if (applied.result() instanceof Result.Decided decided
                    && rollback.equals(decided.outcome().rollback())) {
                log.atInfo().addKeyValue("xid", xid).log("Global transaction {} rolls back: {}", xid, rollback);
            }
        });
    }

    private void askOutcome(Asker asker, Request.AskOutcome ask) {
        long wait = ask.endWait().toMillis();
        if (wait > 0 && phaseTwo.goesOn(ask.xid())) {
            rollbackWaits.add(ask.xid(), asker, wait);
        } else {
            ask(asker, new Command.AskOutcome(ask.xid()));
        }
    }

    private void askUnknown(Asker asker, Request.AskUnknown ask) {
        submit(new Command.AskUnknown(ask.xids()), applied -> {
            asker.answer(applied.index(), Replies.to(applied.result()));
            tellOfOldCopy("application '" + asker.session().application() + "'");
        });
    }

    /** Once in each term: it is in the state for good. */
    private void tellOfOldCopy(String who) {
        if (toldOfOldCopy) {
            return;
        }
        commandLog.read(StateMachine::olderThan).ifPresent(xid -> {
            toldOfOldCopy = true;
            log.atError()
                    .addKeyValue("xid", xid)
                    .log(
                            "This data directory is an old copy: {} has found an undo row of {}, which was never heard of"
                                    + " here (unless that row was made by hand). So what is not known is no longer taken for"
                                    + " committed, and undo rows stay. What was begun since the copy was taken may be half"
                                    + " done: stop, and start on the newest data, or once with"
                                    + " dtx.server.new-cluster-id=true; see 'Backup, restore, lost data' in the operations"
                                    + " guide",
                            who,
                            xid);
        });
    }

    private void ask(Asker asker, Command question) {
        submit(question, applied -> asker.answer(applied.index(), Replies.to(applied.result())));
    }

    private void answer(Asker asker, Reply reply) {
        asker.answer(logIndex, reply);
    }

    /** Every command goes this way, so that no decision is missed, whoever learns of it first. */
    private void submit(Command command, Consumer<Applied> then) {
        batches.add(command, applied -> {
            logIndex = Math.max(logIndex, applied.index());
            if (applied.result() instanceof Result.Decided decided) {
                decided(decided.outcome(), applied.index());
            }
            then.accept(applied);
        });
    }

    private void decided(Outcome outcome, long index) {
        // Also for one that is not known as active: its first registration may be waiting for a lock.
        locks.decided(outcome);
        ActiveTransaction transaction = active.decided(outcome.xid());
        if (transaction == null) {
            return;
        }
        commits.decided(transaction, outcome, index);
        Rollback rollback = outcome.rollback();
        if (outcome.status() == TransactionStatus.COMMITTED) {
            listener.committed();
        } else if (rollback != null) {
            listener.rolledBack(rollback.reason());
        }
        if (outcome.status() == TransactionStatus.COMMITTED) {
            transaction.branches.forEach((number, member) -> releases.add(
                    member.resource(),
                    transaction.reported.get(number),
                    new BranchId(outcome.xid(), number),
                    now.getAsLong(),
                    index));
        } else {
            phaseTwo.drive(outcome.xid());
        }
    }
}
