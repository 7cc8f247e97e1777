package io.dtx;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.model.Xid;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GlobalTransactionContextTests {

    private final ExecutorService pool = Executors.newSingleThreadExecutor();
    private final Participation participation = new Participation(Xid.mint("Cluster1", 1, new byte[10]));
    private CurrentTransaction.@Nullable Scope scope;

    @BeforeEach
    void bind() {
        scope = CurrentTransaction.bind(participation);
    }

    @AfterEach
    void close() {
        pool.shutdownNow();
        if (scope != null) {
            scope.close();
        }
    }

    @Test
    void aTransactionDoesNotCrossThreadsByItself() throws Exception {
        assertThat(GlobalTransactionContext.currentXid()).isEqualTo(participation.xid());
        assertThat(pool.submit(CurrentTransaction::get).get()).isNull();
    }

    @Test
    void whatIsWrappedRunsInItAndLeavesTheThreadAsItWas() throws Exception {
        assertThat(pool.submit(GlobalTransactionContext.wrap(CurrentTransaction::get))
                        .get())
                .isSameAs(participation);
        assertThat(CompletableFuture.supplyAsync(GlobalTransactionContext.wrapSupplier(CurrentTransaction::get), pool)
                        .get())
                .isSameAs(participation);
        assertThat(CompletableFuture.supplyAsync(CurrentTransaction::get, GlobalTransactionContext.wrap(pool))
                        .get())
                .isSameAs(participation);
        CompletableFuture<@Nullable Participation> seen = new CompletableFuture<>();
        Runnable wrapped = GlobalTransactionContext.wrap(() -> {
            seen.complete(CurrentTransaction.get());
        });
        pool.submit(wrapped).get();
        assertThat(seen.get()).isSameAs(participation);
        assertThat(pool.submit(CurrentTransaction::get).get()).isNull();
    }

    @Test
    void aTaskThatIsWrappedOutsideOfATransactionRunsOutsideOfOne() throws Exception {
        CurrentTransaction.Scope outside = CurrentTransaction.bind(null);
        Runnable wrapped = GlobalTransactionContext.wrap(
                () -> assertThat(CurrentTransaction.get()).isNull());
        outside.close();
        wrapped.run();
        assertThat(CurrentTransaction.get()).isSameAs(participation);
    }

    @Test
    void aTaskThatThrowsLeavesTheThreadAsItWas() throws InterruptedException {
        Runnable wrapped = GlobalTransactionContext.wrap((Runnable) () -> {
            throw new IllegalStateException("task");
        });
        try {
            pool.submit(wrapped).get();
        } catch (ExecutionException expected) {
            assertThat(expected).hasRootCauseMessage("task");
        }
        try {
            assertThat(pool.submit(CurrentTransaction::get).get()).isNull();
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }
}
