package io.dtx.spring.task;

import org.springframework.core.task.TaskDecorator;

/**
 * Takes the global transaction along with a task. Boot's builders of executors pick it up, and so do {@code @Async} methods
 * and whatever else uses those executors; to be set on executors that the application builds by hand.
 */
public final class PropagatingTaskDecorator implements TaskDecorator {

    @Override
    public Runnable decorate(Runnable task) {
        Runnable handedOver = Decorated.handOver(task);
        return Decorated.mark(task, handedOver, handedOver);
    }
}
