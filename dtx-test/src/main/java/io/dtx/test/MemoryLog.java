package io.dtx.test;

import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.Applied;
import io.dtx.server.runtime.CommandLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/** For the time being, until the replicated log is there: keeps nothing beyond this process. */
final class MemoryLog implements CommandLog {

    private final ReentrantLock lock = new ReentrantLock();
    private final StateMachine state = new StateMachine();
    private long index;

    @Override
    public CompletableFuture<List<Applied>> submit(List<Command> batch) {
        lock.lock();
        try {
            index++;
            List<Applied> results = new ArrayList<>();
            for (Command command : batch) {
                results.add(new Applied(state.apply(command, System.currentTimeMillis()), index));
            }
            return CompletableFuture.completedFuture(results);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public <T> T read(Function<StateMachine, T> question) {
        lock.lock();
        try {
            return question.apply(state);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long appliedIndex() {
        lock.lock();
        try {
            return index;
        } finally {
            lock.unlock();
        }
    }
}
