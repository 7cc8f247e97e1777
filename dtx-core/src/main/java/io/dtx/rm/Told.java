package io.dtx.rm;

import io.dtx.model.BranchId;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** Which branches the log has told of, so that it tells once; the oldest is forgotten when there are too many. Thread-safe. */
final class Told {

    private final int most;
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<BranchId> branches = new LinkedHashSet<>();

    Told(int most) {
        this.most = most;
    }

    /** Whether this is the first time. */
    boolean first(BranchId branch) {
        lock.lock();
        try {
            boolean first = branches.add(branch);
            if (branches.size() > most) {
                branches.remove(branches.iterator().next());
            }
            return first;
        } finally {
            lock.unlock();
        }
    }

    void forget(BranchId branch) {
        lock.lock();
        try {
            branches.remove(branch);
        } finally {
            lock.unlock();
        }
    }
}
