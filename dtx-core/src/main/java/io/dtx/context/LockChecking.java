package io.dtx.context;

import io.dtx.context.CurrentTransaction.Scope;

/**
 * Whether the current thread, outside of any global transaction, wants its data sources to respect the global locks of
 * others. Bound for the time of a {@link Scope}, by the thread that runs the work.
 */
public final class LockChecking {

    private static final ThreadLocal<Boolean> ACTIVE = new ThreadLocal<>();

    private LockChecking() {}

    public static boolean active() {
        return ACTIVE.get() != null;
    }

    /** Turns it on until the scope is closed. */
    public static Scope begin() {
        if (active()) {
            return () -> {};
        }
        ACTIVE.set(Boolean.TRUE);
        return ACTIVE::remove;
    }
}
