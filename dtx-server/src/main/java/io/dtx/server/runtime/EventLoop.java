package io.dtx.server.runtime;

import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * The one thread that all of the leader's memory belongs to. Takes what has gathered in its mailbox, then lets its owner do
 * what is due: so that whatever arrives together leaves together.
 *
 * <p>The mailbox has no bound of its own: each stream may have only so many requests in it (see {@link Session#taken}), each
 * batch in flight one completion.
 *
 * <p>Waking a thread costs more than most events. Some can do nothing at once, since what they lead to has to wait until an
 * entry of the log that is on its way is done: {@link #executeSoon} does not wake the thread for them while its owner says
 * so; the next event that does, or a few milliseconds, will.
 *
 * <p>No event is overlooked. The thread says that it rests before it looks into the mailbox once more; whoever brings an event
 * puts it there before looking whether the thread rests. So one of the two sees the other, and a wake-up that comes between
 * look and rest is kept by {@link LockSupport}. {@link #close} is seen in the same way: its event may be taken in the turn in
 * which it is called, so that the thread would find an empty mailbox.
 */
final class EventLoop implements Executor, AutoCloseable {

    private static final int MAX_PER_TURN = 1_000;
    private static final long LONGEST_DOZE_MILLIS = 5;

    private enum Rest {
        AWAKE,
        /** Any event wakes it. */
        ASLEEP,
        /** Urgent events wake it. */
        DOZING
    }

    private final Queue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Rest> rest = new AtomicReference<>(Rest.AWAKE);
    private final LongSupplier endOfTurn;
    private final BooleanSupplier awaiting;
    private final Consumer<Throwable> onError;
    private final Runnable lastResort;
    private final Thread thread;
    /** Whether an urgent event came since the last turn began. */
    private volatile boolean urgent;

    /** Counted for those who look from outside; its own thread alone writes it. */
    private final AtomicLong steps = new AtomicLong();

    private volatile boolean closed;

    /**
     * @param endOfTurn called after each turn; gives the milliseconds until it wants to be called again, if nothing comes
     * @param awaiting whether an urgent event is sure to come soon, before which others can do nothing
     * @param onError an event or the end of a turn threw; errors, too: this thread must not end while its process leads
     */
    EventLoop(String name, LongSupplier endOfTurn, BooleanSupplier awaiting, Consumer<Throwable> onError) {
        this(name, endOfTurn, awaiting, onError, () -> Runtime.getRuntime().halt(1));
    }

    /** @param lastResort what is done when {@code onError} throws */
    EventLoop(
            String name,
            LongSupplier endOfTurn,
            BooleanSupplier awaiting,
            Consumer<Throwable> onError,
            Runnable lastResort) {
        this.endOfTurn = endOfTurn;
        this.awaiting = awaiting;
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
        urgent = true;
        wake(Rest.ASLEEP);
        wake(Rest.DOZING);
    }

    /** Likewise, but it need not be at once while its owner waits for something else. */
    void executeSoon(Runnable event) {
        mailbox.add(event);
        wake(Rest.ASLEEP);
    }

    private void wake(Rest from) {
        if (rest.get() == from && rest.compareAndSet(from, Rest.AWAKE)) {
            LockSupport.unpark(thread);
        }
    }

    /** Ends after the current turn; waits for it, unless called from the loop itself. */
    @Override
    public void close() {
        closed = true;
        execute(() -> {});
        if (Thread.currentThread() != thread) {
            try {
                thread.join(TimeUnit.SECONDS.toMillis(10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** How many turns and events have begun, for those who look from outside whether it goes on. */
    long steps() {
        return steps.get();
    }

    /** Whether it was closed, and does nothing any more. */
    boolean ended() {
        return closed && !thread.isAlive();
    }

    /** Where its thread is, for people. */
    String where() {
        return Arrays.stream(thread.getStackTrace())
                .limit(20)
                .map(StackTraceElement::toString)
                .collect(Collectors.joining(", "));
    }

    private void run() {
        while (!closed) {
            rest(turn());
        }
        turn(); // whatever came before close()
    }

    /** One turn with what has gathered; on the caller's thread, for a loop that was never started. */
    long turn() {
        step();
        urgent = false; // what was urgent is in the mailbox by now
        Runnable event = mailbox.poll();
        for (int i = 1; event != null; i++) {
            guarded(event);
            if (i == MAX_PER_TURN) {
                urgent = true; // there may be more, of both kinds
                break;
            }
            event = mailbox.poll();
        }
        return endOfTurn();
    }

    private void rest(long millis) {
        boolean doze = awaiting.getAsBoolean();
        rest.set(doze ? Rest.DOZING : Rest.ASLEEP);
        if (millis > 0 && !closed && (doze ? !urgent : mailbox.isEmpty())) {
            long longest = doze ? Math.min(millis, LONGEST_DOZE_MILLIS) : millis;
            // An interrupt would make it return at once, again and again; nobody has a reason for one: close() ends it.
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(longest));
            boolean unused = Thread.interrupted();
        }
        rest.set(Rest.AWAKE);
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

    private void step() {
        steps.lazySet(steps.get() + 1);
    }

    private void guarded(Runnable event) {
        step();
        try {
            event.run();
        } catch (RuntimeException | Error e) {
            handle(e);
        }
    }
}
