package io.dtx.server.runtime;

import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Command.CheckLocks;
import io.dtx.server.coordinator.Command.RegisterBranch;
import io.dtx.server.log.Applied;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Commands on their way through the log. Those that arrive together share one entry; a few entries are in flight at a time,
 * so that the next is on its way to the disk while the last is made durable, and the rest gathers into the one after.
 *
 * <p>Commands enter the log in the order of {@link #add}, and their results are handed on in the order of the log, whatever
 * thread completes first: what the leader remembers is a fold over the results, so their order is part of its correctness.
 */
final class Batches {

    private static final int MAX_IN_FLIGHT = 4;
    private static final int MAX_COMMANDS = 2_000;
    /** A batch is closed when it reaches this; one command alone may be larger. */
    private static final int MAX_BYTES = 1 << 20;

    private final CommandLog log;
    private final Executor loop;
    private final Consumer<Throwable> onFailure;

    private final Deque<Pending> waiting = new ArrayDeque<>();
    private final Deque<Batch> inFlight = new ArrayDeque<>();
    private boolean failed;

    /**
     * @param loop where completions are brought home to
     * @param onFailure told once: nobody knows which commands in flight took effect, so this leader has to end
     */
    Batches(CommandLog log, Executor loop, Consumer<Throwable> onFailure) {
        this.log = log;
        this.loop = loop;
        this.onFailure = onFailure;
    }

    void add(Command command, Consumer<Applied> then) {
        waiting.add(new Pending(command, then));
    }

    /** How many commands wait or are in flight. */
    int size() {
        return waiting.size()
                + inFlight.stream().mapToInt(batch -> batch.commands.size()).sum();
    }

    /** Sends off what waits, as far as entries may be in flight. */
    void flush() {
        while (!failed && !waiting.isEmpty() && inFlight.size() < MAX_IN_FLIGHT) {
            Batch batch = new Batch(next());
            inFlight.add(batch);
            var unused = log.submit(
                            batch.commands.stream().map(Pending::command).toList())
                    .whenComplete((results, failure) -> loop.execute(() -> completed(batch, results, failure)));
        }
    }

    private List<Pending> next() {
        List<Pending> commands = new ArrayList<>();
        long bytes = 0;
        while (!waiting.isEmpty() && commands.size() < MAX_COMMANDS) {
            bytes += bytes(waiting.element().command);
            if (bytes > MAX_BYTES && !commands.isEmpty()) {
                break;
            }
            commands.add(waiting.remove());
        }
        return commands;
    }

    private void completed(Batch batch, @Nullable List<Applied> results, @Nullable Throwable failure) {
        if (failed) {
            return;
        }
        if (results == null) {
            failed = true;
            onFailure.accept(failure == null ? new IllegalStateException("a batch without results") : failure);
            return;
        }
        batch.results = results;
        while (!inFlight.isEmpty() && inFlight.element().results != null) {
            handOn(inFlight.remove());
        }
    }

    private static void handOn(Batch batch) {
        List<Applied> results = batch.results == null ? List.of() : batch.results;
        if (results.size() != batch.commands.size()) {
            throw new IllegalStateException(results.size() + " results for " + batch.commands.size() + " commands");
        }
        for (int i = 0; i < results.size(); i++) {
            batch.commands.get(i).then.accept(results.get(i));
        }
    }

    private static long bytes(Command command) {
        if (command instanceof RegisterBranch register) {
            return 128 + LockRequest.bytes(register.locks());
        }
        return command instanceof CheckLocks check ? 128 + LockRequest.bytes(check.locks()) : 256;
    }

    private record Pending(Command command, Consumer<Applied> then) {}

    private static final class Batch {
        final List<Pending> commands;

        @Nullable List<Applied> results;

        Batch(List<Pending> commands) {
            this.commands = commands;
        }
    }
}
