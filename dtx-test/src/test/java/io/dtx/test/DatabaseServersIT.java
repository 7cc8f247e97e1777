package io.dtx.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dtx.sql.Dialect;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DatabaseServersIT {

    @ParameterizedTest
    @EnumSource
    void eachDialectHasAServerThatKeepsRows(Dialect dialect) throws SQLException {
        Database database = server(dialect).createFresh();
        database.runScript("""
                -- a comment; with a semicolon
                CREATE TABLE t (id INT PRIMARY KEY,
                  text VARCHAR(20));
                INSERT INTO t VALUES (1, 'a;b');
                """);
        try (Connection connection = database.connect();
                ResultSet rows = connection.createStatement().executeQuery("SELECT text FROM t")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getString(1)).isEqualTo("a;b");
        }
    }

    @ParameterizedTest
    @EnumSource
    void freshDatabasesDoNotMeet(Dialect dialect) {
        server(dialect).createFresh().run("CREATE TABLE t (id INT PRIMARY KEY)");
        server(dialect).createFresh().run("CREATE TABLE t (id INT PRIMARY KEY)");
    }

    @Test
    void theServersAreTheOnesOfTheDocuments() throws SQLException {
        assertThat(version(Databases.mariaDb())).startsWith("11.4.");
        assertThat(version(Databases.postgreSql())).startsWith("18.");
    }

    @Test
    void aStartOfMariaDbLeavesTheTemporaryTablesOfOthersAlone() throws IOException {
        Path theirs = Files.createTempFile("#sql-temptable-", ".MAI");
        try (MariaDbServer server = MariaDbServer.start(Durability.RELAXED)) {
            assertThat(theirs).as("while %s runs", server.dialect()).exists();
        } finally {
            Files.deleteIfExists(theirs);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aStartOfMariaDbThatIsInterruptedLeavesNoProcess() throws Exception {
        Databases.mariaDb(); // its processes are not those that are looked for
        Set<ProcessHandle> before = ProcessHandle.current().descendants().collect(Collectors.toSet());
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread starter = new Thread(() -> MariaDbServer.start(Durability.RELAXED), "mariadb-start");
        starter.setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
        starter.start();
        await().atMost(Duration.ofMinutes(1))
                .until(() -> since(before)
                        .anyMatch(process ->
                                process.info().commandLine().orElse("").contains("--bootstrap")));

        starter.interrupt();
        starter.join();

        assertThat(failure.get()).hasMessageContaining("interrupted while MariaDB started");
        assertThat(since(before)).isEmpty();
    }

    private static Stream<ProcessHandle> since(Set<ProcessHandle> before) {
        // PostgreSQL's workers come and go meanwhile.
        return ProcessHandle.current()
                .descendants()
                .filter(process -> !before.contains(process)
                        && process.info().commandLine().orElse("").contains("dtx-mariadb-"));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "H2")
    void theServersListenOnLoopbackOnly(Dialect dialect) throws Exception {
        int port = port(server(dialect).createFresh());
        List<InetSocketAddress> others = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .map(address -> new InetSocketAddress(address, port))
                .toList();
        for (InetSocketAddress other : others) {
            assertThatThrownBy(() -> connect(other)).as("%s", other).isInstanceOf(IOException.class);
        }
        connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "H2")
    void theServersWantThePassword(Dialect dialect) {
        Database database = server(dialect).createFresh();
        for (String user : List.of(database.user(), "root", "postgres")) {
            assertThatThrownBy(() -> DriverManager.getConnection(database.url(), user, ""))
                    .as(user)
                    .isInstanceOf(SQLException.class);
        }
    }

    static DatabaseServer server(Dialect dialect) {
        return switch (dialect) {
            case MYSQL -> Databases.mariaDb();
            case POSTGRESQL -> Databases.postgreSql();
            case H2 -> Databases.h2();
        };
    }

    private static String version(DatabaseServer server) throws SQLException {
        try (Connection connection = server.createFresh().connect()) {
            return connection.getMetaData().getDatabaseProductVersion();
        }
    }

    private static int port(Database database) {
        return Integer.parseInt(database.url().replaceAll("^jdbc:\\w+://127\\.0\\.0\\.1:(\\d+)/.*$", "$1"));
    }

    private static void connect(InetSocketAddress address) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(address, 2_000);
        }
    }
}
