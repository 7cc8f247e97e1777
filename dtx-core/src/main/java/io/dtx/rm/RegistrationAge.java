package io.dtx.rm;

import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * How long ago a registration was sent, by the larger of two clocks (I5). The wall clock alone can be set back; the
 * monotonic clock alone may stand still while the machine sleeps.
 */
final class RegistrationAge {

    private final InstantSource wall;
    private final LongSupplier monotonicNanos;
    private final long sentMillis;
    private final long sentNanos;

    private RegistrationAge(InstantSource wall, LongSupplier monotonicNanos) {
        this.wall = wall;
        this.monotonicNanos = monotonicNanos;
        this.sentMillis = wall.millis();
        this.sentNanos = monotonicNanos.getAsLong();
    }

    /** To be called before the registration is handed to the client. */
    static RegistrationAge start(InstantSource wall, LongSupplier monotonicNanos) {
        return new RegistrationAge(wall, monotonicNanos);
    }

    Duration age() {
        Duration byWall = Duration.ofMillis(wall.millis() - sentMillis);
        Duration byMonotonic = Duration.ofNanos(monotonicNanos.getAsLong() - sentNanos);
        return byWall.compareTo(byMonotonic) > 0 ? byWall : byMonotonic;
    }
}
