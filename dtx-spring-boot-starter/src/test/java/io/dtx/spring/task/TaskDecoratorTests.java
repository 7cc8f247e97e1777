package io.dtx.spring.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.model.Xid;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.core.task.TaskDecorator;
import org.springframework.core.task.support.CompositeTaskDecorator;

/** Boot joins all decorators of an application into one: each takes what the one before made of the task. */
class TaskDecoratorTests {

    private final Participation caller = new Participation(Xid.mint("cluster1", 1_000, new byte[10]));
    private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1);
    private final List<@Nullable Xid> seen = new ArrayList<>();

    static Stream<List<TaskDecorator>> decorators() {
        return Stream.of(
                List.of(new PropagatingTaskDecorator()),
                List.of(own()),
                List.of(own(), own()),
                List.of(own(), new PropagatingTaskDecorator()),
                List.of(new PropagatingTaskDecorator(), own(), own()));
    }

    /** As that of an application which takes its logging context along. */
    private static TaskDecorator own() {
        TaskDecorator own = task -> () -> task.run();
        return (TaskDecorator) new TaskDecoratorPostProcessor().postProcessAfterInitialization(own, "own");
    }

    @AfterEach
    void stop() {
        scheduler.shutdownNow();
    }

    @ParameterizedTest
    @MethodSource("decorators")
    void aTaskIsOfTheTransactionThatHandedItOver(List<TaskDecorator> decorators) {
        decorate(() -> seen.add(CurrentTransaction.xid()), decorators).run();

        assertThat(seen).containsExactly(caller.xid());
    }

    @ParameterizedTest
    @MethodSource("decorators")
    void aTaskForLaterIsOfNone(List<TaskDecorator> decorators) {
        RunnableScheduledFuture<?> later = (RunnableScheduledFuture<?>)
                scheduler.scheduleAtFixedRate(() -> seen.add(CurrentTransaction.xid()), 1, 1, TimeUnit.HOURS);

        decorate(later, decorators).run();

        assertThat(seen).containsExactly((Xid) null);
    }

    /** An executor with a queue by priority, say, looks at its tasks. */
    @Test
    void whatTheApplicationMakesOfATaskIsLeftAsItIs() {
        record Urgent(Runnable task) implements Runnable {
            @Override
            public void run() {
                task.run();
            }
        }
        TaskDecorator urgent = (TaskDecorator)
                new TaskDecoratorPostProcessor().postProcessAfterInitialization((TaskDecorator) Urgent::new, "urgent");

        Runnable decorated = decorate(() -> seen.add(CurrentTransaction.xid()), List.of(own(), urgent));
        decorated.run();

        assertThat(decorated).isInstanceOf(Urgent.class);
        assertThat(seen).containsExactly(caller.xid());
    }

    private Runnable decorate(Runnable task, List<TaskDecorator> decorators) {
        CurrentTransaction.Scope scope = CurrentTransaction.bind(caller);
        try {
            return new CompositeTaskDecorator(decorators).decorate(task);
        } finally {
            scope.close();
        }
    }
}
