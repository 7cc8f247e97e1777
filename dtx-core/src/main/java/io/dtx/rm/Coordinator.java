package io.dtx.rm;

import io.dtx.client.CoordinatorClient;
import io.dtx.client.Ended;
import io.dtx.client.ResourceAgent;
import io.dtx.error.LockConflictException;
import io.dtx.model.BranchId;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What the resource manager asks of the coordinator: the seam at which its tests put one of their own. The methods are
 * those of {@link CoordinatorClient}; futures have deadlines, so waiting for one without a limit is safe.
 */
interface Coordinator {

    @Nullable String cluster();

    CompletableFuture<Void> register(BranchId branch, String resource, List<Execution> executions, List<Lock> locks);

    /** @param decisionFollows whether this process will ask for the decision */
    void reportCommitted(BranchId branch, boolean decisionFollows);

    /** Turns the transaction to rolling back; completes when the coordinator has decided. */
    CompletableFuture<Outcome> veto(Xid xid, String detail);

    /** @param waits whether to wait for those that are held, and not to fail at once */
    CompletableFuture<Void> checkLocks(@Nullable Xid xid, List<Lock> locks, boolean waits);

    /** Whether nobody else holds them, without waiting: for whoever asks with {@link #checkLocks} if somebody does. */
    CompletableFuture<Boolean> areFree(@Nullable Xid xid, List<Lock> locks);

    void waitsInDatabase(Xid xid, String resource, String table);

    CompletableFuture<Ended> ended(Collection<Xid> xids);

    void attach(ResourceAgent agent);

    void detach(String resource);

    static Coordinator of(CoordinatorClient client) {
        return new Coordinator() {
            @Override
            public @Nullable String cluster() {
                return client.cluster();
            }

            @Override
            public CompletableFuture<Void> register(
                    BranchId branch, String resource, List<Execution> executions, List<Lock> locks) {
                return client.register(branch, resource, executions, locks);
            }

            @Override
            public void reportCommitted(BranchId branch, boolean decisionFollows) {
                client.reportCommitted(branch, decisionFollows);
            }

            @Override
            public CompletableFuture<Outcome> veto(Xid xid, String detail) {
                return client.rollBack(xid, new Rollback(RollbackReason.VETO, "", detail));
            }

            @Override
            public CompletableFuture<Void> checkLocks(@Nullable Xid xid, List<Lock> locks, boolean waits) {
                return waits ? client.checkLocks(xid, locks) : client.checkLocks(xid, locks, Duration.ZERO);
            }

            @Override
            public CompletableFuture<Boolean> areFree(@Nullable Xid xid, List<Lock> locks) {
                return client.checkLocks(xid, locks, Duration.ZERO)
                        .thenApply(free -> true)
                        .exceptionally(failure -> {
                            if (SqlErrors.cause(failure) instanceof LockConflictException) {
                                return false;
                            }
                            throw new CompletionException(SqlErrors.cause(failure));
                        });
            }

            @Override
            public void waitsInDatabase(Xid xid, String resource, String table) {
                client.waitsInDatabase(xid, resource, table);
            }

            @Override
            public CompletableFuture<Ended> ended(Collection<Xid> xids) {
                return client.ended(xids);
            }

            @Override
            public void attach(ResourceAgent agent) {
                client.attach(agent);
            }

            @Override
            public void detach(String resource) {
                client.detach(resource);
            }
        };
    }
}
