package io.dtx.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait between two rounds of attempts: from 100 ms, doubling, to one second while the outage is young, so that a
 * coordinator that was started again is found at once; later to three, which is well below the time that a new leader gives its
 * clients to come back before it counts a report as missing. Each delay is shortened by up to a half at random, so that many
 * applications do not come back in one wave. Not thread-safe.
 */
final class Backoff {

    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST_WHILE_YOUNG = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(3);
    private static final Duration YOUNG = Duration.ofMinutes(1);

    private final RandomGenerator random;
    private Duration base = SHORTEST;
    private Duration waited = Duration.ZERO;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    Duration next() {
        Duration longest = waited.compareTo(YOUNG) < 0 ? LONGEST_WHILE_YOUNG : LONGEST;
        Duration delay = base.compareTo(longest) < 0 ? base : longest;
        Duration doubled = base.multipliedBy(2);
        base = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
        waited = waited.plus(delay);
        return delay.minus(delay.dividedBy(2).multipliedBy(random.nextInt(1001)).dividedBy(1000));
    }

    void reset() {
        base = SHORTEST;
        waited = Duration.ZERO;
    }
}
