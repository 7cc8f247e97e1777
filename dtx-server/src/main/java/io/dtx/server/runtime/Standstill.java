package io.dtx.server.runtime;

import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks from a thread of its own whether the leader's thread goes on, and whether the log takes what it was given. A disk that
 * fails says so, one that hangs does not; heartbeats go on meanwhile, so no other node leads, and no application leaves.
 *
 * <ul>
 *   <li>An entry is on its way, and this node's disk has not confirmed it: no leader of Ratis commits what it has not itself. The
 *       others have it, and can lead: where they are a majority, this process ends. To hand over instead would take another write
 *       to the same disk.
 *   <li>An entry is on its way, and only the others have not confirmed it: without this node there would be one disk less. It is
 *       told, and nothing else is done.
 *   <li>The leader's thread does not come back from an event: it waits in the log, or has met a defect. As with the first.
 * </ul>
 *
 * <p>A node that does not lead keeps nobody from leading, and one that has not heard of the others would leave nobody who can:
 * both go on. So what all nodes share, as a place for their log lines that takes none, does not end them all.
 *
 * <p>Time is counted in looks: a process that was suspended, or stood still for its garbage collector, has had one look
 * meanwhile, however long it was, and is not ended for it when it wakes up.
 */
final class Standstill {

    private static final Logger log = LoggerFactory.getLogger(Standstill.class);

    static final int LOOKS_UNTIL_TOLD = 10;
    static final int LOOKS_UNTIL_ENDED = 30;
    private static final long LOOK_MILLIS = 1_000;

    /** What this node's disk has done with the entries of the log. */
    private enum Disk {
        CONFIRMED,
        UNCONFIRMED,
        /** The log could not say. */
        UNKNOWN
    }

    private final EventLoop loop;
    private final Supplier<@Nullable Object> onItsWay;
    private final BooleanSupplier onDisk;
    private final BooleanSupplier othersCanLead;
    private final boolean alone;
    private final @Nullable Runnable lastResort;

    /** These three are written on the loop, {@link #answered} last. */
    private volatile @Nullable Object entry;

    private volatile Disk disk = Disk.UNKNOWN;
    private volatile boolean answered = true;

    private long stepsBefore;
    private int looksWithoutStep;
    private @Nullable Object entryBefore;
    private int looksWithSameEntry;
    /** Of those, how many in a row found that it was not on this node's disk. */
    private int looksOffDisk;

    private boolean ending;

    private volatile String text = "";

    /**
     * @param onItsWay what stands for the entry that is on its way through the log, the same object as long as it is; null if
     *     there is none. Called on the loop, as the next
     * @param onDisk whether this node's disk has confirmed all entries of its log
     * @param othersCanLead whether another node would lead if this process ended; called from the looks, and must not wait
     * @param alone whether there are no other nodes
     * @param lastResort ends the process at once; null if that would help nobody, or is not for this node to do
     */
    Standstill(
            EventLoop loop,
            Supplier<@Nullable Object> onItsWay,
            BooleanSupplier onDisk,
            BooleanSupplier othersCanLead,
            boolean alone,
            @Nullable Runnable lastResort) {
        this.loop = loop;
        this.onItsWay = onItsWay;
        this.onDisk = onDisk;
        this.othersCanLead = othersCanLead;
        this.alone = alone;
        this.lastResort = lastResort;
    }

    /** Goes on for as long as the loop does, and so through a stop that hangs, too. */
    void start() {
        Thread thread = new Thread(this::run, "dtx-standstill");
        thread.setDaemon(true);
        thread.start();
    }

    /** What stands still, and for how long; empty if nothing does. From any thread. */
    String text() {
        return text;
    }

    private void run() {
        try {
            while (!loop.ended()) {
                Thread.sleep(LOOK_MILLIS);
                try {
                    look();
                } catch (RuntimeException | Error e) {
                    // As when no thread can be started: the next look may find more.
                    log.debug("A look failed", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // and ends: nobody has a reason to interrupt it but that
        }
    }

    void look() throws InterruptedException {
        long steps = loop.steps();
        looksWithoutStep = steps == stepsBefore ? looksWithoutStep + 1 : 0;
        stepsBefore = steps;
        // A loop with much to do may take longer than a look to answer; what it said last is no news then.
        if (answered) {
            Object current = entry;
            boolean same = current != null && current == entryBefore;
            looksWithSameEntry = same ? looksWithSameEntry + 1 : 0;
            looksOffDisk = same && disk == Disk.UNCONFIRMED ? looksOffDisk + 1 : 0;
            entryBefore = current;
            answered = false;
            loop.execute(this::answer);
        }
        try {
            tell();
        } finally {
            endIfOthersCanLead();
        }
    }

    private void endIfOthersCanLead() throws InterruptedException {
        if (Math.max(looksWithoutStep, looksOffDisk) < LOOKS_UNTIL_ENDED
                || lastResort == null
                || ending
                || !othersCanLead.getAsBoolean()) {
            return;
        }
        ending = true;
        try {
            say(() -> log.error(
                    "This process ends, so that another node leads: {}. Its thread is at {}", text, loop.where()));
        } finally {
            lastResort.run();
        }
    }

    /**
     * On the loop. The log is asked only for a leader's entry: where it is filled from elsewhere, the question may have to wait for
     * the disk. A log that was closed after a failure can not answer, and ends this node by itself.
     */
    private void answer() {
        try {
            Object current = onItsWay.get();
            disk = current == null || onDisk.getAsBoolean() ? Disk.CONFIRMED : Disk.UNCONFIRMED;
            entry = current;
        } catch (RuntimeException e) {
            disk = Disk.UNKNOWN;
            log.debug("the log does not say what is on disk", e);
        } finally {
            answered = true;
        }
    }

    private void tell() throws InterruptedException {
        boolean before = !text.isEmpty();
        text = looksWithoutStep >= LOOKS_UNTIL_TOLD
                ? "the leader's thread has not gone on for " + looksWithoutStep + " s"
                : looksWithSameEntry >= LOOKS_UNTIL_TOLD ? waitingForTheLog(disk, looksWithSameEntry + " s") : "";
        if (before && text.isEmpty()) {
            say(() -> log.info("This coordinator goes on"));
        } else if (!before && !text.isEmpty()) {
            say(() -> log.error("Nobody is answered: {}. Perhaps a disk hangs: look at the machine", text));
        }
    }

    private String waitingForTheLog(Disk known, String time) {
        return switch (known) {
            case UNCONFIRMED -> "this node's disk has not confirmed a log entry for " + time;
            case CONFIRMED ->
                alone
                        ? "a log entry has not been applied for " + time + ", though this node's disk has confirmed it"
                        : "the other nodes have not confirmed a log entry for " + time;
            case UNKNOWN ->
                "a log entry has not been applied for " + time
                        + ", and the log does not say whether this node's disk has confirmed it";
        };
    }

    /** The lines may go to the very disk that hangs. This thread must not wait for it, or not for long. */
    private static void say(Runnable line) throws InterruptedException {
        Thread saying = new Thread(line, "dtx-standstill-line");
        saying.setDaemon(true);
        saying.start();
        saying.join(LOOK_MILLIS);
    }
}
