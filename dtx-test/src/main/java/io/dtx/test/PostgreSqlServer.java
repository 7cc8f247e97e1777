package io.dtx.test;

import io.dtx.sql.Dialect;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * PostgreSQL as a child process of this JVM, on a free port of the loopback address.
 *
 * <p>PostgreSQL refuses to run as root; the library then starts it in a user namespace ({@code unshare -U}). It stops with
 * the JVM, and one that was left behind by a JVM that was killed is stopped at the next start.
 */
public final class PostgreSqlServer implements DatabaseServer {

    private static final String USER = "dtx";

    private final EmbeddedPostgres process;
    private final Database home;

    private PostgreSqlServer(EmbeddedPostgres process, Database home) {
        this.process = process;
        this.home = home;
    }

    /**
     * Returns when the server accepts connections.
     *
     * @throws IllegalStateException if it cannot start, with the reason
     */
    public static PostgreSqlServer start(Durability durability) {
        try {
            EmbeddedPostgres process = EmbeddedPostgres.builder()
                    .setServerConfig("listen_addresses", "127.0.0.1")
                    .setServerConfig("max_connections", "300")
                    .setServerConfig("fsync", durability == Durability.FULL ? "on" : "off")
                    .setServerConfig("synchronous_commit", durability == Durability.FULL ? "on" : "off")
                    .setServerConfig("full_page_writes", durability == Durability.FULL ? "on" : "off")
                    .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                    .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String password = DatabaseServer.randomHex(12);
            requirePassword(process, password);
            String url = "jdbc:postgresql://127.0.0.1:" + process.getPort() + "/postgres";
            Database home = new Database(Dialect.POSTGRESQL, "postgres", url, USER, password);
            home.run("SELECT 1");
            return new PostgreSqlServer(process, home);
        } catch (IOException | SQLException | RuntimeException e) {
            throw new IllegalStateException("PostgreSQL does not start: " + e.getMessage(), e);
        }
    }

    /** As the library leaves it, every user of this machine could connect as the superuser. */
    private static void requirePassword(EmbeddedPostgres process, String password) throws IOException, SQLException {
        try (Connection connection = process.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE " + USER + " SUPERUSER LOGIN PASSWORD '" + password + "'");
            Path rules;
            try (ResultSet row = statement.executeQuery("SHOW hba_file")) {
                row.next();
                rules = Path.of(row.getString(1));
            }
            Files.writeString(rules, "host all all 127.0.0.1/32 scram-sha-256\n");
            statement.execute("SELECT pg_reload_conf()");
        }
    }

    @Override
    public Dialect dialect() {
        return Dialect.POSTGRESQL;
    }

    public int port() {
        return process.getPort();
    }

    @Override
    public Database create(String name) {
        home.run("CREATE DATABASE " + name);
        String url = "jdbc:postgresql://127.0.0.1:" + port() + "/" + name;
        return new Database(Dialect.POSTGRESQL, name, url, home.user(), home.password());
    }

    @Override
    public void close() {
        try {
            process.close();
        } catch (IOException e) {
            throw new IllegalStateException("PostgreSQL does not stop: " + e.getMessage(), e);
        }
    }
}
