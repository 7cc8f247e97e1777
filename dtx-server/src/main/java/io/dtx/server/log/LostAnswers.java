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
 * <p>Then the last entry is to be sent once more, which is always right: a follower that has it confirms it, and with it those before;
 * one that lacks any of those says so. The last alone, and only while there is none behind it: Ratis' follower takes a request that begins
 * with an entry which it is just writing for that same request, and would confirm a second entry with it that it has not got.
 *
 * <p>Used by one thread at a time.
 */
final class LostAnswers {

    /** A confirmation is counted some time after its request has stopped to be under way. */
    private static final long COUNTED_NANOS = Duration.ofMillis(100).toNanos();

    private static final long NONE = -1;

    private long missing = NONE;
    private long missingSinceNanos;

    /**
     * Whether the last entry is to be sent again. It is for whoever is told to do so: the next time counts from anew.
     *
     * @param next the index after all that were sent
     * @param known up to which the follower has confirmed, or nobody's confirmation is needed any more
     * @param waits whether an answer may still come, or another entry is there to be sent
     * @param nowNanos by the process' own clock
     */
    boolean found(long next, long known, boolean waits, long nowNanos) {
        long unconfirmed = known + 1;
        if (waits || unconfirmed >= next) {
            missing = NONE;
            return false;
        }
        if (missing != unconfirmed) {
            missing = unconfirmed;
            missingSinceNanos = nowNanos;
        }
        if (nowNanos - missingSinceNanos < COUNTED_NANOS) {
            return false;
        }
        missing = NONE;
        return true;
    }
}
