package io.dtx.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class BackoffTests {

    @Test
    @DisplayName("Retries back off, doubled each time, with jitter, from 100 ms to a cap of 30 s")
    void retriesBackOffWithJitterToACap() {
        Backoff backoff = new Backoff(new Random(1));
        for (int failures = 1; failures <= 1_000; failures++) {
            long full = failures < 10 ? 100L << (failures - 1) : 30_000;
            int tries = failures;
            Set<Long> waits = LongStream.range(0, 50)
                    .map(i -> backoff.millisAfter(tries))
                    .boxed()
                    .collect(Collectors.toSet());
            assertThat(waits)
                    .as("after %s failures", failures)
                    .allMatch(wait -> wait >= full / 2 && wait <= full)
                    .hasSizeGreaterThan(10);
        }
    }
}
