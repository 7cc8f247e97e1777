package io.dtx.server.runtime;

import io.dtx.model.Bounds;
import java.time.Duration;

/**
 * What the leader's duties can be set to.
 *
 * @param timeout of a transaction whose Begin was not heard of (yet)
 * @param reportWait how long a Commit waits for branches that have not reported their local commit
 * @param reattachWait how long after the start, or a change of leader, it waits at least: reports are sent again on
 *     re-attachment, and the clients have to find this leader first
 * @param outcomeRetention how long a finished transaction's outcome is kept
 */
public record LeaderSettings(
        Duration timeout, Duration reportWait, Duration reattachWait, Duration outcomeRetention, Limits limits) {

    /** With the limits that are standard. */
    public LeaderSettings(Duration timeout, Duration reportWait, Duration reattachWait, Duration outcomeRetention) {
        this(timeout, reportWait, reattachWait, outcomeRetention, Limits.STANDARD);
    }

    public static final LeaderSettings STANDARD = new LeaderSettings(
            Bounds.STANDARD_TIMEOUT, Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofHours(1));

    public LeaderSettings withOutcomeRetention(Duration retention) {
        return new LeaderSettings(timeout, reportWait, reattachWait, retention, limits);
    }

    public LeaderSettings withLimits(Limits other) {
        return new LeaderSettings(timeout, reportWait, reattachWait, outcomeRetention, other);
    }
}
