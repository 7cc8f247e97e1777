package io.dtx.spring.circuitbreaker;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.error.UsageException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * One call through a circuit breaker. A time limit gives control back to the caller while the call is still at work on
 * another thread, or waits for one: then the caller must not commit (T1).
 *
 * <p>All runs of the call (an implementation may retry) and the caller's return go through one lock, held for an instant
 * only: either a run ends before control returns, or the veto is set before it does; and none starts after.
 */
final class GuardedCall<T> implements Supplier<T> {

    private final Participation participation;
    private final Supplier<T> call;
    private final ReentrantLock lock = new ReentrantLock();
    private int running;
    private boolean returned;

    GuardedCall(Participation participation, Supplier<T> call) {
        this.participation = participation;
        this.call = call;
    }

    @Override
    public T get() {
        start();
        CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
        try {
            return call.get();
        } finally {
            scope.close();
            end();
        }
    }

    /** The caller goes on, with a result, an error or a fallback. */
    void controlReturns() {
        lock.lock();
        try {
            returned = true;
            if (running > 0) {
                participation.veto("a circuit breaker gave up a call that may still be at work");
            }
        } finally {
            lock.unlock();
        }
    }

    private void start() {
        lock.lock();
        try {
            if (returned) {
                throw new UsageException(
                        participation.xid(),
                        "The circuit breaker had given this call up before it began, so it is not made in the global"
                                + " transaction " + participation.xid() + " any more.");
            }
            running++;
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            running--;
        } finally {
            lock.unlock();
        }
    }
}
