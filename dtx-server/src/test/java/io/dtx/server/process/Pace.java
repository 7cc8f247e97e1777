package io.dtx.server.process;

import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * How much longer things take on this machine now than on one that has nothing else to do: a thread that works and sleeps by
 * turns, as servers do, compares what that took with what it asked for. Limits in seconds are meant for a factor of one.
 */
final class Pace implements AutoCloseable {

    private static final long WORK_NANOS = Duration.ofMillis(2).toNanos();
    private static final long SLEEP_MILLIS = 8;

    private volatile boolean over;
    private volatile double factor = 1;

    Pace() {
        Thread thread = new Thread(this::run, "pace");
        thread.setDaemon(true);
        thread.start();
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

    /** Since this was made: what is meant to take this long may take as much longer as everything else here does. */
    Duration allowed(Duration atRest) {
        return Duration.ofNanos((long) (atRest.toNanos() * factor));
    }

    @Override
    public void close() {
        over = true;
    }
}
