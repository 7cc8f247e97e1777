package io.dtx.server.log;

import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.StateMachine;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The durable, replicated log of commands and the state machine that it drives. Thread-safe. */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"})
public final class ReplicatedLog implements AutoCloseable {

    /**
     * Opens the log, or makes a new one where the directory has none, and brings the state up to date.
     *
     * @throws IOException if the directory can not be used: not ours, damaged, or in use by another process
     */
    public static ReplicatedLog open(LogSettings settings, Clock clock, Leadership leadership) throws IOException {
        throw new UnsupportedOperationException("soon");
    }

    /**
     * Puts commands into one log entry with one timestamp. The results come in the commands' order once the entry is durable
     * and applied; the stage completes on a thread of the log, where nothing may block. Fails with
     * {@link NotLeaderException}, or with an IOException if the log can not go on.
     *
     * @param batch at least one command
     */
    public CompletableFuture<List<Applied>> submit(List<Command> batch) {
        throw new UnsupportedOperationException("soon");
    }

    /** Asks the state under the lock that applying takes: must be quick, and must not let live views out. */
    public <T> T read(Function<StateMachine, T> question) {
        throw new UnsupportedOperationException("soon");
    }

    /** Whether this node leads and may take commands. */
    public boolean leading() {
        throw new UnsupportedOperationException("soon");
    }

    /** The index of the last entry applied here. */
    public long appliedIndex() {
        throw new UnsupportedOperationException("soon");
    }

    /** Takes a snapshot now and removes the log before it; returns its index. */
    public CompletableFuture<Long> takeSnapshot() {
        throw new UnsupportedOperationException("soon");
    }

    /** Stops taking commands, finishes those taken, and closes the files. */
    @Override
    public void close() {
        throw new UnsupportedOperationException("soon");
    }
}
