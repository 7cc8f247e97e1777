package io.dtx.context;

import io.dtx.context.CurrentTransaction.Scope;
import org.jspecify.annotations.Nullable;

/**
 * Whether local transactions of the current thread respect global locks although they belong to no global transaction. As
 * {@link CurrentTransaction}, never inherited by other threads.
 */
public final class GlobalLockScope {

    private static final ThreadLocal<@Nullable Boolean> OPEN = new ThreadLocal<>();

    private GlobalLockScope() {}

    /** Whether the current thread is within such a scope. */
    public static boolean isOpen() {
        return OPEN.get() != null;
    }

    /** Begins a scope; it may be within another. */
    public static Scope open() {
        if (isOpen()) {
            return () -> {};
        }
        OPEN.set(Boolean.TRUE);
        return OPEN::remove;
    }
}
