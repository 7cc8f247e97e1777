package io.dtx.model;

import java.time.Duration;

/**
 * Times that applications and the coordinator must have the same of: one side asks for no more, the other gives no more, or relies
 * on it.
 */
public final class Bounds {

    /** How long a global transaction may stay undecided where nobody says otherwise. */
    public static final Duration STANDARD_TIMEOUT = Duration.ofSeconds(60);

    /** The longest timeout of a global transaction; whatever is remembered of an undecided one is kept for as long. */
    public static final Duration LONGEST_TIMEOUT = Duration.ofDays(1);

    /** The longest that a request waits for global locks. */
    public static final Duration LONGEST_LOCK_WAIT = Duration.ofMinutes(10);

    /** The longest that a question for an outcome waits for the end of a rollback. */
    public static final Duration LONGEST_END_WAIT = Duration.ofMinutes(1);

    /**
     * X of invariant I5: a local transaction commits only if less than this has passed since its registration was sent. No outcome is
     * forgotten sooner, and guard rows are kept for twice this time.
     */
    public static final Duration REGISTRATION_LIMIT = Duration.ofMinutes(10);

    private Bounds() {}
}
