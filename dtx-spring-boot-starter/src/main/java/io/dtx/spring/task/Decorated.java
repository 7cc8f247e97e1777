package io.dtx.spring.task;

import io.dtx.context.CurrentTransaction;

/**
 * What was made of a task that is to run later, and so was not handed over. Boot joins an application's decorators into one, each
 * of which gets what the one before made: by then it can not be told from others any more. All others stay what the
 * application made of them, for executors that look at their tasks.
 */
record Decorated(Runnable task) implements Runnable {

    /** What a decorator is given in the place of this task: handed over, but once for all decorators. */
    static Runnable handOver(Runnable task) {
        return task instanceof Decorated ? task : CurrentTransaction.handOver(task);
    }

    /**
     * What the next one, or the executor, is given.
     *
     * @param task the one that came
     * @param handedOver what {@link #handOver} gave for it
     * @param decorated what was made of that
     */
    static Runnable mark(Runnable task, Runnable handedOver, Runnable decorated) {
        boolean leftAlone = handedOver == task && CurrentTransaction.get() != null;
        return leftAlone && !(decorated instanceof Decorated) ? new Decorated(decorated) : decorated;
    }

    @Override
    public void run() {
        task.run();
    }
}
