package io.dtx.spring.propagation;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Whether the end of an answer's body has been seen. One for an answer, whatever number of streams its readers ask for: clients
 * give each of them the same bytes, and who asks again, as an error decoder does that leaves the rest to Feign's own, finds them
 * read or closed, which is no sign of a broken answer. Of one reader at a time.
 *
 * <p>HttpURLConnection ends a body silently that is shorter than announced, so the bytes are counted.
 */
public final class AnswerEnd {

    /**
     * How long an answer is read on that nobody wants to read, which holds up the application's thread: it may trickle, or have no
     * end. Then the call counts as unanswered.
     */
    private static final Duration LONGEST_DRAIN = Duration.ofSeconds(10);

    private final OutgoingCall call;
    private final Duration longestDrain;
    private long missing;
    /** It has come, or never will, or its reader wanted no more. */
    private boolean over;

    /** @param announced the answer's content length in bytes; negative if it is not known */
    public AnswerEnd(long announced, OutgoingCall call) {
        this(announced, call, LONGEST_DRAIN);
    }

    AnswerEnd(long announced, OutgoingCall call, Duration longestDrain) {
        this.missing = announced;
        this.call = call;
        this.longestDrain = longestDrain;
    }

    /** One of the answer's streams. */
    public WatchedStream watch(InputStream body) {
        return new WatchedStream(body, this);
    }

    /** Whether somebody has to read on, since the participant may be at work until that end. */
    public boolean isWanted() {
        return !over && call.mayBeAtWork();
    }

    /** No stream is read any more. */
    public void closed() {
        over = true;
    }

    /** The body can not be read, or not on. */
    public void brokeOff(IOException error) {
        if (!over) {
            over = true;
            call.unanswered(error);
        }
    }

    /** @param read how many bytes have come; negative for the end */
    void count(long read) {
        if (read >= 0) {
            missing = missing < 0 ? missing : Math.max(0, missing - read);
        } else if (missing > 0) {
            brokeOff(new EOFException("the answer broke off " + missing + " bytes before its end"));
        } else {
            over = true;
        }
    }

    /**
     * Reads this on until the end, where that is wanted. That it does not come the call is told, and nobody else. The time is looked
     * at after each read: how long one may take is the client's setting.
     */
    void drain(WatchedStream stream) {
        byte[] unwanted = new byte[8 * 1024];
        long began = System.nanoTime();
        try {
            while (isWanted() && stream.read(unwanted, 0, unwanted.length) >= 0) {
                if (System.nanoTime() - began > longestDrain.toNanos()) {
                    brokeOff(new IOException("the end of the answer, which nobody read, did not come in "
                            + longestDrain.toSeconds() + " s"));
                }
            }
        } catch (IOException e) {
            brokeOff(e);
        }
    }
}
