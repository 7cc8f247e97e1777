package io.dtx.spring.task;

import io.dtx.context.CurrentTransaction;

/**
 * A task that dtx has had in hand. Boot joins an application's decorators into one, each of which gets what the one before made of
 * the task: one that is to run later, and so is not handed over, can not be told from others any more by then.
 */
record Decorated(Runnable task) implements Runnable {

    /** As {@link CurrentTransaction#handOver}, once for all decorators. */
    static Runnable handOver(Runnable task) {
        return task instanceof Decorated ? task : CurrentTransaction.handOver(task);
    }

    /** Outside of a global transaction the task itself. */
    static Runnable mark(Runnable task) {
        return CurrentTransaction.get() == null || task instanceof Decorated ? task : new Decorated(task);
    }

    @Override
    public void run() {
        task.run();
    }
}
