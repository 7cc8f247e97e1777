package io.dtx.server.runtime;

import java.util.function.LongSupplier;

/** Milliseconds since whenever, never going back, whatever is done to the machine's clock. */
public final class SteadyTime implements LongSupplier {

    @Override
    public long getAsLong() {
        return System.nanoTime() / 1_000_000;
    }
}
