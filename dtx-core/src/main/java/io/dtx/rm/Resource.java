package io.dtx.rm;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** One managed data source: its connections, and its state towards the coordinator. Thread-safe. */
@SuppressWarnings("DoNotCallSuggester")
public final class Resource {

    Resource() {}

    /** The name it was given, for people. */
    public String name() {
        throw new UnsupportedOperationException();
    }

    /** A connection of the target, wrapped. */
    public Connection getConnection() throws SQLException {
        throw new UnsupportedOperationException();
    }

    /**
     * Wraps a connection that the caller took from the target. Closing the wrapper closes it. A connection that is wrapped
     * by this resource already is returned as it is.
     */
    public Connection wrap(Connection physical) throws SQLException {
        throw new UnsupportedOperationException();
    }

    /** A data source over the target whose connections are wrapped. */
    public DataSource asDataSource() {
        throw new UnsupportedOperationException();
    }

    /** For health. Does no I/O. */
    public State state() {
        throw new UnsupportedOperationException();
    }

    /** Deletes left-over undo rows and guard rows now, as the background sweep does. */
    public void sweep() throws SQLException {
        throw new UnsupportedOperationException();
    }

    /**
     * What is known of a resource now.
     *
     * @param name the name it was given
     * @param id the resource id that its database holds; null as long as it is not known
     * @param label its normalised URL without credentials; empty as long as no connection was made
     * @param attached whether it is announced to the coordinator, which may then order restores from this process
     * @param problem what keeps it from taking part in global transactions, and the remedy; null for nothing
     */
    public record State(
            String name,
            @Nullable String id,
            String label,
            boolean attached,
            @Nullable String problem) {}
}
