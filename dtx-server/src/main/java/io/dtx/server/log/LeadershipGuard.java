package io.dtx.server.log;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Puts what Ratis tells from several threads into one order, each change told once.
 *
 * <p>A log grows from its first node on: the others join it. As long as it has fewer members than a majority of all peers, an
 * answer would rest on fewer disks than it was promised to, so leading such a log does not count.
 */
final class LeadershipGuard {

    private final ReentrantLock lock = new ReentrantLock();
    private final Leadership listener;
    private final int membersNeeded;
    private int members;
    private boolean ready;
    /** Who was told last to lead in this one's place. */
    private String followed = "";

    private volatile boolean leading;
    private volatile boolean over;

    LeadershipGuard(Leadership listener, int membersNeeded) {
        this.listener = listener;
        this.membersNeeded = membersNeeded;
    }

    boolean leading() {
        return leading;
    }

    /** The log leads, and has applied what was before. */
    void gained() {
        lock.lock();
        try {
            ready = true;
            tellIfLeading();
        } finally {
            lock.unlock();
        }
    }

    /** As of the log entry applied now; comes before {@link #gained} in each term, since a term begins with such an entry. */
    void members(int count) {
        lock.lock();
        try {
            members = count;
            tellIfLeading();
        } finally {
            lock.unlock();
        }
    }

    private void tellIfLeading() {
        if (!over && ready && !leading && members >= membersNeeded) {
            leading = true;
            listener.gained();
        }
    }

    /**
     * Who leads, by a look at Ratis, which does not tell that a follower has lost its leader. The look may be older than what was
     * told since: so it never takes the lead from this node, and the next look puts right what it says of others.
     *
     * @param leader another node's id; empty for nobody
     */
    void follows(String leader) {
        lock.lock();
        try {
            if (!over && !ready && !leader.equals(followed)) {
                followed = leader;
                listener.lost(leader);
            }
        } finally {
            lock.unlock();
        }
    }

    void lost(String leader) {
        lock.lock();
        try {
            if (!over) {
                ready = false;
                leading = false;
                followed = leader;
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
