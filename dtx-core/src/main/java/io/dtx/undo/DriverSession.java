package io.dtx.undo;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import org.jspecify.annotations.Nullable;

/**
 * Tells one database session below a connection from another, as far as the driver knows, without asking the database.
 *
 * <p>MariaDB's driver, given several hosts, replaces a session that is lost, and does not always say so: not when it closes a
 * prepared statement, nor where it replays a local transaction. What was done before is not in the new session, and a
 * local transaction that goes on there would commit its second half alone. So whoever commits looks whether it is still the session in
 * which he began. Of other drivers nothing is known, and nothing needs to be: they raise errors. Immutable.
 */
public final class DriverSession {

    /** MariaDB's driver: a local transaction was lost with its connection, which was made anew. */
    private static final String LOST = "25S03";

    private static final String MARIADB = "org.mariadb.jdbc.";

    /** The driver's; null where there is nothing to be told. */
    private final @Nullable Method threadId;

    private DriverSession(@Nullable Method threadId) {
        this.threadId = threadId;
    }

    /** @param connection any of the data source */
    public static DriverSession of(Connection connection) {
        Connection driver = driver(connection);
        if (driver == null || !driver.getClass().getName().startsWith(MARIADB)) {
            return new DriverSession(null);
        }
        try {
            return new DriverSession(driver.getClass().getMethod("getThreadId"));
        } catch (NoSuchMethodException e) {
            return new DriverSession(null); // a version that was not known here
        }
    }

    /**
     * The driver's object, or at least one below the pool's, which the pool makes anew each time: what Hikari's gives when it is
     * unwrapped, while Druid's gives itself, but the driver's metadata, and Spring's gives itself, and the pool's metadata.
     *
     * @return null where there is none to be had
     */
    static @Nullable Connection driver(Connection connection) {
        try {
            return connection
                    .unwrap(Connection.class)
                    .getMetaData()
                    .getConnection()
                    .unwrap(Connection.class);
        } catch (SQLException | RuntimeException | AbstractMethodError e) {
            return null;
        }
    }

    /** Whether an error is about the connection itself, so that its session may be lost, and another one have taken its place. */
    public static boolean mayBeLost(SQLException error) {
        String state = String.valueOf(error.getSQLState());
        return state.startsWith("08")
                || state.equals(LOST)
                || error instanceof SQLNonTransientConnectionException
                || error instanceof SQLRecoverableException;
    }

    /** The server's number of the session that the connection has now; -1 if it is not known. */
    public long number(Connection connection) {
        if (threadId == null) {
            return -1;
        }
        try {
            Object driver = connection.unwrap(threadId.getDeclaringClass());
            return driver != null && threadId.invoke(driver) instanceof Number number ? number.longValue() : -1;
        } catch (SQLException | RuntimeException | IllegalAccessException | InvocationTargetException e) {
            return -1;
        }
    }

    /**
     * Whether the session is another one than before.
     *
     * @param before what {@link #number} was
     */
    public boolean isReplaced(Connection connection, long before) {
        long now = number(connection);
        return before != -1 && now != -1 && now != before;
    }
}
