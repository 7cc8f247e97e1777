package io.dtx.server.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More than go into one chunk, and forgotten across the chunks' bounds. */
class CommittedTests {

    private static final int CHUNK = 4_096;
    private static final int ALL = 3 * CHUNK + 7;

    private final Committed committed = new Committed();

    CommittedTests() {
        for (int number = 0; number < ALL; number++) {
            add(number);
        }
    }

    @Test
    @DisplayName("I8: a snapshot has all that are committed, in their order")
    void i8_aCopyHasAll() {
        assertThat(committed.size()).isEqualTo(ALL);
        assertThat(numbers(committed)).isEqualTo(numbers(0, ALL));
        assertThat(numbers(committed.copy())).isEqualTo(numbers(0, ALL));
    }

    @Test
    void aCopyDoesNotChangeWithWhatItIsOf() {
        Committed copy = committed.copy();
        committed.removeFinishedBefore(CHUNK + 1, (high, low, finishedAt) -> {});
        for (int number = ALL; number < 2 * ALL; number++) {
            add(number);
        }
        assertThat(numbers(copy)).isEqualTo(numbers(0, ALL));

        committed.clear();
        copy.add(ALL, -ALL, ALL);
        assertThat(committed.size()).isZero();
        assertThat(numbers(copy)).isEqualTo(numbers(0, ALL + 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK, ALL - 1, ALL})
    @DisplayName("I8: the first ones are forgotten, the others stay, and others come")
    void i8_theFirstAreForgotten(int count) {
        List<Long> removed = new ArrayList<>();
        committed.removeFinishedBefore(count, (high, low, finishedAt) -> removed.add(high));

        assertThat(removed).isEqualTo(numbers(0, count));
        assertThat(committed.size()).isEqualTo(ALL - count);
        assertThat(numbers(committed)).isEqualTo(numbers(count, ALL));
        for (int number = ALL; number < ALL + CHUNK; number++) {
            add(number);
        }
        assertThat(committed.size()).isEqualTo(ALL + CHUNK - count);
        assertThat(numbers(committed.copy())).isEqualTo(numbers(count, ALL + CHUNK));
        committed.removeFinishedBefore(Long.MAX_VALUE, (high, low, finishedAt) -> removed.add(high));
        assertThat(committed.size()).isZero();
        assertThat(removed).isEqualTo(numbers(0, ALL + CHUNK));
    }

    private void add(int number) {
        committed.add(number, -number, number);
    }

    private static List<Long> numbers(Committed of) {
        List<Long> numbers = new ArrayList<>();
        of.forEach((high, low, finishedAt) -> {
            assertThat(low == -high && finishedAt == high).as("%s", high).isTrue();
            numbers.add(high);
        });
        return numbers;
    }

    private static List<Long> numbers(int from, int to) {
        return LongStream.range(from, to).boxed().toList();
    }
}
