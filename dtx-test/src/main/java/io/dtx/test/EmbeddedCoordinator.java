package io.dtx.test;

import java.nio.file.Path;
import java.util.List;

/**
 * A whole coordinator inside the test's own process: its own data directory, and ports that were free. It can be stopped
 * and started again on the same directory and port, as a process would be.
 */
public final class EmbeddedCoordinator implements AutoCloseable {

    /** Starts one with an empty temporary directory, which {@link #close} deletes; returns when it serves. */
    public static EmbeddedCoordinator start() {
        throw new UnsupportedOperationException();
    }

    /** Likewise, asking clients for this token. */
    public static EmbeddedCoordinator startWithToken(String token) {
        throw new UnsupportedOperationException(token.length() + " characters");
    }

    /** {@code host:port}, the same after a {@link #restart}. */
    public String address() {
        throw new UnsupportedOperationException();
    }

    /** As {@code dtx.coordinator.addresses} and ClientSettings take it. */
    public List<String> addresses() {
        return List.of(address());
    }

    public Path dataDirectory() {
        throw new UnsupportedOperationException();
    }

    /** Stops serving: streams break, the port is closed, the data stays. */
    public void stop() {
        throw new UnsupportedOperationException();
    }

    /** Starts again on the same data and port, stopping first if need be; returns when it serves. */
    public void restart() {
        throw new UnsupportedOperationException();
    }

    /** Stops, and deletes the data. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
