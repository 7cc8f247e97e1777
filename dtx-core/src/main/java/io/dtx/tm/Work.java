package io.dtx.tm;

import org.jspecify.annotations.Nullable;

/**
 * What runs inside, or expressly outside, a global transaction.
 *
 * @param <T> what it returns
 * @param <E> what it may throw besides unchecked exceptions
 */
@FunctionalInterface
public interface Work<T extends @Nullable Object, E extends Throwable> {

    T run() throws E;
}
