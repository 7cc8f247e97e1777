package io.dtx.test;

import io.dtx.sql.Dialect;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * PostgreSQL as a child process of this JVM, on a free port of the loopback address.
 *
 * <p>PostgreSQL refuses to run as root; the library then starts it in a user namespace ({@code unshare -U}). It stops with
 * the JVM, and one that was left behind by a JVM that was killed is stopped at the next start.
 */
public final class PostgreSqlServer implements DatabaseServer {

    private static final String USER = "dtx";
    private static final Duration START_TIMEOUT = Duration.ofSeconds(90);

    private final EmbeddedPostgres process;
    private final Database home;
    private final Path data;
    /** Of the server, once it has been killed. */
    private List<String> command = List.of();

    private PostgreSqlServer(EmbeddedPostgres process, Database home, Path data) {
        this.process = process;
        this.home = home;
        this.data = data;
    }

    /**
     * Returns when the server accepts connections.
     *
     * @throws IllegalStateException if it cannot start, with the reason
     */
    public static PostgreSqlServer start(Durability durability) {
        try {
            EmbeddedPostgres process = EmbeddedPostgres.builder()
                    .setPort(StablePort.next())
                    .setPGStartupWait(START_TIMEOUT)
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
            try (Connection connection = home.connect()) {
                return new PostgreSqlServer(process, home, Path.of(shown(connection, "data_directory")));
            }
        } catch (IOException | SQLException | RuntimeException e) {
            throw new IllegalStateException("PostgreSQL does not start: " + e.getMessage(), e);
        }
    }

    /** As the library leaves it, every user of this machine could connect as the superuser. */
    private static void requirePassword(EmbeddedPostgres process, String password) throws IOException, SQLException {
        try (Connection connection = process.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE " + USER + " SUPERUSER LOGIN PASSWORD '" + password + "'");
            Files.writeString(Path.of(shown(connection, "hba_file")), "host all all 127.0.0.1/32 scram-sha-256\n");
            statement.execute("SELECT pg_reload_conf()");
        }
    }

    private static String shown(Connection connection, String setting) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW " + setting)) {
            row.next();
            return row.getString(1);
        }
    }

    /** The server's process id, for tests that make it fail. */
    public long pid() {
        try {
            return Long.parseLong(
                    Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILL: what was not on disk is lost, as in a crash of the server. Returns when it is gone. */
    public void kill() {
        ProcessHandle server = ProcessHandle.of(pid()).orElseThrow();
        List<String> started = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            started.addAll(List.of("unshare", "-U"));
        }
        started.add(server.info().command().orElseThrow());
        started.addAll(List.of(server.info().arguments().orElseThrow()));
        command = started;
        server.destroyForcibly();
        server.onExit().join();
    }

    /** Starts the server again after {@link #kill}, on the same data and port; returns when it accepts connections. */
    public void startAgain() {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        try {
            Process server = null;
            while (System.nanoTime() < deadline) {
                // It refuses as long as a process of the one before is there.
                if (server == null || !server.isAlive()) {
                    server = new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
                }
                if (answers()) {
                    return;
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
        } catch (IOException e) {
            throw new IllegalStateException("PostgreSQL does not start again: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IllegalStateException("PostgreSQL does not answer again: " + command);
    }

    private boolean answers() {
        try {
            home.connect().close();
            return true;
        } catch (SQLException notYet) {
            return false;
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
