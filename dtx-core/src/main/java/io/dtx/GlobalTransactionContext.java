package io.dtx;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.model.Xid;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The global transaction that the current thread works for. It does not cross threads by itself: wrap what another thread is
 * to run in it, and wait for that before the method that began the transaction returns: a commit while it is at work becomes
 * a rollback.
 */
public final class GlobalTransactionContext {

    private GlobalTransactionContext() {}

    /** The current global transaction; null outside of one. */
    public static @Nullable Xid currentXid() {
        return CurrentTransaction.xid();
    }

    /**
     * A task that runs in the caller's global transaction, on whatever thread runs it.
     *
     * <p>It counts only while it runs, since nothing tells whether it ever will: one that is still queued when the method that began
     * the transaction returns is not waited for and does not stop the commit, and its writes are refused afterwards. So wait for it,
     * or wrap the executor instead ({@link #wrap(Executor)}).
     *
     * <p>If it throws, the transaction rolls back, even if the caller handles that: an executor may drop the exception.
     */
    public static Runnable wrap(Runnable task) {
        return CurrentTransaction.wrap(task);
    }

    /** As {@link #wrap(Runnable)}; but if it throws, that is for whoever asks for the result: <b>ask</b>. */
    public static <T extends @Nullable Object> Callable<T> wrap(Callable<T> task) {
        return CurrentTransaction.wrap(task);
    }

    /** As {@link #wrap(Callable)}. */
    public static <T extends @Nullable Object> Supplier<T> wrapSupplier(Supplier<T> task) {
        Participation caller = CurrentTransaction.get();
        return () -> {
            CurrentTransaction.Scope scope = CurrentTransaction.bindTask(caller);
            try {
                return task.get();
            } finally {
                scope.close();
            }
        };
    }

    /**
     * An executor that runs each task in the global transaction of the thread that hands it in. Each counts from then on, queued
     * or running: a commit meanwhile becomes a rollback. One that throws rolls the transaction back, too, unless a future keeps the
     * exception ({@code CompletableFuture.supplyAsync(.., executor)}). One that this executor refuses does not count.
     */
    public static Executor wrap(Executor executor) {
        return task -> CurrentTransaction.handOver(task, executor);
    }
}
