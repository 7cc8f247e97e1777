package io.dtx.test;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One server of each kind for all tests of a JVM: started when first asked for, stopped when the JVM ends. A test takes a
 * database of its own with {@link DatabaseServer#createFresh()} and never closes the server.
 *
 * <p>The servers come from Maven artefacts and need nothing installed. To test against a server that runs already, set the
 * system properties {@code dtx.test.mariadb.url} or {@code dtx.test.postgresql.url} (a JDBC URL that ends in a slash) and
 * the same with {@code .user} and {@code .password}; the user must be allowed to create databases.
 *
 * <p>Their settings are for speed: they do not wait for the disk. Nothing is proved here about a crash of a database.
 */
public final class Databases {

    private static final Shared MARIADB = new Shared(
            () -> ExternalServer.configured("mariadb").orElseGet(() -> MariaDbServer.start(Durability.RELAXED)));
    private static final Shared POSTGRESQL = new Shared(
            () -> ExternalServer.configured("postgresql").orElseGet(() -> PostgreSqlServer.start(Durability.RELAXED)));
    private static final Shared H2 = new Shared(H2Server::new);

    private Databases() {}

    public static DatabaseServer mariaDb() {
        return MARIADB.get();
    }

    public static DatabaseServer postgreSql() {
        return POSTGRESQL.get();
    }

    public static DatabaseServer h2() {
        return H2.get();
    }

    /**
     * Unlike a static initializer, tells every caller why the start failed, not only the first; one that was interrupted is tried
     * again.
     */
    private static final class Shared {

        private final ReentrantLock lock = new ReentrantLock();
        private final Supplier<DatabaseServer> start;
        private @Nullable DatabaseServer server;
        private @Nullable RuntimeException failure;

        Shared(Supplier<DatabaseServer> start) {
            this.start = start;
        }

        DatabaseServer get() {
            lock.lock();
            try {
                if (failure != null) {
                    throw new IllegalStateException(failure.getMessage(), failure);
                }
                if (server == null) {
                    server = started();
                }
                return server;
            } finally {
                lock.unlock();
            }
        }

        private DatabaseServer started() {
            try {
                return start.get();
            } catch (RuntimeException e) {
                if (!(e.getCause() instanceof InterruptedException)) {
                    failure = e;
                }
                throw e;
            }
        }
    }
}
