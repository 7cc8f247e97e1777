package io.dtx.server.simulation;

import java.util.List;
import java.util.Random;

/** What a seed decides. */
final class Chance {

    private final Random random;

    Chance(long seed) {
        random = new Random(seed);
    }

    /** From 0 to less than the bound. */
    int upTo(int bound) {
        return random.nextInt(bound);
    }

    long between(long least, long most) {
        return least + (long) (random.nextDouble() * (most - least + 1));
    }

    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    boolean percent(int n) {
        return random.nextInt(100) < n;
    }

    long number() {
        return random.nextLong();
    }

    byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    <T> T of(List<T> some) {
        return some.get(random.nextInt(some.size()));
    }

    Random random() {
        return random;
    }
}
