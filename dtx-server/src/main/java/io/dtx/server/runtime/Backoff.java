package io.dtx.server.runtime;

import java.util.random.RandomGenerator;

/** How long to wait before the next try: from 100 ms, doubled each time, up to 30 s, less up to half of it at random. */
final class Backoff {

    private static final long FIRST_MILLIS = 100;
    private static final long LONGEST_MILLIS = 30_000;

    private final RandomGenerator random;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** @param failures how many tries have failed, at least one */
    long millisAfter(int failures) {
        long full = Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(failures - 1, 10));
        return full / 2 + random.nextLong(full / 2 + 1);
    }
}
