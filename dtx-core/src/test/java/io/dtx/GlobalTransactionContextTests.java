package io.dtx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.model.Xid;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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

    @DisplayName(
            "I10: a wrapped task that fails vetoes, since the executor may drop its exception; a result's asker is told")
    @Test
    void i10_aWrappedTaskThatFailsVetoesAndAWrappedResultDoesNot() {
        assertThatThrownBy(() -> GlobalTransactionContext.wrap((Callable<String>) () -> {
                            throw new IllegalStateException("callable");
                        })
                        .call())
                .hasMessage("callable");
        assertThat(participation.vetoed()).isNull();

        assertThatThrownBy(() -> GlobalTransactionContext.wrap((Runnable) () -> {
                            throw new IllegalStateException("runnable");
                        })
                        .run())
                .hasMessage("runnable");
        assertThat(participation.vetoed()).contains("runnable");
    }

    @DisplayName("I10: what is wrapped counts while it runs: a commit meanwhile would be one of a part of it")
    @Test
    void i10_whatIsWrappedCountsWhileItRuns() throws Exception {
        List<Boolean> atWork = new ArrayList<>();
        Runnable runnable = GlobalTransactionContext.wrap((Runnable) () -> atWork.add(participation.isAtWork()));
        Callable<Boolean> callable = GlobalTransactionContext.wrap((Callable<Boolean>) participation::isAtWork);
        Supplier<Boolean> supplier = GlobalTransactionContext.wrapSupplier(participation::isAtWork);
        assertThat(participation.isAtWork()).isFalse();

        runnable.run();
        atWork.add(callable.call());
        atWork.add(supplier.get());

        assertThat(atWork).containsExactly(true, true, true);
        assertThat(participation.isAtWork()).isFalse();
    }

    @DisplayName(
            "I10: a task that fails is open until it has vetoed: whoever waits for tasks looks for a veto after that")
    @ParameterizedTest
    @MethodSource("waysOfATaskThatNobodyAsksForItsResult")
    void i10_aTaskThatFailsIsOpenUntilItHasVetoed(Consumer<Runnable> way) {
        List<Boolean> atWorkBeforeVeto = new ArrayList<>();
        // The veto's reason holds it, and so is made of it before there is a veto.
        RuntimeException failure = new IllegalStateException() {
            @Override
            public String getMessage() {
                if (participation.vetoed() == null) {
                    atWorkBeforeVeto.add(participation.isAtWork());
                }
                return "no money";
            }
        };

        assertThatThrownBy(() -> way.accept(() -> {
                    throw failure;
                }))
                .isSameAs(failure);

        assertThat(atWorkBeforeVeto).containsOnly(true);
        assertThat(participation.vetoed()).contains("no money");
        assertThat(participation.isAtWork()).isFalse();
    }

    static List<Named<Consumer<Runnable>>> waysOfATaskThatNobodyAsksForItsResult() {
        return List.of(
                Named.of(
                        "a task that was wrapped",
                        task -> GlobalTransactionContext.wrap(task).run()),
                Named.of(
                        "a wrapped executor",
                        task -> GlobalTransactionContext.wrap((Executor) Runnable::run)
                                .execute(task)),
                Named.of(
                        "a task that was handed over",
                        task -> CurrentTransaction.handOver(task).run()));
    }

    /** A worker that waits in a transaction may run it meanwhile, as help. */
    @Test
    void aTaskThatAWrappedExecutorGetsOutsideOfATransactionRunsOutsideOfOne() {
        List<Runnable> queue = new ArrayList<>();
        List<Optional<Participation>> runs = new ArrayList<>();
        CurrentTransaction.Scope outside = CurrentTransaction.bind(null);
        GlobalTransactionContext.wrap((Executor) queue::add)
                .execute(() -> runs.add(Optional.ofNullable(CurrentTransaction.get())));
        outside.close();

        queue.get(0).run();

        assertThat(runs).containsExactly(Optional.empty());
        assertThat(CurrentTransaction.get()).isSameAs(participation);
    }

    @Test
    void aTaskThatTheExecutorRefusesIsNotOpenAnyMore() {
        Executor full = GlobalTransactionContext.wrap((Executor) task -> {
            throw new RejectedExecutionException("full");
        });

        assertThatThrownBy(() -> full.execute(() -> {})).hasMessage("full");

        assertThat(participation.isAtWork()).isFalse();
        assertThat(participation.vetoed()).isNull();
    }

    @Test
    void aTaskThatTheExecutorRunsOnTheCallersThreadIsCountedOnce() {
        assertThatThrownBy(() -> GlobalTransactionContext.wrap((Executor) Runnable::run)
                        .execute(() -> {
                            assertThat(participation.isAtWork()).isTrue();
                            throw new IllegalStateException("no money");
                        }))
                .hasMessage("no money");

        assertThat(CurrentTransaction.get()).isSameAs(participation);
        assertThat(participation.isAtWork()).isFalse();
        // A count that was taken back twice would hide the next task.
        participation.taskStarted();
        assertThat(participation.isAtWork()).isTrue();
    }

    /** Outside, what it writes would stay, whatever became of the transaction. */
    @Test
    void aTaskThatWasRefusedAndRunsAllTheSameRunsInItsTransaction() {
        List<Runnable> queue = new ArrayList<>();
        Executor withoutMemory = GlobalTransactionContext.wrap((Executor) task -> {
            queue.add(task);
            throw new OutOfMemoryError("no thread");
        });
        List<@Nullable Participation> runs = new ArrayList<>();
        assertThatThrownBy(() -> withoutMemory.execute(() -> {
                    runs.add(CurrentTransaction.get());
                    assertThat(participation.isAtWork()).isTrue();
                }))
                .hasMessage("no thread");
        assertThat(participation.isAtWork()).isFalse();

        CurrentTransaction.Scope otherThread = CurrentTransaction.bind(null);
        queue.get(0).run();
        assertThat(CurrentTransaction.get()).isNull();
        otherThread.close();

        assertThat(runs).containsExactly(participation);
        assertThat(participation.isAtWork()).isFalse();
    }
}
