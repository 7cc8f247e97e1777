package io.dtx.server.log;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

/** Puts what Ratis tells from several threads into one order, each change told once. */
final class LeadershipGuard {

    private final ReentrantLock lock = new ReentrantLock();
    private final Leadership listener;
    private volatile boolean leading;
    private volatile boolean over;

    LeadershipGuard(Leadership listener) {
        this.listener = listener;
    }

    boolean leading() {
        return leading;
    }

    void gained() {
        lock.lock();
        try {
            if (!over && !leading) {
                leading = true;
                listener.gained();
            }
        } finally {
            lock.unlock();
        }
    }

    void lost(String leader) {
        lock.lock();
        try {
            if (!over) {
                leading = false;
                listener.lost(leader);
            }
        } finally {
            lock.unlock();
        }
    }

    void failed(Throwable cause) {
        lock.lock();
        try {
            if (!over) {
                over = true;
                leading = false;
                listener.failed(cause);
            }
        } finally {
            lock.unlock();
        }
    }

    /** From here on nothing is told: the owner closes. */
    void closing() {
        lock.lock();
        try {
            over = true;
            leading = false;
        } finally {
            lock.unlock();
        }
    }

    /** Ratis has stopped; a failure unless the owner closed. */
    void stopped() {
        failed(new IOException("the log has stopped; the reason is in the lines that it wrote before"));
    }
}
