package io.dtx.server.runtime;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The time of XIDs, of the log's timestamps and of the retention of outcomes: what the machine's clock showed when this node
 * began to lead, and never less than the log's latest timestamp, carried on by the steady clock.
 *
 * <p>So a step of the machine's clock changes nothing as long as a term lasts. Applications carry the time of their handshake on
 * by a steady clock of their own, and mint XIDs by it. If this clock went back, their XIDs would be from the future; if it went
 * forward by more than the retention, outcomes of those who came later would be forgotten, and the watermark would be above every
 * XID of those who came before. A new term ends all streams, and with them goes the old time.
 *
 * <p>Thread-safe.
 */
public final class CoordinatorTime implements InstantSource {

    private final InstantSource wall;
    private final LongSupplier steadyMillis;
    private volatile long ahead;

    /** @param steadyMillis milliseconds since whenever, never going back */
    public CoordinatorTime(InstantSource wall, LongSupplier steadyMillis) {
        this.wall = wall;
        this.steadyMillis = steadyMillis;
        begin(0);
    }

    /** A term begins, in a log whose latest timestamp is this. */
    void begin(long latestMillis) {
        ahead = Math.max(wall.millis(), latestMillis) - steadyMillis.getAsLong();
    }

    /** What the machine's clock shows. */
    long machineMillis() {
        return wall.millis();
    }

    @Override
    public long millis() {
        return ahead + steadyMillis.getAsLong();
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }
}
