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
 * Commands on their way through the log. One entry is on its way at a time, and whatever arrives meanwhile goes into the next:
 * the busier it is, the more share one write to the disk.
 *
 * <p>So commands are applied in the order of {@link #add}, and their results are handled in the order of the log. What the
 * leader keeps in mind is a fold over the results, and the order of a transaction's commands is their sender's: the log itself
 * promises no order between entries that are on their way at the same time.
 */
final class Batches {

    private static final int MAX_COMMANDS = 2_000;
    /** A batch is closed when it reaches this; one command alone may be larger. */
    private static final int MAX_BYTES = 1 << 20;

    private final CommandLog commandLog;
    private final Executor loop;
    private final Consumer<Throwable> onFailure;
    private final LeaderListener listener;

    private final Deque<Pending> waiting = new ArrayDeque<>();
    private List<Pending> inFlight = List.of();
    private boolean failed;
    private long sentNanos;

    /**
     * @param loop where completions are brought home to
     * @param onFailure told once: nobody knows which commands in flight took effect, so this leader has to end
     */
    Batches(CommandLog commandLog, Executor loop, Consumer<Throwable> onFailure, LeaderListener listener) {
        this.commandLog = commandLog;
        this.loop = loop;
        this.onFailure = onFailure;
        this.listener = listener;
    }

    void add(Command command, Consumer<Applied> then) {
        waiting.add(new Pending(command, then));
    }

    /** Whether something is on its way, so that {@link #flush} sends nothing. */
    boolean inFlight() {
        return !failed && !inFlight.isEmpty();
    }

    /** What stands for the entry on its way, the same object as long as it is; null if there is none. */
    @Nullable Object onItsWay() {
        return inFlight() ? inFlight : null;
    }

    boolean idle() {
        return failed || (inFlight.isEmpty() && waiting.isEmpty());
    }

    /** Sends off what waits, unless something is on its way. */
    void flush() {
        if (!failed && inFlight.isEmpty() && !waiting.isEmpty()) {
            inFlight = next();
            sentNanos = System.nanoTime();
            var unused = commandLog
                    .submit(inFlight.stream().map(Pending::command).toList())
                    .whenComplete((results, failure) -> loop.execute(() -> completed(results, failure)));
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

    private void completed(@Nullable List<Applied> results, @Nullable Throwable failure) {
        List<Pending> commands = inFlight;
        inFlight = List.of();
        if (results == null || results.size() != commands.size()) {
            failed = true;
            onFailure.accept(failure == null ? new IllegalStateException("not a result for each command") : failure);
            return;
        }
        listener.appended(commands.size(), System.nanoTime() - sentNanos);
        for (int i = 0; i < commands.size(); i++) {
            commands.get(i).then.accept(results.get(i));
        }
    }

    private static long bytes(Command command) {
        if (command instanceof RegisterBranch register) {
            return 128 + 40L * register.executions().size() + LockRequest.bytes(register.locks());
        }
        return command instanceof CheckLocks check ? 128 + LockRequest.bytes(check.locks()) : 256;
    }

    private record Pending(Command command, Consumer<Applied> then) {}
}
