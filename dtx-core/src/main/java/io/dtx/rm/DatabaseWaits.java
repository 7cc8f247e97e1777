package io.dtx.rm;

import io.dtx.model.Xid;
import io.dtx.sql.SqlStatement;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the coordinator of statements of global transactions that take long to lock their rows, or to run: they may wait for
 * what is locked by a local transaction which itself waits at the coordinator for a global lock of theirs. Neither the database nor
 * the coordinator sees that whole circle; the coordinator, told of its one half, breaks the other.
 *
 * <p>What is long is told by what is usual here, so that a slow machine is not taken for one where everybody waits. Nothing
 * depends on it: what is told in vain costs a waiter its place, what is never told ends by a time limit.
 */
final class DatabaseWaits implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DatabaseWaits.class);

    /** How long a statement runs at least before it is told of, and between two times of telling. */
    private static final long PERIOD_MILLIS = 20;
    /** How many times longer than usual. */
    private static final int UNUSUAL = 5;
    /** The longest that a statement which changes many rows may take for each of them, all together. */
    private static final long LONGEST_RUN_MILLIS = 500;
    /** After so many periods all are meant, and no longer only those whose global locks are in the statement's own table. */
    private static final int ONE_TABLE_PERIODS = 10;
    /** The share of the latest in what is usual, as the power of two that it is divided by. */
    private static final int WEIGHT_SHIFT = 4;

    private final Coordinator coordinator;
    private final ScheduledThreadPoolExecutor timer;
    private final Set<Watch> open = ConcurrentHashMap.newKeySet();
    /** Whether a look at the open watches is scheduled: one for all of them, and none while there are none. */
    private final AtomicBoolean looking = new AtomicBoolean();
    /** Two threads at once may lose one of their samples: it is an average. */
    private volatile long usualMicros = 1_000;

    DatabaseWaits(Coordinator coordinator) {
        this.coordinator = coordinator;
        this.timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "dtx-database-waits");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** While it is open, a statement may be waiting for rows in its database. Used by one thread, but for {@link #look}. */
    final class Watch implements AutoCloseable {

        private final @Nullable Xid xid;
        private final String resource;
        private final String table;
        /** Read by the timer's thread, too: with an old one of these two it tells in vain at worst, or one period later. */
        private volatile long start = System.nanoTime();

        private volatile long unusual = TimeUnit.MILLISECONDS.toNanos(unusualMillis());
        private boolean sampled;
        private int told;

        private Watch(@Nullable Xid xid, String resource, String table) {
            this.xid = xid;
            this.resource = resource;
            this.table = table;
        }

        /** The database has locked the rows that the statement changes; it may wait for more: a parent's row, a free value. */
        void locked(int rows) {
            sample();
            runs(rows);
        }

        /** Likewise, where they were locked before. How long a run takes says nothing of how long locking does. */
        void runs(int rows) {
            sampled = true;
            long longest = Math.max(unusual, TimeUnit.MILLISECONDS.toNanos(LONGEST_RUN_MILLIS));
            unusual = Math.min(longest, unusual * Math.max(1, rows));
            start = System.nanoTime();
        }

        /**
         * After {@link #end}: another statement runs, on rows that are locked already. It is not to wait, but a database may look at
         * more rows than it is asked for, and lock what it looks at.
         */
        void again(int rows) {
            runs(rows);
            open(this);
        }

        /** It waits for nothing more in the database; may be called more than once. */
        void end() {
            if (xid != null && open.remove(this)) {
                sample();
            }
        }

        private void sample() {
            if (xid != null && !sampled) {
                sampled = true;
                took((System.nanoTime() - start) / 1_000);
            }
        }

        @Override
        public void close() {
            end();
        }

        /** By the timer's thread alone. */
        private void look() {
            if (xid != null && System.nanoTime() - start >= unusual) {
                coordinator.waitsInDatabase(xid, resource, told++ < ONE_TABLE_PERIODS ? table : "");
            }
        }
    }

    /** Of nobody's statements nothing is told: nobody holds global locks, so nobody waits for them there. */
    Watch watch(@Nullable Xid xid, String resource, SqlStatement statement) {
        Watch watch = new Watch(xid, resource, xid == null ? "" : tableOf(statement));
        open(watch);
        return watch;
    }

    private void open(Watch watch) {
        if (watch.xid != null && !timer.isShutdown()) {
            open.add(watch);
            lookLater();
        }
    }

    private void lookLater() {
        if (!looking.get() && looking.compareAndSet(false, true)) {
            try {
                var unused = timer.schedule(this::look, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                open.clear(); // closed meanwhile
            }
        }
    }

    private void look() {
        for (Watch watch : open) {
            try {
                watch.look();
            } catch (RuntimeException | Error e) {
                log.debug("a wait in the database could not be told", e);
            }
        }
        // In this order: whoever opens a watch before this sees true, but is in the set; whoever does so after it
        // schedules the next look.
        looking.set(false);
        if (!open.isEmpty()) {
            lookLater();
        }
    }

    private long unusualMillis() {
        return Math.max(PERIOD_MILLIS, usualMicros * UNUSUAL / 1_000);
    }

    /** One that waited counts as no more than what is just unusual. */
    private void took(long micros) {
        long counted = Math.min(micros, unusualMillis() * 1_000);
        long before = usualMicros;
        usualMicros = before + ((counted - before) >> WEIGHT_SHIFT);
    }

    /** Empty if there is more than one, or it is not known. */
    private static String tableOf(SqlStatement statement) {
        if (statement instanceof SqlStatement.Update update) {
            return update.table().name().text();
        }
        if (statement instanceof SqlStatement.Delete delete) {
            return delete.table().name().text();
        }
        if (statement instanceof SqlStatement.Insert insert) {
            return insert.table().name().text();
        }
        if (statement instanceof SqlStatement.LockingJoin join && join.tables().size() == 1) {
            return join.tables().get(0).name().text();
        }
        return statement instanceof SqlStatement.LockingRead read
                ? read.table().name().text()
                : "";
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
