package io.dtx.server.runtime;

import static java.util.Comparator.comparingLong;

import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.Outcome;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.server.coordinator.Result.Held;
import io.dtx.server.runtime.LockRequest.Phase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait for global locks: first in, first out for each key, each with a deadline.
 *
 * <p>A request stands in the queue of every key that it wants and that its transaction does not hold, whichever of them it
 * is that blocks it: one that comes later for a free key of it waits behind it. Both are edges of the waits-for graph.
 * Nothing is granted here: a request that nothing stands before is submitted to the log, keeps its place, and
 * {@code apply} decides.
 *
 * <p>No wake-up is lost. A waiting request watches one thing that blocks it: a request ahead of it, or a transaction that
 * holds a key. The state that it was seen in may be ahead of the results handled so far, never behind, and results are
 * handled in the order of the log: so whatever ends the block is handled after the watch was set, and looks at all who watch.
 *
 * <p>A cycle is looked for wherever an edge may be new: when a request begins to wait, and, for a transaction that is granted
 * a lock that others wait for, from what that transaction waits for itself.
 */
final class LockQueue {

    private final LockView view;
    private final Deadlines deadlines;
    private final Consumer<LockRequest> submit;
    private final LeaderListener listener;
    private final LongSupplier now;

    private final KeyQueues queues = new KeyQueues();
    private final WaitsFor graph;
    private final Map<Session, Set<LockRequest>> bySession = new HashMap<>();
    /** Who looks again when a request leaves the queues, or a transaction lets go of locks. */
    private final Map<Object, Set<LockRequest>> watchers = new HashMap<>();
    /** Woken, and not looked at yet; the first is looked at now. */
    private final Deque<LockRequest> toLookAgain = new ArrayDeque<>();

    private int size;

    /** @param submit puts a request's command into the log; its result comes back to one of the methods below */
    LockQueue(
            LockView view,
            Deadlines deadlines,
            Consumer<LockRequest> submit,
            LeaderListener listener,
            LongSupplier now) {
        this.view = view;
        this.deadlines = deadlines;
        this.submit = submit;
        this.listener = listener;
        this.now = now;
        this.graph = new WaitsFor(queues, view);
    }

    int size() {
        return size;
    }

    /** How many watch something: for a test that none is left over. */
    int watching() {
        return watchers.values().stream().mapToInt(Collection::size).sum();
    }

    /**
     * A new request: submitted if nobody waits before it; else it queues, or fails. One that the log answers whoever holds its
     * keys does not wait for them: above all, that a call was delivered twice must not stay unknown because the second meets a
     * lock.
     */
    void arrived(LockRequest request) {
        if (!queues.isEmpty() && !view.locksDoNotMatter(request.command)) {
            findPlaces(request);
            if (queues.nearestAhead(request) != null) {
                wait(request, view.conflicts(request.xid, request.locks));
                return;
            }
        }
        submit.accept(request);
    }

    /** The log's answer: keys are held by others. The request goes back to its place. */
    void held(LockRequest request, List<Held> held) {
        if (request.phase != Phase.DONE) {
            if (!request.queued) {
                findPlaces(request);
            }
            wait(request, held);
        }
    }

    /** The log's answer: the locks are granted, or were free when it looked. */
    void granted(LockRequest request) {
        waited(request, null);
        leave(request);
        if (request.xid == null) {
            return;
        }
        List<LockKey> keys = request.locks.stream().map(Lock::key).toList();
        List<LockRequest> siblings = queues.of(request.xid);
        for (LockRequest sibling : siblings) {
            sibling.giveUpPlaces(keys);
            wake(sibling); // who stood behind it for such a key may stand behind nobody now
        }
        for (LockRequest sibling : siblings) {
            if (sibling.phase == Phase.WAITING && graph.closesCycle(sibling)) {
                fail(sibling, deadlock(sibling));
            } else {
                // What it watched may have been a request ahead of it in a queue that it has left.
                lookAgain(sibling);
            }
        }
    }

    /**
     * The log's answer ended the request in another way.
     *
     * @param failure null if it was a question, and the locks are free
     */
    void ended(LockRequest request, @Nullable FailureKind failure) {
        waited(request, failure);
        leave(request);
    }

    /**
     * A transaction is decided: its own requests fail; so do those that want a key that it holds, if it rolls back, for they
     * hold database rows that its restore may need; and if it is finished, its locks are free.
     */
    void decided(Outcome outcome) {
        queues.of(outcome.xid()).forEach(request -> fail(request, Failures.decided(outcome)));
        if (outcome.status() == TransactionStatus.ROLLING_BACK) {
            failThoseInTheWayOf(outcome.xid());
        }
        released(outcome.xid());
    }

    /**
     * A statement of a transaction may be waiting in its database for row locks of those who wait here for its global locks:
     * they are told to roll back.
     *
     * <p>This ends every circle of waits of which one part is here and another in databases. Go along such a circle to a place
     * where a wait here is followed by a wait in a database: a local transaction W waits here for a transaction Z, and the next
     * wait is that of a statement of Z in a database. Whatever it waits for, Z's resource manager tells of it, Z holds what W
     * wants, and W is broken. If Z rolls back, W was broken when that was decided.
     *
     * @param table only those with a lock in a table of this name, in any case; empty for all of the resource
     */
    void waitsInDatabase(Xid xid, String resource, String table) {
        if (queues.isEmpty()) {
            return;
        }
        Set<LockRequest> behind = wantingKeysOf(xid);
        behind.removeIf(
                request -> request.phase != Phase.WAITING || request.of(xid) || !request.touches(resource, table));
        for (LockRequest request : behind) {
            view.conflicts(request.xid, request.locks).stream()
                    .filter(held -> held.holder().equals(xid))
                    .findFirst()
                    .ifPresent(held -> fail(request, Failures.holdsUp(blocker(held))));
        }
    }

    /** A transaction holds fewer locks than before. */
    void released(Xid xid) {
        wake(xid);
    }

    /** The asker is gone, and its requests with it. What is in the log already takes effect, and is harmless. */
    void left(Session session) {
        List.copyOf(bySession.getOrDefault(session, Set.of())).forEach(this::leave);
    }

    private void failThoseInTheWayOf(Xid xid) {
        Set<LockRequest> wanting = wantingKeysOf(xid);
        // One that is in the log just now is told the same by its result.
        wanting.removeIf(request -> request.phase != Phase.WAITING);
        for (LockRequest request : wanting) {
            rollingBack(view.conflicts(request.xid, request.locks)).ifPresent(held -> fail(request, rollingBack(held)));
        }
    }

    /** Who waits and wants a key that this transaction holds, the first first: a copy. */
    private Set<LockRequest> wantingKeysOf(Xid xid) {
        Set<LockRequest> wanting = new TreeSet<>(comparingLong(request -> request.arrival));
        view.held(xid, queues.keys()).forEach(key -> wanting.addAll(queues.wanting(key)));
        return wanting;
    }

    private void wait(LockRequest request, List<Held> held) {
        Optional<Held> hopeless = rollingBack(held);
        if (hopeless.isPresent()) {
            fail(request, rollingBack(hopeless.get()));
        } else if (now.getAsLong() >= request.deadlineAt) {
            fail(request, timedOut(request, held));
        } else {
            request.phase = Phase.WAITING;
            enqueue(request);
            if (graph.closesCycle(request) || pushesInFrontOfOneItsSiblingsWaitFor(request)) {
                fail(request, deadlock(request));
            } else {
                lookAgain(request);
            }
        }
    }

    /** One that goes back to its place may get others behind it, for whom another request of its transaction waits. */
    private boolean pushesInFrontOfOneItsSiblingsWaitFor(LockRequest request) {
        return request.xid != null
                && queues.someoneBehind(request)
                && queues.of(request.xid).stream().anyMatch(graph::closesCycle);
    }

    /** Finds out what blocks a waiting request now, and watches that; or submits it. */
    private void lookAgain(LockRequest request) {
        if (request.phase != Phase.WAITING) {
            return;
        }
        LockRequest ahead = queues.nearestAhead(request);
        if (ahead != null) {
            watch(request, ahead);
            return;
        }
        List<Held> held = view.conflicts(request.xid, request.locks);
        Optional<Held> hopeless = rollingBack(held);
        if (hopeless.isPresent()) {
            fail(request, rollingBack(hopeless.get()));
        } else if (held.isEmpty()) {
            request.phase = Phase.SUBMITTED;
            submit.accept(request);
        } else {
            watch(request, held.get(0).holder());
        }
    }

    private void watch(LockRequest request, Object blocker) {
        watchNoMore(request);
        request.watched = blocker;
        watchers.computeIfAbsent(blocker, any -> new LinkedHashSet<>(2)).add(request);
    }

    private void watchNoMore(LockRequest request) {
        Object watched = request.watched;
        if (watched != null) {
            request.watched = null;
            Set<LockRequest> others = watchers.get(watched);
            if (others != null && others.remove(request) && others.isEmpty()) {
                watchers.remove(watched);
            }
        }
    }

    /**
     * All who watch look again. One that then fails leaves, and wakes those who watch it: in a queue for one row that is each
     * behind the other, so these are not woken from within, which would take a piece of the stack for each, but after it.
     */
    private void wake(Object blocker) {
        Set<LockRequest> watching = watchers.remove(blocker);
        if (watching == null) {
            return;
        }
        List<LockRequest> woken = new ArrayList<>(watching);
        woken.sort(comparingLong(request -> request.arrival));
        woken.forEach(request -> request.watched = null);
        boolean first = toLookAgain.isEmpty();
        toLookAgain.addAll(woken);
        if (!first) {
            return;
        }
        while (!toLookAgain.isEmpty()) {
            lookAgain(toLookAgain.getFirst());
            toLookAgain.removeFirst(); // only now: as long as it is there, others add theirs to it
        }
    }

    private void findPlaces(LockRequest request) {
        Set<LockKey> places = new LinkedHashSet<>();
        request.locks.forEach(lock -> places.add(lock.key()));
        places.removeAll(view.own(request.xid, request.locks));
        request.places = places;
    }

    private void enqueue(LockRequest request) {
        if (!request.queued) {
            request.queued = true;
            size++;
            queues.add(request);
            bySession
                    .computeIfAbsent(request.asker.session(), any -> new LinkedHashSet<>())
                    .add(request);
            request.deadline = deadlines.at(request.deadlineAt, () -> expire(request));
        }
    }

    private void leave(LockRequest request) {
        request.phase = Phase.DONE;
        if (!request.queued) {
            return;
        }
        request.queued = false;
        size--;
        queues.remove(request);
        watchNoMore(request);
        if (request.deadline != null) {
            request.deadline.cancel();
        }
        Set<LockRequest> ofSession = bySession.getOrDefault(request.asker.session(), Set.of());
        if (ofSession.size() <= 1) {
            bySession.remove(request.asker.session());
        } else {
            ofSession.remove(request);
        }
        wake(request);
    }

    private void expire(LockRequest request) {
        // One that is in the log just now is granted, or comes back to held() and is past its deadline there.
        if (request.phase == Phase.WAITING) {
            fail(request, timedOut(request, view.conflicts(request.xid, request.locks)));
        }
    }

    /** Unless the log has come to have another answer for it while it waited: then it is to give that. */
    private void fail(LockRequest request, Reply.Failure failure) {
        if (request.phase == Phase.WAITING
                && failure.kind() != FailureKind.TRANSACTION_DECIDED
                && view.locksDoNotMatter(request.command)) {
            request.phase = Phase.SUBMITTED;
            submit.accept(request);
        } else if (request.phase != Phase.DONE) {
            waited(request, failure.kind());
            leave(request);
            request.onFailure.accept(failure);
        }
    }

    private void waited(LockRequest request, @Nullable FailureKind failure) {
        if (request.queued && request.phase != Phase.DONE) {
            listener.lockWaitEnded(failure, now.getAsLong() - request.arrivedAt);
        }
    }

    private static Optional<Held> rollingBack(List<Held> held) {
        return held.stream().filter(Held::rollingBack).findFirst();
    }

    private Reply.Failure rollingBack(Held held) {
        return Failures.rollingBack(blocker(held));
    }

    private Reply.Failure timedOut(LockRequest request, List<Held> held) {
        return Failures.lockTimeout(blocker(request, held), request.deadlineAt - request.arrivedAt);
    }

    private Reply.Failure deadlock(LockRequest request) {
        return Failures.deadlock(blocker(request, view.conflicts(request.xid, request.locks)));
    }

    private Blocker blocker(LockRequest request, List<Held> held) {
        if (!held.isEmpty()) {
            return blocker(held.get(0));
        }
        LockRequest ahead = queues.nearestAhead(request);
        Xid first = ahead == null ? null : ahead.xid;
        return new Blocker(request.locks.get(0).key(), first, false, view.whose(first));
    }

    private Blocker blocker(Held held) {
        return new Blocker(held.key(), held.holder(), true, view.whose(held.holder()));
    }
}
