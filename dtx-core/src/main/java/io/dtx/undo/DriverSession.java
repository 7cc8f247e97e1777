package io.dtx.undo;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
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

    private static final String MARIADB = "org.mariadb.jdbc.";

    /** The driver's class; null where there is nothing to be told. */
    private final @Nullable Class<?> driver;

    private final @Nullable Method threadId;

    private DriverSession(@Nullable Class<?> driver, @Nullable Method threadId) {
        this.driver = driver;
        this.threadId = threadId;
    }

    /** @param connection any of the data source */
    public static DriverSession of(Connection connection) {
        Connection innermost = UndoInsert.driver(connection);
        if (innermost != null && innermost.getClass().getName().startsWith(MARIADB)) {
            try {
                return new DriverSession(
                        innermost.getClass(), innermost.getClass().getMethod("getThreadId"));
            } catch (NoSuchMethodException e) {
                return new DriverSession(null, null); // a version that was not known here
            }
        }
        return new DriverSession(null, null);
    }

    /** The server's number of the session that the connection has now; -1 if it is not known. */
    public long number(Connection connection) {
        if (driver == null || threadId == null) {
            return -1;
        }
        try {
            Object innermost = connection.unwrap(driver);
            return innermost != null && threadId.invoke(innermost) instanceof Number number ? number.longValue() : -1;
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
