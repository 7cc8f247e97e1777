package io.dtx.server.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CommittedTimesTests {

    private record Id(long high, long low) {}

    private final CommittedTimes times = new CommittedTimes();

    @Test
    @DisplayName("I9: whatever is put and removed, each id has its own time and no other")
    void eachIdHasItsOwnTime() {
        Random random = new Random(42);
        Map<Id, Long> model = new HashMap<>();
        List<Id> put = new ArrayList<>();
        for (int step = 0; step < 300_000; step++) {
            // Few different halves, so that many ids share one; and the table grows to some thousands and shrinks
            // again.
            Id id = new Id(random.nextInt(100), random.nextInt(500));
            boolean shrinking = step / 50_000 % 2 == 1;
            if (random.nextInt(10) < (shrinking ? 2 : 8)) {
                times.put(id.high, id.low, step);
                model.put(id, (long) step);
                put.add(id);
            } else {
                Id victim = put.isEmpty() ? id : put.get(random.nextInt(put.size()));
                times.remove(victim.high, victim.low);
                model.remove(victim);
            }
            assertThat(times.size()).isEqualTo(model.size());
            assertThat(times.get(id.high, id.low)).isEqualTo(model.getOrDefault(id, CommittedTimes.NONE));
        }
        for (long high = 0; high < 100; high++) {
            for (long low = 0; low < 500; low++) {
                assertThat(times.get(high, low)).isEqualTo(model.getOrDefault(new Id(high, low), CommittedTimes.NONE));
            }
        }
    }

    @Test
    void theIdOfZerosAndTheTimeZeroAreLikeAnyOther() {
        assertThat(times.get(0, 0)).isEqualTo(CommittedTimes.NONE);

        times.put(0, 0, 0);

        assertThat(times.get(0, 0)).isZero();
        assertThat(times.size()).isOne();
        times.remove(0, 0);
        assertThat(times.get(0, 0)).isEqualTo(CommittedTimes.NONE);
    }

    @Test
    void nothingIsLeftAfterClear() {
        times.put(1, 2, 3);

        times.clear();

        assertThat(times.size()).isZero();
        assertThat(times.get(1, 2)).isEqualTo(CommittedTimes.NONE);
    }
}
