package io.dtx.undo;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A limit to how long a connection that is borrowed from a pool waits for an answer, where neither driver nor pool were given
 * one: a database that is gone without a word would otherwise keep the thread for good. After it the connection is closed, and
 * the call raises an error. Costs no round trip.
 */
final class NetworkTimeout {

    private static final Logger log = LoggerFactory.getLogger(NetworkTimeout.class);

    private final Connection connection;
    private final boolean set;

    private NetworkTimeout(Connection connection, boolean set) {
        this.connection = connection;
        this.set = set;
    }

    /** Not every driver or pool knows how: then without. */
    static NetworkTimeout on(Connection connection, Duration limit) {
        try {
            if (connection.getNetworkTimeout() == 0) {
                connection.setNetworkTimeout(Runnable::run, Math.toIntExact(limit.toMillis()));
                return new NetworkTimeout(connection, true);
            }
        } catch (SQLException | RuntimeException | AbstractMethodError e) {
            log.debug("the connection takes no network timeout", e);
        }
        return new NetworkTimeout(connection, false);
    }

    void putBack() throws SQLException {
        if (set) {
            connection.setNetworkTimeout(Runnable::run, 0);
        }
    }
}
