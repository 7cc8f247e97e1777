package io.dtx.context;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts the work that other threads have. Thread-safe; the lock is held for an instant only. */
final class OpenTasks {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition none = lock.newCondition();
    private int open;

    void started() {
        lock.lock();
        try {
            open++;
        } finally {
            lock.unlock();
        }
    }

    void ended() {
        lock.lock();
        try {
            if (--open == 0) {
                none.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until none is open; whether that came about in time. An interrupt ends the waiting and stays. */
    boolean awaitNone(Duration patience) {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (open > 0 && left > 0) {
                left = none.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        return isNone();
    }

    boolean isNone() {
        lock.lock();
        try {
            return open == 0;
        } finally {
            lock.unlock();
        }
    }
}
