package io.dtx.server.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * How much longer things take on this machine now than on one that has nothing else to do: a thread that works and sleeps by
 * turns, as servers do, compares what that took with what it asked for; another makes the disk write, and remembers what took
 * longest. Limits in seconds are meant for a factor of one, and a disk that writes at once.
 */
final class Pace implements AutoCloseable {

    private static final long WORK_NANOS = Duration.ofMillis(2).toNanos();
    private static final long SLEEP_MILLIS = 8;

    private volatile boolean over;
    private volatile double factor = 1;
    private volatile long slowestWriteNanos;

    /** @param directory on the disk that matters */
    Pace(Path directory) {
        start("pace", this::run);
        start("pace-disk", () -> write(directory.resolve("pace")));
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void write(Path file) {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            while (!over) {
                long start = System.nanoTime();
                channel.write(ByteBuffer.allocate(100));
                channel.force(true);
                slowestWriteNanos = Math.max(slowestWriteNanos, System.nanoTime() - start);
                Thread.sleep(SLEEP_MILLIS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        long start = System.nanoTime();
        long asked = 0;
        try {
            while (!over) {
                asked += work() + Duration.ofMillis(SLEEP_MILLIS).toNanos();
                Thread.sleep(SLEEP_MILLIS);
                factor = Math.max(1, (double) (System.nanoTime() - start) / asked);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** @return the time on a processor that it took */
    private static long work() {
        long begin = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        long used;
        do {
            used = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - begin;
        } while (used < WORK_NANOS);
        return used;
    }

    /**
     * Since this was made: what is meant to take this long may take as much longer as everything else here does.
     *
     * @param writes of the disk, one after the other, that are waited for in it
     */
    Duration allowed(Duration atRest, int writes) {
        return Duration.ofNanos((long) (atRest.toNanos() * factor) + writes * slowestWriteNanos);
    }

    @Override
    public void close() {
        over = true;
    }
}
