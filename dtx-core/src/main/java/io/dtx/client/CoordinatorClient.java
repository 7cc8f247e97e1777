package io.dtx.client;

import io.dtx.error.CoordinatorUnavailableException;
import io.dtx.error.DtxException;
import io.dtx.model.BranchId;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.jspecify.annotations.Nullable;

/**
 * The process's one connection to the coordinator. Thread-safe.
 *
 * <p>Futures complete with a result, or exceptionally with a {@link DtxException}; they never stay open: every request has a
 * deadline. Unanswered requests survive a reconnection (they are idempotent and sent again). What is chained to a future may
 * run on the thread that reads the stream, and must not block.
 */
public final class CoordinatorClient implements AutoCloseable {

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);

    /** For the answer to a question that the coordinator answers when a time has passed. */
    private static final Duration ANSWER_TIME = Duration.ofMillis(250);

    private final ClientSettings settings;
    private final SecureRandom random = new SecureRandom();
    private final ScheduledThreadPoolExecutor timer;
    private final Exchange exchange;

    private CoordinatorClient(ClientSettings settings) {
        this.settings = settings;
        this.timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "dtx-client");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.exchange = new Exchange(timer);
    }

    /** Connects in the background, for as long as it takes; returns at once. */
    public static CoordinatorClient start(ClientSettings settings) {
        CoordinatorClient client = new CoordinatorClient(settings);
        new Link(settings, UUID.randomUUID().toString(), client.timer, client.exchange).start();
        return client;
    }

    /** Whether a coordinator is serving this client now. */
    public boolean connected() {
        return exchange.connected();
    }

    /**
     * Mints an XID. Waits some seconds at most if the first attempt to connect, or to connect again, is still going on.
     *
     * @throws io.dtx.error.CoordinatorUnavailableException if no coordinator is connected; names the addresses and the remedy
     * @throws io.dtx.error.UsageException if the coordinator refuses this application's token or protocol version
     */
    public Xid newXid() {
        Exchange.Identity coordinator = exchange.serving();
        byte[] unique = new byte[10];
        random.nextBytes(unique);
        return Xid.mint(coordinator.cluster(), coordinator.now(), unique);
    }

    /** The id of the cluster that was connected last; null as long as no coordinator was ever connected. */
    public @Nullable String cluster() {
        Exchange.Identity coordinator = exchange.identity();
        return coordinator == null ? null : coordinator.cluster();
    }

    /** One-way: names the transaction and sets its timeout. */
    public void begin(Xid xid, String name, Duration timeout) {
        exchange.begin(new Request.Begin(xid, name, timeout));
    }

    /** Of no execution that is known, with the lock wait of the settings. */
    public CompletableFuture<Void> register(BranchId branch, String resource, List<Lock> locks) {
        return register(branch, resource, List.of(), locks, settings.lockWait());
    }

    /** With the lock wait of the settings. */
    public CompletableFuture<Void> register(
            BranchId branch, String resource, List<Execution> executions, List<Lock> locks) {
        return register(branch, resource, executions, locks, settings.lockWait());
    }

    /** Of no execution that is known. */
    public CompletableFuture<Void> register(BranchId branch, String resource, List<Lock> locks, Duration lockWait) {
        return register(branch, resource, List.of(), locks, lockWait);
    }

    /**
     * Registers a branch and takes its locks, in one step. Fails with
     *
     * <ul>
     *   <li>{@link io.dtx.error.LockConflictException}: a lock is held by another global transaction;
     *   <li>{@link io.dtx.error.RolledBackException}: the transaction is already rolled back, or is now, since
     *       a branch of another execution of the same call is registered;
     *   <li>{@link io.dtx.error.CoordinatorUnavailableException}: no answer came within the lock wait and the request
     *       timeout. The branch may be registered all the same: the local transaction must roll back, and the global one not
     *       commit;
     *   <li>{@link io.dtx.error.InDoubtException}: the coordinator has forgotten the transaction;
     *   <li>{@link io.dtx.error.UsageException}: the request breaks a rule, or the transaction is already committed.
     * </ul>
     *
     * @param executions in the name of which the local transaction worked; the outermost call first
     */
    public CompletableFuture<Void> register(
            BranchId branch, String resource, List<Execution> executions, List<Lock> locks, Duration lockWait) {
        return exchange.request(
                        new Request.RegisterBranch(branch, resource, executions, locks, lockWait),
                        lockWait.plus(settings.requestTimeout()))
                .thenAccept(reply -> {
                    if (!(reply instanceof Reply.Registered)) {
                        throw Failures.ofLocks(branch.xid(), reply);
                    }
                });
    }

    /** One-way, and sent again on every new stream until the branch's fate is known: its local commit returned success. */
    public void reportCommitted(BranchId branch) {
        reportCommitted(branch, false);
    }

    /**
     * Likewise.
     *
     * @param decisionFollows whether this client will be asked for the transaction's decision: the report may then leave with
     *     that, or a little later than now
     */
    public void reportCommitted(BranchId branch, boolean decisionFollows) {
        exchange.report(new Request.BranchCommitted(branch), decisionFollows);
    }

    /** As {@link #commit(Xid, OptionalInt)}, of one who does not know what calls have registered. */
    public CompletableFuture<Outcome> commit(Xid xid) {
        return commit(xid, OptionalInt.empty());
    }

    /**
     * Asks for COMMIT. The outcome may be a rollback, if that was decided first. Fails with
     * {@link io.dtx.error.InDoubtException} if the decision can not be learned within the commit timeout.
     *
     * @param answeredBranches see {@link io.dtx.context.Participation#answeredBranches}
     */
    public CompletableFuture<Outcome> commit(Xid xid, OptionalInt answeredBranches) {
        return decide(xid, new Request.Commit(xid, answeredBranches), settings.commitTimeout());
    }

    /**
     * Asks to roll back; completes when the coordinator has decided (not when all is restored). Fails as {@link #commit},
     * after the request timeout.
     *
     * @param rollback why; the coordinator fills in who
     */
    public CompletableFuture<Outcome> rollBack(Xid xid, Rollback rollback) {
        return decide(xid, new Request.RollBack(xid, rollback), settings.requestTimeout());
    }

    /** As {@link #checkLocks(Xid, List, Duration)}, with the lock wait of the settings. */
    public CompletableFuture<Void> checkLocks(@Nullable Xid xid, List<Lock> locks) {
        return checkLocks(xid, locks, settings.lockWait());
    }

    /**
     * Completes when no other transaction holds these keys. Fails as {@link #register}.
     *
     * @param xid the asking transaction, whose own locks do not count; null outside of one
     */
    public CompletableFuture<Void> checkLocks(@Nullable Xid xid, List<Lock> locks, Duration lockWait) {
        return exchange.request(new Request.CheckLocks(xid, locks, lockWait), lockWait.plus(settings.requestTimeout()))
                .thenAccept(reply -> {
                    if (!(reply instanceof Reply.LocksFree)) {
                        throw Failures.ofLocks(xid, reply);
                    }
                });
    }

    /**
     * One-way: a statement of this transaction may be waiting in its database for a row that a local transaction has locked
     * which waits here for a global lock of this transaction. Whoever does that is told to roll back.
     *
     * @param table the table that it writes, as the statement spells it; empty for any
     */
    public void waitsInDatabase(Xid xid, String resource, String table) {
        exchange.tell(new Request.DatabaseWait(xid, resource, table));
    }

    /**
     * What became of a transaction; empty if the coordinator does not know it (never known, or forgotten), which proves
     * nothing about its outcome.
     */
    public CompletableFuture<Optional<Outcome>> outcome(Xid xid) {
        return outcome(xid, Duration.ZERO);
    }

    /**
     * Likewise; if the transaction is rolling back, once that has ended, or can not go on by itself now (rows were changed from
     * outside, or no application serves a database), or this time has passed. A coordinator of an older version answers at once.
     *
     * @param endWait the coordinator cuts what is longer than a minute. Where there is one, the answer is not waited for much
     *     longer, whatever the request timeout
     */
    public CompletableFuture<Optional<Outcome>> outcome(Xid xid, Duration endWait) {
        Duration longest = endWait.isZero() ? settings.requestTimeout() : endWait.plus(ANSWER_TIME);
        return exchange.request(new Request.AskOutcome(xid, endWait), longest).thenApply(reply -> {
            if (reply instanceof Reply.Decided decided
                    && decided.outcome().xid().equals(xid)) {
                return Optional.of(decided.outcome());
            } else if (reply instanceof Reply.NotKnown
                    || (reply instanceof Reply.Failure failure && failure.kind() == FailureKind.FORGOTTEN)) {
                return Optional.empty();
            }
            throw Failures.ofQuestion(xid, reply);
        });
    }

    /**
     * Which of these are committed for sure: known as committed, or unknown to the coordinator (I6); and which are rolled back,
     * to the end. Only XIDs of {@link #cluster()} may be asked: the answer of another cluster would mean nothing, so the request
     * fails if the cluster changes meanwhile.
     *
     * @param xids at most 10,000
     */
    public CompletableFuture<Ended> ended(Collection<Xid> xids) {
        Set<Xid> asked = Set.copyOf(xids);
        return exchange.request(new Request.AskUnknown(List.copyOf(asked)), settings.requestTimeout())
                .thenApply(reply -> {
                    if (reply instanceof Reply.Unknown answer
                            && asked.containsAll(answer.xids())
                            && asked.containsAll(answer.committed())
                            && asked.containsAll(answer.rolledBack())) {
                        return new Ended(
                                Set.copyOf(answer.xids()),
                                Set.copyOf(answer.committed()),
                                Set.copyOf(answer.rolledBack()));
                    }
                    throw Failures.ofQuestion(null, reply);
                });
    }

    /** Attaches a resource now and on every new stream: its agent gets the coordinator's orders. */
    public void attach(ResourceAgent agent) {
        exchange.attach(agent);
    }

    public void detach(String resource) {
        exchange.detach(resource);
    }

    /** Waits some seconds at most for decisions and orders in hand, then closes; what is left fails. */
    @Override
    public void close() {
        exchange.close(CLOSE_PATIENCE);
        timer.shutdownNow();
    }

    private CompletableFuture<Outcome> decide(Xid xid, Request request, Duration timeout) {
        if (exchange.closed()) {
            // Never asked for, so never in doubt: it ends by its timeout.
            return CompletableFuture.failedFuture(new CoordinatorUnavailableException(
                    xid,
                    "the application is shutting down: no decision of global transaction " + xid
                            + " was asked for, it rolls back when its timeout passes",
                    null));
        }
        return exchange.request(request, timeout).thenApply(reply -> {
            if (reply instanceof Reply.Decided decided
                    && decided.outcome().status() != TransactionStatus.ACTIVE
                    && decided.outcome().xid().equals(xid)) {
                exchange.decided(xid);
                return decided.outcome();
            }
            exchange.inDoubt(xid);
            throw Failures.ofDecision(xid, request, reply);
        });
    }
}
