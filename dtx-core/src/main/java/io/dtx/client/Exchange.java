package io.dtx.client;

import io.dtx.error.CoordinatorUnavailableException;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Reply.Failure;
import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Reply.Welcome;
import io.dtx.protocol.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What outlives a stream: requests without an answer, what must be told again, attached resources, the coordinator's identity.
 *
 * <p>{@code lock} guards all of it, and the hand-over to the stream's own queue, which does not block: so nothing that the
 * application asks for can come between a new stream's start and what is told again on it. Lock order: this one, then the
 * stream's. Futures are completed with no lock held.
 */
final class Exchange {

    private static final Logger log = LoggerFactory.getLogger(Exchange.class);
    private static final Duration LONGEST_TRY = Duration.ofSeconds(6);
    private static final long RESEND_MILLIS = 100;
    /** How long a one-way message may wait for another that leaves with it. */
    private static final long LINGER_MILLIS = 20;

    private final ScheduledExecutorService timer;
    private final Orders orders = new Orders(this::tell);
    private final Remembered remembered = new Remembered();
    private final Map<String, Long> seen = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<Pending> unanswered = new LinkedHashSet<>();
    /** The stream that is being opened, or serves. */
    private @Nullable Stream current;

    private boolean serving;
    /** Whether a flush of messages that linger is scheduled. */
    private boolean flushing;
    /** Why the last round of attempts failed; null while the first one after a loss is still going on, and while serving. */
    private @Nullable Trouble down;

    private @Nullable Identity identity;
    private boolean closed;

    Exchange(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    /**
     * A coordinator as learned in a handshake.
     *
     * <p>Its time is carried on by the monotonic clock, so that a step of this process's wall clock makes no XID that is
     * refused as too old, or from the future; a pause long enough to matter breaks the stream, and with it comes a handshake.
     *
     * @param address where it was reached
     * @param millis its time, in milliseconds since the epoch, when {@link System#nanoTime} was {@code atNanos}
     */
    record Identity(String cluster, Address address, long millis, long atNanos) {
        long now() {
            return millis + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - atNanos);
        }
    }

    /** The identity of the coordinator that serves now; waits for an attempt to connect whose result is not known yet. */
    Identity serving() {
        long patience = LONGEST_TRY.toNanos();
        lock.lock();
        try {
            while (!serving && down == null && !closed && patience > 0) {
                patience = changed.awaitNanos(patience);
            }
            Identity known = identity;
            if (serving && known != null) {
                return known;
            }
            throw down != null
                    ? down.exception(null)
                    : new CoordinatorUnavailableException(null, whyNotServing(), null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CoordinatorUnavailableException(null, "interrupted while connecting to the coordinator", e);
        } finally {
            lock.unlock();
        }
    }

    /** Of the coordinator that was connected last. */
    @Nullable Identity identity() {
        lock.lock();
        try {
            return identity;
        } finally {
            lock.unlock();
        }
    }

    boolean closed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    boolean connected() {
        lock.lock();
        try {
            return serving;
        } finally {
            lock.unlock();
        }
    }

    /** The highest log index seen, by cluster id. */
    Map<String, Long> seen() {
        return Map.copyOf(seen);
    }

    /**
     * Sends a request, on every new stream until it is answered.
     *
     * @return the reply; a {@link Failure} made here if the request can not be sent, or no answer came in time
     */
    CompletableFuture<Reply> request(Request request, Duration timeout) {
        Pending pending = new Pending(request);
        if (pending.tooLarge()) {
            return failed(
                    FailureKind.LIMIT,
                    "the request is larger than a message may be (4 MiB): make the local" + " transaction smaller");
        }
        lock.lock();
        try {
            if (closed) {
                return failed(FailureKind.UNAVAILABLE, whyNotServing());
            }
            Xid foreign = foreign(request);
            if (foreign != null) {
                return failed(FailureKind.WRONG_CLUSTER, whyForeign(foreign));
            }
            pending.deadline(timer.schedule(() -> expire(pending, timeout), timeout.toMillis(), TimeUnit.MILLISECONDS));
            unanswered.add(pending);
            Stream stream = current;
            if (serving && stream != null) {
                stream.send(pending);
            }
        } finally {
            lock.unlock();
        }
        return pending.reply();
    }

    /**
     * One-way, and told again on every new stream. It leaves with the transaction's first request, in most cases: until it
     * comes, the coordinator knows neither the name nor the timeout of a transaction of which a participant tells it first.
     */
    void begin(Request.Begin begin) {
        remembered.add(begin);
        tellLater(begin);
    }

    /**
     * One-way, and told again on every new stream until an order shows that the branch's transaction is decided.
     *
     * @param decisionFollows whether this process is going to ask for the decision: until then nobody waits for the report
     */
    void report(Request.BranchCommitted report, boolean decisionFollows) {
        remembered.add(report);
        if (decisionFollows) {
            tellLater(report);
        } else {
            tell(report);
        }
    }

    void decided(Xid xid) {
        remembered.decided(xid);
    }

    /** A decision was asked for, and not learned. */
    void inDoubt(Xid xid) {
        remembered.givenUp(xid);
    }

    /** One-way: lost if no coordinator is connected. */
    void tell(Request request) {
        lock.lock();
        try {
            Stream stream = current;
            if (serving && stream != null && foreign(request) == null) {
                stream.tell(request);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Likewise, with the next message that leaves, or within a short time. */
    private void tellLater(Request request) {
        lock.lock();
        try {
            Stream stream = current;
            if (!serving || stream == null || foreign(request) != null) {
                return;
            }
            stream.tellLater(request);
            if (!flushing && !closed) {
                flushing = true;
                var unused = timer.schedule(this::flush, LINGER_MILLIS, TimeUnit.MILLISECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    private void flush() {
        lock.lock();
        try {
            flushing = false;
            Stream stream = current;
            if (stream != null) {
                stream.flush();
            }
        } finally {
            lock.unlock();
        }
    }

    void attach(ResourceAgent agent) {
        orders.add(agent);
        lock.lock();
        try {
            Stream stream = current;
            if (serving && stream != null) {
                sendAttach(stream, agent);
            }
        } finally {
            lock.unlock();
        }
    }

    void detach(String resource) {
        orders.remove(resource);
        tell(new Request.Detach(resource));
    }

    /**
     * A stream is about to be opened; the one before it has ended.
     *
     * @return false if it must not be opened, because the client is closed
     */
    boolean connecting(Stream stream) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            current = stream;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The stream is open: everything that was left is sent on it, and from now on what comes. Resources and reports go
     * before decisions: a coordinator that has lost its memory of the reports waits for them only a few seconds (I11).
     *
     * @return false if the stream has ended already
     */
    boolean opened(Stream stream, Welcome welcome, long logIndex, long roundTripNanos) {
        List<Pending> foreign = new ArrayList<>();
        Identity before;
        long time = welcome.now().toEpochMilli() + TimeUnit.NANOSECONDS.toMillis(roundTripNanos / 2);
        lock.lock();
        try {
            if (current != stream || closed) {
                return false;
            }
            before = identity;
            identity = new Identity(welcome.cluster(), stream.address(), time, System.nanoTime());
            saw(logIndex);
            serving = true;
            down = null;
            changed.signalAll();
            unanswered.removeIf(pending -> pending.request() instanceof Request.Attach);
            List<Pending> left = List.copyOf(unanswered);
            orders.agents().forEach(agent -> sendAttach(stream, agent));
            remembered.of(welcome.cluster()).forEach(stream::tell);
            for (Pending pending : left) {
                if (foreign(pending.request()) == null) {
                    stream.send(pending);
                } else {
                    unanswered.remove(pending);
                    foreign.add(pending);
                }
            }
        } finally {
            lock.unlock();
        }
        if (before != null && !before.cluster().equals(welcome.cluster())) {
            tellOfOtherCluster(before, welcome.cluster(), stream.address());
        }
        foreign.forEach(pending -> pending.complete(new Failure(FailureKind.WRONG_CLUSTER, whyForeign(null))));
        return true;
    }

    /**
     * At another address it may be the same cluster, begun anew, or a coordinator that has never heard of the other one. Then both
     * hand out locks for the same rows, to whichever applications have come to them.
     */
    private static void tellOfOtherCluster(Identity before, String cluster, Address address) {
        boolean elsewhere = !before.address().equals(address);
        log.atLevel(elsewhere ? Level.ERROR : Level.WARN)
                .log(
                        "The coordinator at {} is cluster {}; this application was connected to cluster {} before{}. Global"
                                + " transactions of {} can not be decided there; their undo rows stay for the operator.",
                        address,
                        cluster,
                        before.cluster(),
                        elsewhere
                                ? ", at " + before.address()
                                        + ". If that cluster was not given up for this one, they are"
                                        + " separate coordinators, and neither knows the locks of the other: rows are not"
                                        + " protected between applications that are connected to different ones. Name nodes"
                                        + " of one cluster only in dtx.coordinator.addresses"
                                : "",
                        before.cluster());
    }

    void answered(Stream stream, Pending asked, Reply reply, long logIndex) {
        lock.lock();
        try {
            if (stream == current) {
                saw(logIndex);
            }
            if (!unanswered.contains(asked)) {
                return;
            }
            if (reply instanceof Failure failure && failure.kind() == FailureKind.UNAVAILABLE) {
                if (!closed) {
                    var unused = timer.schedule(() -> resend(stream, asked), RESEND_MILLIS, TimeUnit.MILLISECONDS);
                }
                return;
            }
            unanswered.remove(asked);
        } finally {
            lock.unlock();
        }
        if (asked.request() instanceof Request.Attach attach) {
            if (reply instanceof Failure failure) {
                log.warn(
                        "The coordinator refuses to attach {} ({}): {}: {}",
                        attach.label(),
                        attach.resource(),
                        failure.kind(),
                        failure.message());
            } else {
                orders.attached(attach.resource());
            }
        }
        asked.complete(reply);
    }

    void ordered(Reply order) {
        if (order instanceof RestoreOrder restore) {
            remembered.decided(restore.branch().xid());
            orders.restore(restore);
        } else if (order instanceof ReleaseUndo release) {
            release.branches().forEach(branch -> remembered.decided(branch.xid()));
            orders.release(release);
        }
    }

    /** @return whether it served */
    boolean lost(Stream stream) {
        lock.lock();
        try {
            if (current != stream) {
                return false;
            }
            boolean served = serving;
            current = null;
            serving = false;
            return served;
        } finally {
            lock.unlock();
        }
    }

    /** No address leads to a coordinator that serves. */
    void down(Trouble trouble) {
        lock.lock();
        try {
            down = trouble;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for decisions and orders in hand, then gives up the rest and closes. */
    void close(Duration patience) {
        List<CompletableFuture<Reply>> decisions = new ArrayList<>();
        lock.lock();
        try {
            unanswered.stream().filter(Pending::isDecision).map(Pending::reply).forEach(decisions::add);
        } finally {
            lock.unlock();
        }
        CompletableFuture.allOf(decisions.toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, patience.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        orders.close(patience.toMillis());
        Collection<Pending> left;
        Stream stream;
        lock.lock();
        try {
            closed = true;
            left = List.copyOf(unanswered);
            unanswered.clear();
            stream = current;
            current = null;
            serving = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        left.forEach(pending -> pending.complete(new Failure(FailureKind.UNAVAILABLE, whyNotServing())));
        if (stream != null) {
            stream.finish(patience.toMillis());
        }
    }

    private void sendAttach(Stream stream, ResourceAgent agent) {
        Pending attach = new Pending(new Request.Attach(agent.resource(), agent.label()));
        unanswered.add(attach);
        stream.send(attach);
    }

    private void resend(Stream stream, Pending pending) {
        lock.lock();
        try {
            // On another stream it has been sent already.
            if (stream == current && unanswered.contains(pending)) {
                stream.send(pending);
            }
        } finally {
            lock.unlock();
        }
    }

    private void expire(Pending pending, Duration timeout) {
        String why;
        lock.lock();
        try {
            if (!unanswered.remove(pending)) {
                return;
            }
            why = "no answer within " + timeout.toMillis() + " ms" + (serving ? "" : "; " + whyNotServing());
        } finally {
            lock.unlock();
        }
        pending.complete(new Failure(FailureKind.UNAVAILABLE, why));
    }

    private String whyNotServing() {
        lock.lock();
        try {
            if (closed) {
                return "the connection to the coordinator is closed: the application is shutting down";
            }
            return down == null ? "the connection to the coordinator is being opened" : down.text();
        } finally {
            lock.unlock();
        }
    }

    private void saw(long logIndex) {
        Identity known = identity;
        if (known != null && logIndex > 0) {
            seen.merge(known.cluster(), logIndex, Math::max);
        }
    }

    /** An XID of another cluster that the request is about; null if there is none, or no cluster is known yet. */
    private @Nullable Xid foreign(Request request) {
        Identity known = identity;
        if (known == null) {
            return null;
        }
        for (Xid xid : request.xids()) {
            if (!xid.cluster().equals(known.cluster())) {
                return xid;
            }
        }
        return null;
    }

    private String whyForeign(@Nullable Xid xid) {
        Identity known = identity();
        return (xid == null ? "the global transaction" : xid.toString()) + " is of another coordinator cluster than "
                + (known == null ? "the one connected" : known.cluster()) + ", which this application is connected to:"
                + " set dtx.coordinator.addresses of all applications to the same coordinator";
    }

    private static CompletableFuture<Reply> failed(FailureKind kind, String message) {
        return CompletableFuture.completedFuture(new Failure(kind, message));
    }
}
