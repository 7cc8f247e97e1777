package io.dtx.test;

import io.dtx.sql.Dialect;
import java.util.Optional;

/** A server that somebody else runs: the databases created on it stay. */
record ExternalServer(Dialect dialect, String url, String user, String password) implements DatabaseServer {

    /** The server named by the system properties {@code dtx.test.<kind>.url}, {@code .user}, {@code .password}. */
    static Optional<DatabaseServer> configured(String kind) {
        String property = "dtx.test." + kind;
        String url = System.getProperty(property + ".url", "");
        if (url.isEmpty()) {
            return Optional.empty();
        }
        if (!url.endsWith("/")) {
            throw new IllegalStateException(
                    property + ".url must be a JDBC URL without database that ends in a slash, but is " + url);
        }
        return Optional.of(new ExternalServer(
                kind.equals("mariadb") ? Dialect.MYSQL : Dialect.POSTGRESQL,
                url,
                System.getProperty(property + ".user", ""),
                System.getProperty(property + ".password", "")));
    }

    @Override
    public Database create(String name) {
        String home = dialect == Dialect.POSTGRESQL ? "postgres" : "";
        new Database(dialect, home, url + home, user, password).run("CREATE DATABASE " + name);
        return new Database(dialect, name, url + name, user, password);
    }

    @Override
    public void close() {
        // Not ours to stop.
    }

    @Override
    public String toString() {
        return url + " as " + user;
    }
}
