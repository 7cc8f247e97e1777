package io.dtx.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTests {

    private final Backoff backoff = new Backoff(new Random(1));

    @Test
    void theFirstDelayIsShortAndNoneIsOverThreeSeconds() {
        assertThat(backoff.next()).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
        for (int i = 0; i < 1_000; i++) {
            assertThat(backoff.next()).isBetween(Duration.ofMillis(50), Duration.ofSeconds(3));
        }
        assertThat(backoff.next()).isBetween(Duration.ofMillis(1_500), Duration.ofSeconds(3));
    }

    @Test
    void aCoordinatorThatStartsAgainIsTriedEverySecondForAMinute() {
        Duration waited = Duration.ZERO;
        while (waited.compareTo(Duration.ofSeconds(30)) < 0) {
            Duration delay = backoff.next();
            assertThat(delay).isLessThanOrEqualTo(Duration.ofSeconds(1));
            waited = waited.plus(delay);
        }
    }

    @Test
    void delaysVaryAndAResetStartsOver() {
        for (int i = 0; i < 100; i++) {
            backoff.next();
        }
        assertThat(backoff.next()).isNotEqualTo(backoff.next());
        backoff.reset();
        assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofMillis(100));
    }
}
