package io.dtx.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RegistrationAgeTests {

    private final AtomicLong millis = new AtomicLong(1_000_000);
    private final AtomicLong nanos = new AtomicLong(5);

    @Test
    @DisplayName("I5: the larger of the wall and the monotonic clock counts")
    void i5_theLargerOfTwoClocksCounts() {
        InstantSource wall = () -> Instant.ofEpochMilli(millis.get());
        RegistrationAge age = RegistrationAge.start(wall, nanos::get);
        nanos.addAndGet(Duration.ofSeconds(3).toNanos());
        assertThat(age.age()).isEqualTo(Duration.ofSeconds(3));
        millis.addAndGet(Duration.ofSeconds(5).toMillis());
        assertThat(age.age()).isEqualTo(Duration.ofSeconds(5));
        millis.addAndGet(-Duration.ofHours(1).toMillis());
        assertThat(age.age()).isEqualTo(Duration.ofSeconds(3));
    }
}
