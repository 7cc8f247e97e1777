package io.dtx.spring.task;

import io.dtx.context.CurrentTransaction;
import java.util.function.UnaryOperator;

/**
 * What was made of a task that is to run later, and so was not handed over. Boot joins an application's decorators into one, each
 * of which gets what the one before made: by then it can not be told from others any more. All others stay what the
 * application made of them, for executors that look at their tasks.
 */
record Decorated(Runnable task) implements Runnable {

    /** @param decorator what the application makes of it */
    static Runnable of(Runnable task, UnaryOperator<Runnable> decorator) {
        boolean inTransaction = CurrentTransaction.get() != null;
        Runnable handedOver = task instanceof Decorated ? task : CurrentTransaction.handOver(task);
        Runnable decorated = decorator.apply(handedOver);
        boolean leftAlone = inTransaction && handedOver == task;
        return leftAlone && !(decorated instanceof Decorated) ? new Decorated(decorated) : decorated;
    }

    @Override
    public void run() {
        task.run();
    }
}
