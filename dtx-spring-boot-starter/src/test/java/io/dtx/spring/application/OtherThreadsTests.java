package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.GlobalTransactionContext;
import io.dtx.GlobalTransactional;
import io.dtx.context.CurrentTransaction;
import io.dtx.error.RolledBackException;
import io.dtx.model.Xid;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.interceptor.AsyncUncaughtExceptionHandler;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.task.ThreadPoolTaskSchedulerBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.TaskDecorator;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.AsyncConfigurer;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/** Work of one global transaction on several threads; on virtual ones where the JDK has them. */
class OtherThreadsTests {

    private static Bank bank;

    private final List<ThreadPoolTaskScheduler> schedulers = new ArrayList<>();

    @BeforeAll
    static void start() {
        bank = Bank.start(Application.class, "spring.threads.virtual.enabled=true");
    }

    @AfterAll
    static void stop() {
        bank.close();
    }

    @BeforeEach
    void refill() {
        bank.refill();
    }

    @Test
    void parallelWorkIsInTheTransactionAndIsUndoneWithIt() {
        List<@Nullable Xid> seen = new CopyOnWriteArrayList<>();
        assertThatThrownBy(() -> begin(() -> {
                    List<CompletableFuture<Void>> parts = new ArrayList<>();
                    for (int id = 1; id <= 2; id++) {
                        int account = id;
                        parts.add(CompletableFuture.runAsync(
                                () -> {
                                    seen.add(GlobalTransactionContext.currentXid());
                                    bank.addOneTo(account);
                                },
                                executor()));
                    }
                    parts.forEach(CompletableFuture::join);
                    assertThat(seen).hasSize(2).containsOnly(GlobalTransactionContext.currentXid());
                    throw new IllegalStateException("after both");
                }))
                .hasMessage("after both");

        Wait.until(() -> bank.balances().equals("100 100"));
    }

    @Test
    void anAsyncMethodThatIsWaitedForIsInTheTransaction() throws Exception {
        begin(() -> asynchronous().add(1).join());
        assertThat(bank.balances()).isEqualTo("101 100");

        assertThatThrownBy(() -> begin(() -> {
                    asynchronous().add(1).join();
                    throw new IllegalStateException("after it");
                }))
                .hasMessage("after it");
        Wait.until(() -> bank.balances().equals("101 100"));
    }

    @DisplayName("I10: a commit while work is still on another thread is a rollback, not half a commit")
    @ParameterizedTest
    @ValueSource(strings = {"Spring's executor", "a wrapped one that is occupied"})
    void i10_aTaskThatNobodyWaitsForUndoesTheTransaction(String by) {
        CountDownLatch release = new CountDownLatch(1);
        ExecutorService oneThread = Executors.newSingleThreadExecutor();
        oneThread.execute(() -> awaitQuietly(release));
        Executor executor = by.startsWith("Spring") ? executor() : GlobalTransactionContext.wrap(oneThread);
        try {
            assertThatThrownBy(() -> begin(() -> {
                        bank.addOneTo(1);
                        executor.execute(() -> awaitQuietly(release));
                        return "as if all were done";
                    }))
                    .isInstanceOf(RolledBackException.class)
                    .hasMessageContaining("another thread")
                    .hasMessageContaining("wait for it");
        } finally {
            release.countDown();
            oneThread.shutdown();
        }
        Wait.until(() -> bank.balances().equals("100 100"));
    }

    @DisplayName(
            "I10: a part that failed on another thread undoes the transaction, though its exception arrives wrapped")
    @Test
    void i10_aPartThatFailedOnAnotherThreadUndoesTheTransaction() {
        assertThatThrownBy(() -> begin(() -> {
                    bank.addOneTo(1);
                    return executor()
                            .submit((Callable<String>) () -> {
                                throw new IllegalStateException("no money");
                            })
                            .get();
                }))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("no money");

        Wait.until(() -> bank.balances().equals("100 100"));
    }

    @DisplayName("T1: a veto that comes while the commit waits for a task undoes the transaction")
    @Test
    void t1_aVetoOfATaskThatTheCommitWaitsForUndoesTheTransaction() {
        assertThatThrownBy(() -> begin(() -> {
                    bank.addOneTo(1);
                    Thread committing = Thread.currentThread();
                    executor().execute(() -> {
                        while (!isIn("tasksHaveEnded", committing)) {
                            Thread.onSpinWait();
                        }
                        Objects.requireNonNull(CurrentTransaction.get()).veto("bank2 has not answered");
                    });
                    return "as if all were done";
                }))
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("bank2 has not answered");

        Wait.until(() -> bank.balances().equals("100 100"));
    }

    private static boolean isIn(String method, Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals(method));
    }

    @Test
    void theApplicationsOwnHandlerOfAsyncExceptionsIsToldToo() {
        Application.FAILED.clear();
        asynchronous().fail();
        Wait.until(() -> Application.FAILED.contains("no money"));

        assertThatThrownBy(() -> begin(() -> {
                    asynchronous().fail();
                    return "as if all were done";
                }))
                .isInstanceOf(RolledBackException.class);
        Wait.until(() -> Application.FAILED.equals(List.of("no money", "no money")));
    }

    @Test
    void aPartWhoseFailureIsHandledUndoesNothingElse() throws Exception {
        begin(() -> {
            bank.addOneTo(1);
            return CompletableFuture.runAsync(
                            () -> {
                                throw new IllegalStateException("no money");
                            },
                            executor())
                    .handle((nothing, error) -> "handled: " + error)
                    .join();
        });

        assertThat(bank.balances()).isEqualTo("101 100");
    }

    @DisplayName("I10: a part that fails on another thread, where nobody asks for its result, undoes the transaction")
    @ParameterizedTest
    @ValueSource(strings = {"@Async", "execute", "a wrapped executor", "a wrapped task"})
    void i10_aPartWhoseFailureNobodyCanSeeUndoesTheTransaction(String by) {
        ExecutorService byHand = Executors.newSingleThreadExecutor();
        Runnable task = () -> {
            throw new IllegalStateException("no money");
        };
        try {
            assertThatThrownBy(() -> begin(() -> {
                        bank.addOneTo(1);
                        switch (by) {
                            case "@Async" -> asynchronous().fail();
                            case "execute" -> executor().execute(task);
                            case "a wrapped executor" ->
                                GlobalTransactionContext.wrap(byHand).execute(task);
                            default -> {
                                byHand.execute(GlobalTransactionContext.wrap(task));
                                // A worker that has failed is replaced: the next one runs after it.
                                byHand.submit(() -> "").get();
                            }
                        }
                        return "as if all were done";
                    }))
                    .isInstanceOf(RolledBackException.class)
                    .hasMessageContaining("no money");
        } finally {
            byHand.shutdown();
        }

        Wait.until(() -> bank.balances().equals("100 100"));
    }

    @Test
    void theApplicationsOwnDecoratorStaysTheOnlyOne() {
        assertThat(bank.application().getBeansOfType(TaskDecorator.class)).hasSize(1);
        int before = Application.DECORATED.get();

        CompletableFuture.runAsync(() -> {}, executor()).join();

        assertThat(Application.DECORATED.get()).isEqualTo(before + 1);
    }

    /** Its runs after the first would write for a transaction that is long decided, and each fail. */
    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT0.02S"})
    void aPeriodicTaskIsNotOfTheTransactionInWhichItIsScheduled(Duration delay) throws Exception {
        BlockingQueue<String> runs = new LinkedBlockingQueue<>();
        Future<?> scheduled = begin(() -> scheduler()
                .scheduleAtFixedRate(
                        () -> {
                            bank.addOneTo(1);
                            runs.add("in " + GlobalTransactionContext.currentXid());
                        },
                        Instant.now().plus(delay),
                        Duration.ofMillis(1)));

        for (int run = 1; run <= 3; run++) {
            assertThat(runs.poll(30, TimeUnit.SECONDS)).isEqualTo("in null");
        }
        assertThat(scheduled.isDone()).isFalse();
    }

    @Test
    void whatIsScheduledForLaterIsNotOfTheTransaction() throws Exception {
        CompletableFuture<String> ran = new CompletableFuture<>();
        begin(() -> {
            Runnable task = () -> ran.complete("in " + GlobalTransactionContext.currentXid());
            Future<?> byTrigger = scheduler()
                    .schedule(
                            task, context -> ran.isDone() ? null : Instant.now().plusMillis(300));
            Future<?> byTime = scheduler().schedule(task, Instant.now().plus(Duration.ofHours(1)));
            assertThat(List.of(Objects.requireNonNull(byTrigger), byTime)).hasSize(2);
            return "scheduled";
        });

        assertThat(ran.get(30, TimeUnit.SECONDS)).isEqualTo("in null");
    }

    @Test
    void whatASchedulerIsHandedToRunNowIsOfTheTransaction() throws Exception {
        begin(() -> {
            assertThat(scheduler().submit(GlobalTransactionContext::currentXid).get())
                    .isEqualTo(GlobalTransactionContext.currentXid());
            return "done";
        });
    }

    /** As Spring Boot makes the one of an application, where its threads are not virtual. */
    private ThreadPoolTaskScheduler scheduler() {
        ThreadPoolTaskScheduler scheduler = bank.bean(ThreadPoolTaskSchedulerBuilder.class)
                .awaitTermination(true)
                .awaitTerminationPeriod(Duration.ofSeconds(30))
                .build();
        scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        scheduler.initialize();
        schedulers.add(scheduler);
        return scheduler;
    }

    @AfterEach
    void stopSchedulers() {
        schedulers.forEach(ThreadPoolTaskScheduler::shutdown);
    }

    @Test
    void aTaskOutsideOfATransactionIsLeftAlone() {
        assertThat(CompletableFuture.supplyAsync(
                                () -> String.valueOf(GlobalTransactionContext.currentXid()), executor())
                        .join())
                .isEqualTo("null");
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_25)
    void nothingPinsACarrierThreadWhileItWaits() throws Exception {
        begin(() -> "what is loaded once is loaded now");
        ExecutorService threads = virtualThreads();
        Path file = Files.createTempFile("dtx", ".jfr");
        try (Recording recording = new Recording()) {
            recording.enable("jdk.VirtualThreadPinned").withStackTrace().withThreshold(Duration.ofMillis(5));
            recording.start();
            List<Future<?>> transfers = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                // All want the same row: each waits at the coordinator or in the database for those before it.
                transfers.add(threads.submit(() -> begin(() -> {
                    assertThat(Thread.currentThread().getClass().getName()).contains("Virtual");
                    bank.addOneTo(1);
                    return "done";
                })));
            }
            for (Future<?> transfer : transfers) {
                endOf(transfer);
            }
            recording.stop();
            recording.dump(file);
            assertThat(RecordingFile.readAllEvents(file))
                    .extracting(event -> String.valueOf(event.getStackTrace()))
                    .filteredOn(stack -> stack.contains("io.dtx"))
                    .isEmpty();
        } finally {
            threads.shutdownNow();
            Files.delete(file);
        }
    }

    /** A transfer that waited too long for its turn was rolled back, which is not what this is about. */
    private static void endOf(Future<?> transfer) throws InterruptedException {
        try {
            transfer.get();
        } catch (ExecutionException refused) {
            assertThat(refused).isNotNull();
        }
    }

    /** By name, since the code is compiled for Java 17. */
    private static ExecutorService virtualThreads() throws ReflectiveOperationException {
        return (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static <T> T begin(Callable<T> work) throws Exception {
        return bank.bean(Transfers.class).begin(work);
    }

    private static Asynchronous asynchronous() {
        return bank.bean(Asynchronous.class);
    }

    private static AsyncTaskExecutor executor() {
        return bank.bean(AsyncTaskExecutor.class);
    }

    static class Transfers {

        @GlobalTransactional
        public <T> T begin(Callable<T> work) throws Exception {
            return work.call();
        }
    }

    static class Asynchronous {

        @Async
        public void fail() {
            throw new IllegalStateException("no money");
        }

        @Async
        public CompletableFuture<String> add(int account) {
            bank.addOneTo(account);
            return CompletableFuture.completedFuture(String.valueOf(GlobalTransactionContext.currentXid()));
        }
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @EnableAsync(proxyTargetClass = true)
    @Import({Transfers.class, Asynchronous.class})
    static class Application {

        static final AtomicInteger DECORATED = new AtomicInteger();

        static final List<String> FAILED = new CopyOnWriteArrayList<>();

        @Bean
        AsyncConfigurer ownHandler() {
            return new AsyncConfigurer() {
                @Override
                public AsyncUncaughtExceptionHandler getAsyncUncaughtExceptionHandler() {
                    return (failure, method, arguments) -> FAILED.add(String.valueOf(failure.getMessage()));
                }
            };
        }

        @Bean
        TaskDecorator ownDecorator() {
            return task -> {
                DECORATED.incrementAndGet();
                return task;
            };
        }

        @Bean
        DataSource dataSource() {
            return Accounts.database("threads");
        }
    }
}
