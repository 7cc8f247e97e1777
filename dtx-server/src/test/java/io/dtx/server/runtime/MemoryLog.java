package io.dtx.server.runtime;

import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.Applied;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A log whose disk is as quick or as slow as a test wants: an entry is durable, and applied, at {@link #makeDurable}. */
final class MemoryLog implements CommandLog {

    final List<Command> applied = new ArrayList<>();
    boolean slow;
    boolean onDisk = true;
    /** How often the state was looked at. */
    long reads;

    private final StateMachine state = new StateMachine();
    private final InstantSource clock;
    private final Deque<Entry> pending = new ArrayDeque<>();
    private long index;

    MemoryLog(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public CompletableFuture<List<Applied>> submit(List<Command> batch) {
        Entry entry = new Entry(batch, new CompletableFuture<>());
        pending.add(entry);
        if (!slow) {
            makeDurable();
        }
        return entry.results;
    }

    /** All that was submitted so far. */
    void makeDurable() {
        while (!pending.isEmpty()) {
            makeOneDurable();
        }
    }

    void makeOneDurable() {
        Entry entry = pending.remove();
        index++;
        List<Applied> results = new ArrayList<>();
        for (Command command : entry.batch) {
            applied.add(command);
            results.add(new Applied(state.apply(command, clock.millis()), index));
        }
        entry.results.complete(results);
    }

    void failPending(Throwable failure) {
        while (!pending.isEmpty()) {
            pending.remove().results.completeExceptionally(failure);
        }
    }

    int pendingEntries() {
        return pending.size();
    }

    @Override
    public <T> T read(Function<StateMachine, T> question) {
        reads++;
        return question.apply(state);
    }

    @Override
    public boolean allOnDisk() {
        return onDisk;
    }

    @Override
    public boolean othersCanLead() {
        return false;
    }

    @Override
    public long appliedIndex() {
        return index;
    }

    private record Entry(List<Command> batch, CompletableFuture<List<Applied>> results) {}
}
