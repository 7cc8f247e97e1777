package io.dtx.server.log;

import io.dtx.server.coordinator.Snapshot;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes snapshots beside the thread that applies, one at a time. Called by that thread only; what the writing thread tells
 * goes through volatile fields.
 */
final class SnapshotWriter implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SnapshotWriter.class);
    private static final long PAUSE_AFTER_FAILURE = TimeUnit.SECONDS.toNanos(30);

    private final SnapshotStore store;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        Thread writer = new Thread(task, "dtx-snapshot");
        writer.setDaemon(true);
        return writer;
    });

    private volatile boolean busy;
    private volatile long written = RaftLog.INVALID_LOG_INDEX;
    private volatile long notBefore = System.nanoTime();

    SnapshotWriter(SnapshotStore store) {
        this.store = store;
    }

    /** Whether it is no use to come with a snapshot now: one is being written, or the last could not be. */
    boolean busy() {
        return busy || notBefore - System.nanoTime() > 0;
    }

    /** The index of the last one written, once; invalid if there is none. */
    long takeWritten() {
        long index = written;
        written = RaftLog.INVALID_LOG_INDEX;
        return index;
    }

    void start(Snapshot snapshot, TermIndex at) {
        busy = true;
        thread.execute(() -> write(snapshot, at));
    }

    private void write(Snapshot snapshot, TermIndex at) {
        long start = System.nanoTime();
        try {
            store.save(snapshot, at);
            written = at.getIndex();
            log.info(
                    "Wrote the snapshot at log index {} in {} ms",
                    at.getIndex(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        } catch (IOException | RuntimeException e) {
            notBefore = System.nanoTime() + PAUSE_AFTER_FAILURE;
            log.error(
                    "The snapshot at log index {} can not be written, so the log can not be shortened; nothing is lost."
                            + " Trying again later",
                    at.getIndex(),
                    e);
        } finally {
            busy = false;
        }
    }

    /** From any thread: waits for one that is being written. */
    void awaitIdle() {
        try {
            thread.submit(() -> {}).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | RejectedExecutionException e) {
            log.debug("No snapshot is being written", e);
        }
    }

    /** Waits for one that is being written, for less time than {@link ServerClosing} has for all. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(20, TimeUnit.SECONDS)) {
                log.warn("A snapshot is still being written; what there is of it is removed at the next start");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
