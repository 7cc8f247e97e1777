package io.dtx.server.log;

import java.time.Duration;

/**
 * Notices that a follower was sent entries, has not confirmed them, and is not asked any more.
 *
 * <p>When a connection breaks, Ratis forgets what was under way on it and does not go back: it counts on the next entry, whose
 * confirmation covers those before, or whose refusal says what is missing. A heartbeat says what is missing, too; but to one who has all,
 * and whose answer alone was lost, nothing is ever said again. Here the next entry waits for this one, so nobody was answered any
 * more, by a leader that all nodes agreed on, and for good.
 *
 * <p>Sending an entry a second time is always right: a follower that has it confirms it. Used by one thread at a time.
 */
final class LostAnswers {

    /** A confirmation is counted some time after its request has stopped to be under way. */
    private static final long COUNTED_NANOS = Duration.ofMillis(100).toNanos();

    private static final long NONE = -1;

    private long missing = NONE;
    private long missingSinceNanos;

    /**
     * The index from which on to send.
     *
     * @param next the one after all that were sent
     * @param known up to which the follower has confirmed, or nobody's confirmation is needed any more
     * @param underWay whether an answer may still come
     * @param nowNanos by the process' own clock
     */
    long nextIndex(long next, long known, boolean underWay, long nowNanos) {
        long unconfirmed = known + 1;
        if (underWay || unconfirmed >= next) {
            missing = NONE;
            return next;
        }
        if (missing != unconfirmed) {
            missing = unconfirmed;
            missingSinceNanos = nowNanos;
        }
        if (nowNanos - missingSinceNanos < COUNTED_NANOS) {
            return next;
        }
        missing = NONE;
        return unconfirmed;
    }
}
