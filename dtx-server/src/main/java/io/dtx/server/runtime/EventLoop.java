package io.dtx.server.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that all of the leader's memory belongs to. Takes what has gathered in its mailbox, then lets its owner do
 * what is due: so that whatever arrives together leaves together.
 *
 * <p>The mailbox has no bound of its own: each stream may have only so many requests in it (see {@link Session#taken}), each
 * batch in flight one completion.
 */
final class EventLoop implements Executor, AutoCloseable {

    private static final int MAX_PER_TURN = 1_000;

    private final LinkedBlockingQueue<Runnable> mailbox = new LinkedBlockingQueue<>();
    private final LongSupplier endOfTurn;
    private final Consumer<Throwable> onError;
    private final Runnable lastResort;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @param endOfTurn called after each turn; gives the milliseconds until it wants to be called again, if nothing comes
     * @param onError an event or the end of a turn threw; errors, too: this thread must not end while its process leads
     */
    EventLoop(String name, LongSupplier endOfTurn, Consumer<Throwable> onError) {
        this(name, endOfTurn, onError, () -> Runtime.getRuntime().halt(1));
    }

    /** @param lastResort what is done when {@code onError} throws */
    EventLoop(String name, LongSupplier endOfTurn, Consumer<Throwable> onError, Runnable lastResort) {
        this.endOfTurn = endOfTurn;
        this.onError = onError;
        this.lastResort = lastResort;
        this.thread = new Thread(this::run, name);
    }

    void start() {
        thread.start();
    }

    /** From any thread; never blocks. What comes after {@link #close} is dropped. */
    @Override
    public void execute(Runnable event) {
        mailbox.add(event);
    }

    /** Ends after the current turn; waits for it, unless called from the loop itself. */
    @Override
    public void close() {
        closed = true;
        mailbox.add(() -> {});
        if (Thread.currentThread() != thread) {
            try {
                thread.join(TimeUnit.SECONDS.toMillis(10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        long wait = 0;
        while (!closed) {
            Runnable first = null;
            try {
                first = next(wait);
            } catch (InterruptedException e) {
                // Nobody has a reason to interrupt this thread: close() ends it.
            }
            wait = turn(first);
        }
    }

    /** One turn with what has gathered, on the caller's thread: for a loop that was never started. */
    long turn() {
        return turn(null);
    }

    private long turn(@Nullable Runnable first) {
        List<Runnable> events = new ArrayList<>();
        if (first != null) {
            events.add(first);
        }
        mailbox.drainTo(events, MAX_PER_TURN);
        for (Runnable event : events) {
            guarded(event);
        }
        return endOfTurn();
    }

    private @Nullable Runnable next(long waitMillis) throws InterruptedException {
        return waitMillis <= 0 ? mailbox.poll() : mailbox.poll(waitMillis, TimeUnit.MILLISECONDS);
    }

    private long endOfTurn() {
        try {
            return endOfTurn.getAsLong();
        } catch (RuntimeException | Error e) {
            handle(e);
            return 1;
        }
    }

    /**
     * Where not even that works, as when no memory is left, the process ends: a leader that answers nobody while its heartbeats go
     * on would keep every other node from leading, and nothing durable is lost.
     */
    private void handle(Throwable failure) {
        try {
            onError.accept(failure);
        } catch (RuntimeException | Error e) {
            lastResort.run();
        }
    }

    private void guarded(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException | Error e) {
            handle(e);
        }
    }
}
