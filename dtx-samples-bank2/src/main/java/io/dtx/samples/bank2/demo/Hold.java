package io.dtx.samples.bank2.demo;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/** Holds the next transfer, once, at a point of its way, until it is released. */
@Component
@Profile("demo")
class Hold {

    /** Nothing stands still for longer, even if whoever asked for it is gone. */
    private static final long LIMIT_SECONDS = 45;

    private static final Logger LOG = LoggerFactory.getLogger(Hold.class);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition released = lock.newCondition();
    private State state = State.OFF;
    private Point point = Point.BEFORE_UPDATE;

    void arm(Point at) {
        lock.lock();
        try {
            point = at;
            state = State.ARMED;
        } finally {
            lock.unlock();
        }
    }

    void release() {
        lock.lock();
        try {
            state = State.OFF;
            released.signalAll();
        } finally {
            lock.unlock();
        }
    }

    State state() {
        lock.lock();
        try {
            return state;
        } finally {
            lock.unlock();
        }
    }

    /** Called by each transfer that comes to this point. */
    void at(Point here) {
        lock.lock();
        try {
            if (state != State.ARMED || point != here) {
                return;
            }
            state = State.HOLDING;
            LOG.info("the demo holds this transfer at {}", here);
            long left = TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (state == State.HOLDING && left > 0) {
                left = released.awaitNanos(left);
            }
            state = State.OFF;
            LOG.info("the demo lets it go on");
        } catch (InterruptedException e) {
            state = State.OFF;
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    enum Point {
        /** The request is here, nothing is done yet. */
        BEFORE_UPDATE,
        /** Everything is done and, where dtx is in use, the branch is registered; only the database's COMMIT is missing. */
        BEFORE_COMMIT
    }

    enum State {
        OFF,
        ARMED,
        HOLDING
    }
}
