package io.dtx.client;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.Xid;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The process's one connection to the coordinator.
 *
 * <p>Futures complete with a result, or exceptionally with one of {@link io.dtx.error.DtxException}'s subclasses; they never
 * stay open: every request has a deadline. Unanswered requests survive a reconnection (they are idempotent and sent again).
 */
@SuppressWarnings("DoNotCallSuggester")
public final class CoordinatorClient implements AutoCloseable {

    /** Connects in the background; returns at once. */
    public static CoordinatorClient start(ClientSettings settings) {
        throw new UnsupportedOperationException(settings.toString());
    }

    /** Whether a coordinator is serving this client now. */
    public boolean connected() {
        throw new UnsupportedOperationException();
    }

    /** Mints an XID. @throws io.dtx.error.CoordinatorUnavailableException if no coordinator is connected */
    public Xid newXid() {
        throw new UnsupportedOperationException();
    }

    /** The cluster's id; null as long as no coordinator was ever connected. */
    public @Nullable String cluster() {
        throw new UnsupportedOperationException();
    }

    /** One-way: names the transaction and sets its timeout. */
    public void begin(Xid xid, String name, Duration timeout) {
        throw new UnsupportedOperationException();
    }

    /** Registers a branch. Fails with LockConflictException, RolledBackException (already decided), ... */
    public CompletableFuture<Void> register(BranchId branch, String resource, List<Lock> locks) {
        throw new UnsupportedOperationException();
    }

    /** One-way, and sent again on every new stream until the branch's fate is known: its local commit returned success. */
    public void reportCommitted(BranchId branch) {
        throw new UnsupportedOperationException();
    }

    /** Asks for COMMIT. The outcome may be a rollback. Fails with InDoubtException if it can not be learned. */
    public CompletableFuture<Outcome> commit(Xid xid) {
        throw new UnsupportedOperationException();
    }

    /** Asks to roll back; completes when the coordinator has decided (not when all is restored). */
    public CompletableFuture<Outcome> rollBack(Xid xid, Rollback rollback) {
        throw new UnsupportedOperationException();
    }

    /** Completes when no other transaction holds these keys. */
    public CompletableFuture<Void> checkLocks(@Nullable Xid xid, List<Lock> locks) {
        throw new UnsupportedOperationException();
    }

    /** What became of a transaction; empty if the coordinator does not know it (never known, or forgotten). */
    public CompletableFuture<Optional<Outcome>> outcome(Xid xid) {
        throw new UnsupportedOperationException();
    }

    /** Which of these are unknown to the coordinator. Only XIDs of {@link #cluster()} may be asked. */
    public CompletableFuture<Set<Xid>> unknown(Collection<Xid> xids) {
        throw new UnsupportedOperationException();
    }

    /** Attaches a resource now and on every new stream. */
    public void attach(ResourceAgent agent) {
        throw new UnsupportedOperationException();
    }

    public void detach(String resource) {
        throw new UnsupportedOperationException();
    }

    /** Waits for requests in flight, then closes the stream. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
