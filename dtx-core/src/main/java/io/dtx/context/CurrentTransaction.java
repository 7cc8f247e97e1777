package io.dtx.context;

import io.dtx.model.Xid;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Which global transaction the current thread works for. Bound for the time of a {@link Scope}, never inherited by other
 * threads: work crosses threads by {@link #wrap} alone. Log lines written meanwhile carry the XID, too.
 */
public final class CurrentTransaction {

    /** The key under which the bound XID is in the logging context (SLF4J's MDC). */
    public static final String LOG_KEY = "xid";

    private static final ThreadLocal<@Nullable Participation> CURRENT = new ThreadLocal<>();

    private CurrentTransaction() {}

    /** Null outside of a global transaction. */
    public static @Nullable Participation get() {
        return CURRENT.get();
    }

    /** Null outside of a global transaction. */
    public static @Nullable Xid xid() {
        Participation current = CURRENT.get();
        return current == null ? null : current.xid();
    }

    /** Binds the thread until the scope is closed; with null, takes it out of its global transaction for that time. */
    public static Scope bind(@Nullable Participation participation) {
        Participation previous = CURRENT.get();
        set(participation);
        return () -> set(previous);
    }

    /**
     * A task that runs in the global transaction of the thread that calls this, on whatever thread runs it, and how often. It
     * counts as open while it runs, and vetoes if it throws: a plain {@link Executor} drops the exception.
     */
    public static Runnable wrap(Runnable task) {
        Participation caller = CURRENT.get();
        return () -> {
            Scope scope = bindTask(caller);
            try {
                task.run();
            } catch (Throwable failure) {
                if (caller != null) {
                    caller.veto(
                            "work that was wrapped for another thread failed, and whether somebody handles that can not be"
                                    + " seen (to handle it, wrap the executor, or a Callable): " + failure);
                }
                throw failure;
            } finally {
                scope.close();
            }
        };
    }

    /**
     * As {@link #wrap(Runnable)}, for a task that is certain to be run: it counts as open from now on, not only while it runs,
     * and vetoes if it throws. Outside of a global transaction it is the task itself; so it is if it is to run later or again
     * and again by a schedule, for which no decision can wait. If it is run again all the same, that is outside.
     */
    public static Runnable handOver(Runnable task) {
        Participation caller = CURRENT.get();
        if (caller == null || isScheduled(task)) {
            return task;
        }
        return new HandedOver(task, caller);
    }

    /**
     * Hands a task to this executor, as {@link #handOver(Runnable)} does; outside of a global transaction, it runs outside of any.
     * If the executor throws, the task is not open any more: whoever is told of the refusal can run it elsewhere, or do without.
     */
    public static void handOver(Runnable task, Executor executor) {
        Participation caller = CURRENT.get();
        if (caller == null) {
            executor.execute(wrap(task));
            return;
        }
        HandedOver handedOver = new HandedOver(task, caller);
        try {
            executor.execute(handedOver);
        } catch (Throwable refusal) {
            handedOver.refused();
            throw refusal;
        }
    }

    /** Executors with a schedule hand over everything as such a future: what is to run now has no delay left. */
    private static boolean isScheduled(Runnable task) {
        return task instanceof RunnableScheduledFuture<?> future
                && (future.isPeriodic() || future.getDelay(TimeUnit.NANOSECONDS) > 0);
    }

    private static void runOutside(Runnable task) {
        Scope scope = bind(null);
        try {
            task.run();
        } finally {
            scope.close();
        }
    }

    /** As {@link #wrap(Runnable)}, but an exception is for whoever asks for the result: it does not veto. */
    public static <T extends @Nullable Object> Callable<T> wrap(Callable<T> task) {
        Participation caller = CURRENT.get();
        return () -> {
            Scope scope = bindTask(caller);
            try {
                return task.call();
            } finally {
                scope.close();
            }
        };
    }

    /** As {@link #bind}, for the time of work that was handed to this thread. */
    public static Scope bindTask(@Nullable Participation caller) {
        if (caller == null) {
            return bind(null);
        }
        caller.taskStarted();
        Scope scope = bind(caller);
        return () -> {
            scope.close();
            caller.taskEnded();
        };
    }

    private static void set(@Nullable Participation participation) {
        if (participation == null) {
            CURRENT.remove();
            MDC.remove(LOG_KEY);
        } else {
            CURRENT.set(participation);
            MDC.put(LOG_KEY, participation.xid().toString());
        }
    }

    /**
     * Counted from its making until it has run, or was refused, whichever comes first. Both may come: an executor may run a task
     * on the thread that hands it in, and pass its exception on as its own; and it may queue one, and throw before it returns (no
     * memory for a thread). The latter still runs in its transaction, counted anew: that may have been decided meanwhile, and
     * then refuses what is written; outside, it would stay.
     */
    private static final class HandedOver implements Runnable {

        private enum State {
            OPEN,
            REFUSED,
            RAN
        }

        private final Runnable task;
        private final Participation caller;
        private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

        HandedOver(Runnable task, Participation caller) {
            this.task = task;
            this.caller = caller;
            caller.taskStarted();
        }

        void refused() {
            if (state.compareAndSet(State.OPEN, State.REFUSED)) {
                caller.taskEnded();
            }
        }

        @Override
        public void run() {
            State before = state.getAndSet(State.RAN);
            if (before == State.RAN) {
                runOutside(task);
                return;
            }
            if (before == State.REFUSED) {
                caller.taskStarted();
            }
            Scope scope = bind(caller);
            try {
                task.run();
            } catch (Throwable failure) {
                // What somebody can still handle is kept by a future, and does not come here.
                caller.veto("work that was handed to another thread failed, and no caller can handle that: " + failure);
                throw failure;
            } finally {
                scope.close();
                caller.taskEnded();
            }
        }
    }

    /** Ends a binding. Closed by the thread that opened it, innermost first. */
    public interface Scope extends AutoCloseable {
        @Override
        void close();
    }
}
