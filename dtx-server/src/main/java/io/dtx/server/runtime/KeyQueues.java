package io.dtx.server.runtime;

import static java.util.Comparator.comparingLong;

import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Xid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who wants what: for each key the waiting requests in order of arrival, and who waits for whom by that order. A request whose
 * transaction holds the key already (and wants more of it) has no place in that order, but it does want the key.
 */
final class KeyQueues {

    private static final NavigableSet<LockRequest> NOBODY = Collections.emptyNavigableSet();

    private final Map<LockKey, NavigableSet<LockRequest>> byKey = new HashMap<>();
    private final Map<Xid, Set<LockRequest>> byXid = new HashMap<>();

    boolean isEmpty() {
        return byKey.isEmpty();
    }

    void add(LockRequest request) {
        for (Lock lock : request.locks) {
            byKey.computeIfAbsent(lock.key(), any -> new TreeSet<>(comparingLong(r -> r.arrival)))
                    .add(request);
        }
        if (request.xid != null) {
            byXid.computeIfAbsent(request.xid, any -> new LinkedHashSet<>()).add(request);
        }
    }

    void remove(LockRequest request) {
        for (Lock lock : request.locks) {
            NavigableSet<LockRequest> queue = byKey.get(lock.key());
            if (queue != null && queue.remove(request) && queue.isEmpty()) {
                byKey.remove(lock.key());
            }
        }
        if (request.xid != null) {
            Set<LockRequest> requests = byXid.get(request.xid);
            if (requests != null && requests.remove(request) && requests.isEmpty()) {
                byXid.remove(request.xid);
            }
        }
    }

    /** All keys that somebody who waits wants: a view. */
    Set<LockKey> keys() {
        return Collections.unmodifiableSet(byKey.keySet());
    }

    /** All that wait and want this key, the first first. */
    NavigableSet<LockRequest> wanting(LockKey key) {
        return byKey.getOrDefault(key, NOBODY);
    }

    /** All requests of a transaction that stand in line: a copy. */
    List<LockRequest> of(Xid xid) {
        return List.copyOf(byXid.getOrDefault(xid, Set.of()));
    }

    boolean someoneBehind(LockRequest request) {
        return request.places.stream()
                .anyMatch(key -> !wanting(key).tailSet(request, false).isEmpty());
    }

    /** The nearest request that this one has to let go first; null if there is none. */
    @Nullable LockRequest nearestAhead(LockRequest request) {
        List<LockRequest> ahead = ahead(request, true);
        return ahead.isEmpty() ? null : ahead.get(0);
    }

    /**
     * The requests that this one has to let go first: for each key back to the nearest that wants it for itself alone, which
     * in its turn waits for all before it.
     */
    List<LockRequest> ahead(LockRequest request) {
        return ahead(request, false);
    }

    private List<LockRequest> ahead(LockRequest request, boolean onlyOne) {
        List<LockRequest> found = new ArrayList<>();
        for (LockKey key : request.places) {
            NavigableSet<LockRequest> before = wanting(key);
            if (before.isEmpty()) {
                continue;
            }
            LockMode wanted = request.modeOf(key);
            for (LockRequest other : before.headSet(request, false).descendingSet()) {
                LockMode mode = other.modeOf(key);
                if (request.of(other.xid) || !other.places.contains(key) || !LockView.conflict(mode, wanted)) {
                    continue;
                }
                found.add(other);
                if (onlyOne) {
                    return found;
                }
                if (mode == LockMode.EXCLUSIVE) {
                    break;
                }
            }
        }
        return found;
    }
}
