package io.dtx.tm;

import io.dtx.client.CoordinatorClient;
import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.context.Unended;
import io.dtx.error.DtxException;
import io.dtx.error.RolledBackException;
import io.dtx.error.UsageException;
import io.dtx.model.Bounds;
import io.dtx.model.Execution;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins global transactions, joins those of callers, and asks for their decision. Thread-safe.
 *
 * <p>Only the method that began a transaction ever asks for its commit; anyone who takes part may ask to roll it back. So a
 * commit that was never asked for can not happen, and an error on the way to asking for it is a rollback, never in doubt.
 */
public final class GlobalTransactions {

    private static final Logger log = LoggerFactory.getLogger(GlobalTransactions.class);

    private final CoordinatorClient coordinator;
    private final TransactionListener listener;
    private final Consumer<String> beforeBegin;
    private final Duration rollbackWait;

    /** Without waiting for what is rolled back to be undone. */
    public GlobalTransactions(CoordinatorClient coordinator, TransactionListener listener) {
        this(coordinator, listener, name -> {}, Duration.ZERO);
    }

    /**
     * @param beforeBegin is given each transaction's name before it begins; what it throws keeps it from beginning
     * @param rollbackWait how long whoever began a transaction waits, once it is decided to roll back, for all of it to be
     *     undone; zero for not at all
     */
    public GlobalTransactions(
            CoordinatorClient coordinator,
            TransactionListener listener,
            Consumer<String> beforeBegin,
            Duration rollbackWait) {
        this.coordinator = coordinator;
        this.listener = listener;
        this.beforeBegin = beforeBegin;
        this.rollbackWait = rollbackWait;
    }

    /**
     * Runs work in a new global transaction and decides it: commit if the work returns, or throws what does not roll back;
     * otherwise rollback. Where it throws what does not roll back, and captured work of a local transaction was lost, it is a
     * rollback too. The caller's transaction, if there is one, is suspended for that time. After a rollback it waits, as it was
     * told to, for all to be undone, before it throws.
     *
     * @param name for people
     * @param timeout how long the transaction may stay undecided: from one millisecond to one day
     * @param rollsBack whether an exception thrown by the work rolls back
     * @return what the work returned; the transaction is then committed
     * @throws E what the work threw; the transaction is then decided as {@code rollsBack} said, or, where the coordinator
     *     could not be told of a rollback, ends by its timeout (the failure to tell is a suppressed exception)
     * @throws RolledBackException if it was decided to roll back although the work ended well, or with what does not roll
     *     back, which is suppressed in it then; says who and why
     * @throws io.dtx.error.InDoubtException if the answer to the commit could not be learned
     * @throws io.dtx.error.CoordinatorUnavailableException if no coordinator is connected; the work has not run
     */
    public <T extends @Nullable Object, E extends Throwable> T inNew(
            String name, Duration timeout, Predicate<? super Throwable> rollsBack, Work<T, E> work) throws E {
        checkTimeout(timeout);
        beforeBegin.accept(name);
        Xid xid = coordinator.newXid();
        coordinator.begin(xid, name, timeout);
        Begun begun = new Begun(Participation.ofInitiator(xid), name, System.nanoTime());
        tell(heard -> heard.began(xid, name));
        T result;
        try {
            result = bound(begun.participation(), work);
        } catch (Throwable failure) {
            if (rolls(rollsBack, failure)) {
                rollBack(begun, failure);
            } else {
                commitDespite(begun, failure);
            }
            throw failure;
        }
        commit(begun, objection(begun.participation()));
        return result;
    }

    /**
     * Runs work in a transaction that someone else decides. If it throws what rolls back, the transaction is vetoed at the
     * coordinator before the exception leaves, so that nobody who handles it later can commit the rest.
     */
    public <T extends @Nullable Object, E extends Throwable> T joined(
            Participation participation, Predicate<? super Throwable> rollsBack, Work<T, E> work) throws E {
        try {
            return bound(participation, work);
        } catch (Throwable failure) {
            if (rolls(rollsBack, failure)) {
                DtxException untold = tryVeto(participation, describe(failure));
                if (untold != null && untold != failure) {
                    failure.addSuppressed(untold);
                }
            }
            throw failure;
        }
    }

    /** Runs work outside of any global transaction; the caller's, if there is one, is suspended for that time. */
    public <T extends @Nullable Object, E extends Throwable> T without(Work<T, E> work) throws E {
        return bound(null, work);
    }

    /** As {@link #participate(Xid, List)}, of a request that does not say which call it is. */
    public Participation participate(Xid xid) {
        return participate(xid, List.of());
    }

    /**
     * This process's part in a transaction that a request brought.
     *
     * @param executions which calls led here; see {@link io.dtx.context.TransactionHeaders#newExecution}
     * @throws UsageException if the XID is of another coordinator cluster than the one this process is connected to
     */
    public Participation participate(Xid xid, List<Execution> executions) {
        String cluster = coordinator.cluster();
        if (cluster != null && !cluster.equals(xid.cluster())) {
            throw new UsageException(
                    xid,
                    "the global transaction " + xid + " belongs to coordinator cluster " + xid.cluster()
                            + ", but this application is connected to cluster " + cluster
                            + ": set dtx.coordinator.addresses of both applications to the same coordinator");
        }
        return new Participation(xid, executions);
    }

    /**
     * Turns a transaction to rolling back, on behalf of a participant that ended in an error. Returns when the coordinator has
     * acknowledged it, or the time for that has passed; never throws.
     *
     * @param detail for people: what went wrong
     * @return whether the coordinator has acknowledged that the transaction will not commit; if not, the caller of this
     *     process must be told to veto by itself
     */
    public boolean veto(Participation participation, String detail) {
        return tryVeto(participation, detail) == null;
    }

    /**
     * What became of a transaction.
     *
     * @return empty if the coordinator does not know it: never known, or forgotten; that proves nothing about its outcome
     * @throws DtxException if the coordinator did not answer
     */
    public Optional<Outcome> outcome(Xid xid) {
        return await(coordinator.outcome(xid));
    }

    private @Nullable DtxException tryVeto(Participation participation, String detail) {
        participation.veto(detail);
        Xid xid = participation.xid();
        try {
            Outcome outcome = await(coordinator.rollBack(xid, new Rollback(RollbackReason.VETO, "", detail)));
            if (outcome.status() == TransactionStatus.COMMITTED) {
                log.warn("The veto of global transaction {} came too late, it is committed: {}", xid, detail);
                return new UsageException(xid, "the veto came too late: global transaction " + xid + " is committed");
            }
            return null;
        } catch (DtxException unanswered) {
            log.warn("The veto of global transaction {} was not acknowledged: {}", xid, unanswered.getMessage());
            return unanswered;
        }
    }

    private void rollBack(Begun begun, Throwable failure) {
        Xid xid = begun.xid();
        try {
            Rollback rollback = new Rollback(RollbackReason.APPLICATION, "", describe(failure));
            Outcome outcome = await(coordinator.rollBack(xid, rollback));
            if (outcome.status() == TransactionStatus.COMMITTED) {
                log.error(
                        "Global transaction {} ({}) is committed, although nobody here asked for it",
                        xid,
                        begun.name());
                failure.addSuppressed(new UsageException(xid, "global transaction " + xid + " is committed"));
                tell(heard -> heard.committed(xid, begun.name(), begun.took()));
                return;
            }
            ended(begun, outcome);
        } catch (DtxException unanswered) {
            log.warn(
                    "Global transaction {} ({}) could not be rolled back at once, it ends by its timeout: {}",
                    xid,
                    begun.name(),
                    unanswered.getMessage());
            if (unanswered != failure) {
                failure.addSuppressed(unanswered);
            }
            tell(heard -> heard.inDoubt(xid, begun.name(), begun.took()));
        }
    }

    private void commitDespite(Begun begun, Throwable failure) {
        Rollback objection = objection(begun.participation());
        if (objection == null && begun.participation().lostWork()) {
            objection = new Rollback(
                    RollbackReason.APPLICATION,
                    "",
                    describe(failure)
                            + " does not roll back, but a local transaction was rolled back meanwhile, and the"
                            + " rest would be half of the work: name the exception in rollbackFor, or let the local"
                            + " transaction commit too, or handle the exception inside");
        }
        try {
            commit(begun, objection);
        } catch (DtxException other) {
            other.addSuppressed(failure);
            throw other;
        }
    }

    private void commit(Begun begun, @Nullable Rollback objection) {
        if (objection != null) {
            throw refused(begun, objection);
        }
        Outcome outcome;
        try {
            outcome =
                    await(coordinator.commit(begun.xid(), begun.participation().answeredBranches()));
        } catch (DtxException unknown) {
            tell(heard -> heard.inDoubt(begun.xid(), begun.name(), begun.took()));
            throw unknown;
        }
        if (outcome.status() != TransactionStatus.COMMITTED) {
            throw rolledBack(begun, outcome);
        }
        tell(heard -> heard.committed(begun.xid(), begun.name(), begun.took()));
    }

    /** Why this process must not ask for the commit; null if nothing speaks against it. */
    private static @Nullable Rollback objection(Participation participation) {
        return participation.objection(
                veto -> new Rollback(RollbackReason.VETO, "", veto),
                unended -> new Rollback(RollbackReason.APPLICATION, "", advice(unended)));
    }

    private static String advice(Unended unended) {
        return switch (unended) {
            case TASKS ->
                "work that was handed to another thread for it (an @Async method, an executor, a wrapped task) has not"
                        + " ended: wait for it before the method that began the global transaction returns, or hand it"
                        + " over outside of the transaction";
            case CALL ->
                "a call to another service, made for it on another thread, has no answer yet: wait for it before the"
                        + " method that began the global transaction returns";
            case LOCAL_TRANSACTION ->
                "a local transaction with work for it is still open: end every local transaction before the method"
                        + " that began the global transaction returns";
        };
    }

    private RolledBackException refused(Begun begun, Rollback objection) {
        try {
            return rolledBack(begun, await(coordinator.rollBack(begun.xid(), objection)));
        } catch (DtxException unanswered) {
            // Commit was never asked for, so this is no doubt: it rolls back, at the latest by its timeout.
            Outcome outcome = new Outcome(begun.xid(), TransactionStatus.ROLLING_BACK, objection, false);
            tell(heard -> heard.rolledBack(outcome, begun.name(), begun.took()));
            return insteadOfCommitted(
                    begun,
                    outcome,
                    " The coordinator could not be told at once: it ends by its timeout. The whole operation may be run"
                            + " again after that.",
                    unanswered);
        }
    }

    private RolledBackException rolledBack(Begun begun, Outcome decided) {
        Outcome outcome = ended(begun, decided);
        return insteadOfCommitted(begun, outcome, advice(outcome), null);
    }

    private static String advice(Outcome outcome) {
        if (outcome.status() != TransactionStatus.ROLLED_BACK) {
            return " It is being undone, and its rows stay locked until then; the whole operation may be run again after that.";
        }
        return outcome.forced()
                ? " An operator has ended it, and some of its rows may stay as it left them: ask which, before the operation is"
                        + " run again."
                : " Nothing of it stays; the whole operation may be run again.";
    }

    private static RolledBackException insteadOfCommitted(
            Begun begun, Outcome outcome, String advice, @Nullable DtxException untold) {
        Rollback rollback = outcome.rollback();
        String reason = rollback == null ? "the coordinator gave no reason" : rollback.toString();
        String message = "global transaction " + begun.xid() + " (" + begun.name()
                + ") was rolled back instead of committed: " + reason + "." + advice;
        return new RolledBackException(outcome, message, untold);
    }

    /**
     * Waits until what was decided to roll back is undone, and tells the listener. Whoever gets the exception may try again at
     * once: an attempt that reads what the one before has written, and that is about to be taken back, may take the work for
     * done. Nothing but that hangs on the wait: a row that is not restored yet is locked.
     *
     * @return the last outcome that is known
     */
    private Outcome ended(Begun begun, Outcome decided) {
        Duration took = begun.took();
        Outcome outcome = decided;
        if (decided.status() == TransactionStatus.ROLLING_BACK && !rollbackWait.isZero()) {
            try {
                // One that is forgotten has ended.
                outcome = await(coordinator.outcome(begun.xid(), rollbackWait))
                        .orElseGet(() -> new Outcome(
                                begun.xid(), TransactionStatus.ROLLED_BACK, decided.rollback(), decided.forced()));
            } catch (RuntimeException unanswered) {
                // Whatever it is: the application's own exception is on its way, and is what matters.
                log.debug("{} is rolling back; whether it has ended is not known", begun.xid(), unanswered);
            }
            if (outcome.status() != TransactionStatus.ROLLED_BACK) {
                log.warn(
                        "Global transaction {} ({}) rolls back, and is not undone yet: what it has written may be seen until"
                                + " it is, and its rows stay locked",
                        begun.xid(),
                        begun.name());
            }
        }
        Outcome last = outcome;
        tell(heard -> heard.rolledBack(last, begun.name(), took));
        return last;
    }

    private void tell(Consumer<TransactionListener> event) {
        try {
            event.accept(listener);
        } catch (RuntimeException e) {
            log.warn("A transaction listener failed", e);
        }
    }

    private static boolean rolls(Predicate<? super Throwable> rollsBack, Throwable failure) {
        try {
            return rollsBack.test(failure);
        } catch (RuntimeException broken) {
            failure.addSuppressed(broken);
            return true;
        }
    }

    private static <T extends @Nullable Object, E extends Throwable> T bound(
            @Nullable Participation participation, Work<T, E> work) throws E {
        CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
        try {
            return work.run();
        } finally {
            scope.close();
        }
    }

    /** Every future of the client has a deadline, so this is bounded; an interrupt must not leave a decision unknown. */
    private static <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof DtxException known) {
                // Made on the thread that reads the stream: the trace is to show who asked.
                known.fillInStackTrace();
                throw known;
            }
            throw e;
        }
    }

    private static String describe(Throwable failure) {
        String message = failure.getMessage();
        String name = failure.getClass().getName();
        return message == null ? name : name + ": " + message;
    }

    private static void checkTimeout(Duration timeout) {
        if (timeout.toMillis() < 1 || timeout.compareTo(Bounds.LONGEST_TIMEOUT) > 0) {
            throw new UsageException(
                    null,
                    "a global transaction's timeout is between 1 ms and 1 day, not " + timeout
                            + ": change the annotation's timeout or dtx.transaction.timeout");
        }
    }

    private record Begun(Participation participation, String name, long beganNanos) {

        Xid xid() {
            return participation.xid();
        }

        Duration took() {
            return Duration.ofNanos(System.nanoTime() - beganNanos);
        }
    }
}
