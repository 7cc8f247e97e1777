package io.dtx.server.runtime;

import io.dtx.model.LockKey;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Result.Held;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.NavigableSet;
import java.util.Set;

/**
 * The waits-for graph: a request waits for the transactions that hold its keys and for the requests ahead of it in their
 * queues; a transaction waits for whatever its waiting requests wait for. The search is depth first.
 */
final class WaitsFor {

    private final KeyQueues queues;
    private final LockView view;

    WaitsFor(KeyQueues queues, LockView view) {
        this.queues = queues;
        this.view = view;
    }

    /** Whether something that this waiting request waits for, at whatever remove, waits for it or its transaction. */
    boolean closesCycle(LockRequest start) {
        if (nobodyWaitsFor(start)) {
            return false;
        }
        Set<LockRequest> seen = new HashSet<>(Set.of(start));
        Deque<LockRequest> toVisit = new ArrayDeque<>(seen);
        while (!toVisit.isEmpty()) {
            LockRequest request = toVisit.pop();
            Set<Xid> blocking = new HashSet<>();
            for (Held held : view.conflicts(request.xid, request.locks)) {
                blocking.add(held.holder());
            }
            for (LockRequest ahead : queues.ahead(request)) {
                if (ahead == start) {
                    return true;
                }
                if (ahead.xid != null) {
                    blocking.add(ahead.xid);
                } else if (seen.add(ahead)) {
                    toVisit.push(ahead);
                }
            }
            for (Xid xid : blocking) {
                if (start.of(xid)) {
                    return true;
                }
                queues.of(xid).stream().filter(seen::add).forEach(toVisit::push);
            }
        }
        return false;
    }

    /**
     * Spares the search, which would go through all who wait before it, where many wait for one row: nobody stands behind the
     * request, and nobody wants what its transaction holds.
     */
    private boolean nobodyWaitsFor(LockRequest start) {
        return !queues.someoneBehind(start)
                && (start.xid == null
                        || (queues.of(start.xid).size() == 1
                                && view.held(start.xid, queues.keys()).stream()
                                        .allMatch(key -> onlyWants(start, key))));
    }

    private boolean onlyWants(LockRequest start, LockKey key) {
        NavigableSet<LockRequest> wanting = queues.wanting(key);
        return wanting.isEmpty() || (wanting.size() == 1 && wanting.first() == start);
    }
}
