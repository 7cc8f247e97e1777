package io.dtx.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MeasuredCoordinatorTests {

    private final List<Boolean> granted = new ArrayList<>();

    private Coordinator measured(CompletableFuture<?> answer) {
        Coordinator answering = (Coordinator) Proxy.newProxyInstance(
                Coordinator.class.getClassLoader(),
                new Class<?>[] {Coordinator.class},
                (proxy, method, arguments) -> answer);
        return MeasuredCoordinator.of(answering, new ResourceListener() {
            @Override
            public void locksAwaited(Duration waited, boolean wereGranted) {
                granted.add(wereGranted);
            }
        });
    }

    /** Else each row that is waited for would be told as a refusal first. */
    @Test
    void aQuestionThatFindsKeysHeldIsMeasuredByTheOneThatFollows() {
        assertThat(measured(CompletableFuture.completedFuture(false))
                        .areFree(null, List.of())
                        .join())
                .isFalse();
        assertThat(granted).isEmpty();

        measured(CompletableFuture.completedFuture(null))
                .checkLocks(null, List.of(), true)
                .join();
        assertThat(measured(CompletableFuture.completedFuture(true))
                        .areFree(null, List.of())
                        .join())
                .isTrue();
        assertThat(granted).containsExactly(true, true);

        assertThat(measured(CompletableFuture.failedFuture(new IllegalStateException("no answer")))
                        .areFree(null, List.of()))
                .isCompletedExceptionally();
        assertThat(granted).containsExactly(true, true, false);
    }
}
