package io.dtx.context;

import io.dtx.model.Execution;
import io.dtx.model.Xid;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What this process knows of its part in one global transaction: one object from the moment the XID is bound (by the method
 * that begins the transaction, or by the request that brings it) until that work ends. Shared by all threads that work for
 * it; thread-safe.
 */
public final class Participation {

    private static final Duration TASK_GRACE = Duration.ofSeconds(1);

    private final Xid xid;
    private final List<Execution> executions;
    private final boolean initiator;
    private final AtomicReference<@Nullable String> veto = new AtomicReference<>();
    private final AtomicInteger openCaptures = new AtomicInteger();
    private final AtomicInteger openCalls = new AtomicInteger();
    private final OpenTasks tasks = new OpenTasks();
    private final AtomicBoolean wrote = new AtomicBoolean();
    private final AtomicBoolean othersMayHaveWritten = new AtomicBoolean();
    private final AtomicBoolean lostWork = new AtomicBoolean();
    private final AtomicInteger answeredBranches = new AtomicInteger();
    private final AtomicBoolean answersUnseen = new AtomicBoolean();

    /** Of a participant that does not know which call it executes. */
    public Participation(Xid xid) {
        this(xid, List.of());
    }

    /** @param executions the calls that led here and this process's execution of the last of them; the first call first */
    public Participation(Xid xid, List<Execution> executions) {
        this(xid, executions, false);
    }

    private Participation(Xid xid, List<Execution> executions, boolean initiator) {
        this.xid = xid;
        this.executions = List.copyOf(executions);
        this.initiator = initiator;
    }

    /** Of the process that begins the transaction, and will ask for its decision. */
    public static Participation ofInitiator(Xid xid) {
        return new Participation(xid, List.of(), true);
    }

    public Xid xid() {
        return xid;
    }

    /** Whether this process began the transaction, and will ask for its decision. */
    public boolean initiator() {
        return initiator;
    }

    /** In the name of which executions this process works: every branch that it registers names them. */
    public List<Execution> executions() {
        return executions;
    }

    /**
     * From now on the transaction must not commit, as far as this process has a say: set before control returns to an
     * application that may swallow the error. The first reason stays.
     */
    public void veto(String reason) {
        veto.compareAndSet(null, reason);
    }

    /** Why it must not commit; null as long as nothing speaks against it. */
    public @Nullable String vetoed() {
        return veto.get();
    }

    /** A local transaction has captured its first statement. Each call is followed by one {@link #captureEnded()}. */
    public void captureStarted() {
        openCaptures.incrementAndGet();
    }

    /** That local transaction has ended, one way or the other. */
    public void captureEnded() {
        openCaptures.decrementAndGet();
    }

    /**
     * A local transaction has changed rows, and may commit them. Before its {@link #captureEnded()}: so whoever finds no capture
     * open, and then asks {@link #wrote()}, misses nothing that was committed.
     */
    public void rowsWritten() {
        wrote.set(true);
    }

    /** A local transaction with captured work was rolled back, or could not commit, and will not be run again by itself. */
    public void workLost() {
        lostWork.set(true);
    }

    /** Whether that has happened to any, even if the application has handled it, or made up for it since. */
    public boolean lostWork() {
        return lostWork.get();
    }

    /** How many local transactions with captured work are open. */
    public int openCaptures() {
        return openCaptures.get();
    }

    /** A call that carries the XID leaves this process. Each call is followed by one {@link #callEnded()}. */
    public void callStarted() {
        openCalls.incrementAndGet();
    }

    /** It was answered, or given up. */
    public void callEnded() {
        openCalls.decrementAndGet();
    }

    /** How many calls that carry the XID wait for their answer: whoever commits meanwhile does not know what they do. */
    public int openCalls() {
        return openCalls.get();
    }

    /** This process has registered a branch. */
    public void branchRegistered() {
        if (!executions.isEmpty()) {
            answeredBranches.incrementAndGet();
        }
    }

    /**
     * A call was answered. To be told before its {@link #callEnded()}.
     *
     * @param branches how many were registered because of it, as its answer says; empty if it does not know
     */
    public void callAnswered(OptionalInt branches) {
        branches.ifPresentOrElse(answeredBranches::addAndGet, this::answerUnseen);
    }

    /** A call has left this process, and nobody will see what its answer says. */
    public void answerUnseen() {
        answersUnseen.set(true);
    }

    /**
     * How many branches that were registered in the name of a call are accounted for here: this process's own, if it was called,
     * and those of which the answers to its calls say so. Asked when no call and no local transaction is open any more. Whoever
     * commits by this counts on no work but that whose answer has come: a request that was carried out, and whose answer was lost
     * while another one came in its place, is in nobody's count.
     *
     * @return empty if it is not known, since an answer was not seen
     */
    public OptionalInt answeredBranches() {
        return answersUnseen.get() ? OptionalInt.empty() : OptionalInt.of(answeredBranches.get());
    }

    /** Work for it is handed to another thread, or begins there. Each call is followed by one {@link #taskEnded()}. */
    public void taskStarted() {
        tasks.started();
    }

    /** That work has ended. */
    public void taskEnded() {
        tasks.ended();
    }

    /**
     * Whether the work that other threads have for it is done: whoever commits meanwhile commits a part. Who waited for a
     * task's future may come here an instant before the task's thread has told its end, so this waits a little for it.
     */
    boolean tasksHaveEnded() {
        return tasks.awaitNone(TASK_GRACE);
    }

    /**
     * What speaks against an end of this process's part with success, in the words of the caller: a veto, or what is still at work
     * for it. Waits a little for tasks, as they may have ended but for their last step.
     *
     * <p>The veto is looked at last, since what this waits for may veto before it ends; and first, since with one there is nothing
     * to wait for.
     *
     * @param veto gets the reason
     * @param unended gets what has not ended
     * @return null if nothing speaks against it
     */
    public <T> @Nullable T objection(Function<String, T> veto, Function<Unended, T> unended) {
        Unended found = vetoed() == null ? unended(tasksHaveEnded()) : null;
        String reason = vetoed();
        if (reason != null) {
            return veto.apply(reason);
        }
        return found == null ? null : unended.apply(found);
    }

    /** Whether any of it is open now: calls, local transactions with captured work, work that other threads have. Does not wait. */
    public boolean isAtWork() {
        return unended(tasks.isNone()) != null;
    }

    /**
     * Whatever may be open for a global transaction is asked for here, and nowhere else.
     *
     * @param tasksHaveEnded asked before the others: tasks make calls and open local transactions, and one that has ended makes none
     */
    private @Nullable Unended unended(boolean tasksHaveEnded) {
        if (!tasksHaveEnded) {
            return Unended.TASKS;
        }
        if (openCalls() > 0) {
            return Unended.CALL;
        }
        return openCaptures() > 0 ? Unended.LOCAL_TRANSACTION : null;
    }

    /**
     * Whether rows were changed through a dtx data source, even if that was rolled back locally. Reading rows FOR UPDATE, and
     * changes that met no row, are none.
     */
    public boolean wrote() {
        return wrote.get();
    }

    /** A call has left this process for which another may have written, and be content. */
    public void calledToWrite() {
        othersMayHaveWritten.set(true);
    }

    /** Whether other processes may have written because of this one. */
    public boolean othersMayHaveWritten() {
        return othersMayHaveWritten.get();
    }

    @Override
    public String toString() {
        return "Participation[" + xid + "]";
    }
}
