package io.dtx.test.equivalence;

import java.util.List;
import java.util.Random;

/** Random choices that a seed repeats. */
final class Chance {

    private final Random random;

    Chance(long seed) {
        this.random = new Random(seed * 0x9E3779B97F4A7C15L + 0x632BE59BD9B4E019L);
        random.nextLong();
    }

    /** From zero to one less than the bound. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    int between(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    boolean coin() {
        return random.nextBoolean();
    }

    <T> T of(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    @SafeVarargs
    final <T> T of(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** Some of them, at least one, in their order. */
    <T> List<T> someOf(List<T> list) {
        T certain = of(list);
        return list.stream()
                .filter(element -> element.equals(certain) || coin())
                .toList();
    }
}
