package io.dtx.server.log;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a server of Ratis in spite of a deadlock in it, and ends in any case.
 *
 * <p>The deadlock, seen in Ratis 3.3.0: whoever closes the log joins, with the log's write lock in hand, the thread that evicts
 * entries from its cache. That thread waits for the same lock, not to be interrupted, if it was woken a moment before: each new
 * term rolls a segment and so wakes it, and a leader that hands over closes just when the first entry of the next term reaches
 * it. Ratis would wait for a day. So its members are closed here, on a thread that is interrupted if it is found in that join:
 * Ratis then goes on, lets go of the lock, and the other thread ends.
 *
 * <p>The interrupt must end the join and nothing else. Ratis sets it anew for whoever comes after, and what comes after is the
 * wait for the thread that writes the log, whose buffer is freed then: so this thread does not interrupt itself.
 */
final class ServerClosing extends Thread {

    private static final Logger log = LoggerFactory.getLogger(ServerClosing.class);
    private static final String JOIN = "org.apache.ratis.util.AwaitToRun";
    private static final long LOOK_MILLIS = 100;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final RaftServer server;
    private @Nullable Throwable failure;
    private boolean joiningBefore;
    private boolean interruptedOnce;

    private ServerClosing(RaftServer server) {
        super("log-closing");
        setDaemon(true);
        this.server = server;
    }

    /**
     * Returns when it is closed.
     *
     * @throws IOException if that failed
     * @throws StillClosingException if it took longer than half a minute: it goes on by itself, and what it uses is in use
     */
    static void close(RaftServer server) throws IOException {
        ServerClosing closing = new ServerClosing(server);
        closing.start();
        long begin = System.nanoTime();
        boolean interrupted = false;
        while (closing.isAlive() && System.nanoTime() - begin < PATIENCE_NANOS) {
            try {
                closing.join(LOOK_MILLIS);
                closing.help();
            } catch (InterruptedException e) {
                interrupted = true; // what is open must be closed nevertheless
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (closing.isAlive()) {
            throw new StillClosingException("it still closes after " + TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NANOS)
                    + " s, at " + closing.where());
        }
        if (closing.failure != null) {
            throw new IOException(closing.failure);
        }
    }

    @Override
    public void run() {
        try {
            for (RaftGroupId group : server.getGroupIds()) {
                closeMember(group);
            }
            server.close();
        } catch (Throwable e) {
            failure = e; // seen by whoever has joined this thread
        }
    }

    /** One that could not be opened is not there to be closed. */
    private void closeMember(RaftGroupId group) {
        try {
            server.getDivision(group).close();
        } catch (IOException | RuntimeException e) {
            log.debug("The member of {} is not closed by itself, but with its server", group, e);
        }
    }

    /** The join takes no time where it ends by itself, so one that is seen in two looks would not end. */
    private void help() {
        boolean joining = isJoining();
        if (joining && joiningBefore && !interruptedOnce) {
            interruptedOnce = true; // a second one would hit what follows
            interrupt();
        }
        joiningBefore = joining;
    }

    private boolean isJoining() {
        StackTraceElement[] frames = getStackTrace();
        for (int i = 1; i < frames.length; i++) {
            if (frames[i].getClassName().equals(JOIN)) {
                return frames[i - 1].getClassName().equals(Thread.class.getName())
                        && frames[i - 1].getMethodName().equals("join");
            }
        }
        return false;
    }

    private String where() {
        return Arrays.stream(getStackTrace())
                .limit(8)
                .map(StackTraceElement::toString)
                .collect(Collectors.joining(", "));
    }

    @Override
    public void interrupt() {
        if (currentThread() != this) {
            super.interrupt();
        }
    }

    /** Its files are not to be given to another yet. */
    static final class StillClosingException extends IOException {
        private static final long serialVersionUID = 1;

        StillClosingException(String message) {
            super(message);
        }
    }
}
