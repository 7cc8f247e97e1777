package io.dtx.spring.circuitbreaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.error.UsageException;
import io.dtx.model.Xid;
import io.github.resilience4j.timelimiter.TimeLimiterConfig;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JAutoConfiguration;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JCircuitBreakerFactory;
import org.springframework.cloud.circuitbreaker.resilience4j.Resilience4JConfigBuilder;
import org.springframework.cloud.client.circuitbreaker.CircuitBreaker;
import org.springframework.cloud.client.circuitbreaker.CircuitBreakerFactory;

class CircuitBreakerTests {

    private final Participation participation = new Participation(Xid.mint("cluster1", 1_000, new byte[10]));
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    Resilience4JAutoConfiguration.class,
                    io.github.resilience4j.springboot3.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration
                            .class,
                    io.github.resilience4j.springboot3.timelimiter.autoconfigure.TimeLimiterAutoConfiguration.class))
            .withBean(CircuitBreakerFactoryPostProcessor.class);

    @Test
    void theCallRunsInTheCallersTransactionOnItsOwnThread() {
        withBreaker(Duration.ofSeconds(30), breaker -> {
            AtomicReference<Thread> thread = new AtomicReference<>();
            Xid seen = breaker.run(() -> {
                thread.set(Thread.currentThread());
                return CurrentTransaction.xid();
            });

            assertThat(seen).isEqualTo(participation.xid());
            assertThat(thread.get()).isNotSameAs(Thread.currentThread());
            assertThat(participation.vetoed()).isNull();
        });
    }

    @Test
    void theFallbackRunsInTheCallersTransaction() {
        withBreaker(Duration.ofSeconds(30), breaker -> {
            Xid seen = breaker.run(
                    () -> {
                        throw new IllegalStateException("failed");
                    },
                    error -> CurrentTransaction.xid());

            assertThat(seen).isEqualTo(participation.xid());
            assertThat(participation.vetoed())
                    .as("a call that has ended is not at work any more")
                    .isNull();
        });
    }

    @DisplayName("T1: a time limit that passes while the call is at work vetoes before the fallback runs")
    @Test
    void t1_aCallGivenUpVetoesBeforeTheFallback() {
        givingUpAtWork((breaker, call) -> {
            String seenByFallback = breaker.run(call, error -> participation.vetoed());

            assertThat(seenByFallback).contains("may still be at work");
        });
    }

    @DisplayName("T1: a time limit without a fallback vetoes, too")
    @Test
    void t1_aCallGivenUpWithoutAFallbackVetoes() {
        givingUpAtWork((breaker, call) -> {
            assertThatThrownBy(() -> breaker.run(call)).isNotNull();
            assertThat(participation.vetoed()).contains("may still be at work");
        });
    }

    @DisplayName("T1: a call that had not begun when it was given up is not made")
    @Test
    void t1_aCallGivenUpInTheQueueIsNotMade() {
        GuardedCall<String> call = new GuardedCall<>(participation, () -> "made");

        call.controlReturns();

        assertThat(participation.vetoed()).isNull();
        assertThatThrownBy(call::get).isInstanceOf(UsageException.class).hasMessageContaining("given this call up");
    }

    @Test
    void outsideAGlobalTransactionNothingChanges() {
        runner.run(context -> {
            CircuitBreaker breaker =
                    context.getBean(CircuitBreakerFactory.class).create("test");

            assertThat(breaker.run(() -> "answer " + CurrentTransaction.xid())).isEqualTo("answer null");
        });
    }

    /** With a call that goes on for longer than its time, which counts from its begin, however busy the machine is. */
    private void givingUpAtWork(BiConsumer<CircuitBreaker, Supplier<String>> test) {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        ExecutorService begins = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
            @Override
            public void execute(Runnable task) {
                super.execute(task);
                awaitQuietly(begun);
            }
        };
        try {
            withBreaker(
                    Duration.ofMillis(100),
                    begins,
                    breaker -> test.accept(breaker, () -> {
                        begun.countDown();
                        return awaitQuietly(release);
                    }));
        } finally {
            release.countDown();
            begins.shutdown();
        }
    }

    private void withBreaker(Duration timeLimit, Consumer<CircuitBreaker> test) {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            withBreaker(timeLimit, threads, test);
        } finally {
            threads.shutdown();
        }
    }

    private void withBreaker(Duration timeLimit, ExecutorService threads, Consumer<CircuitBreaker> test) {
        runner.run(context -> {
            assertThat(context).hasNotFailed();
            // Still injectable by its class.
            Resilience4JCircuitBreakerFactory factory = context.getBean(Resilience4JCircuitBreakerFactory.class);
            factory.configureExecutorService(threads);
            factory.configureDefault(id -> new Resilience4JConfigBuilder(id)
                    .timeLimiterConfig(TimeLimiterConfig.custom()
                            .timeoutDuration(timeLimit)
                            .build())
                    .build());
            CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
            try {
                test.accept(factory.create("test"));
            } finally {
                scope.close();
            }
        });
    }

    /** Deaf to interruption, as most I/O is. */
    private static String awaitQuietly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return "done";
    }
}
