package io.dtx.benchmarks.transfer;

import io.dtx.benchmarks.bank.BankApplication;
import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The processes and databases of one flavour, all running until closed. */
final class BankSystem implements AutoCloseable {

    private static final int POOL = 32;

    private final Flavour flavour;
    private final Path home;
    private final Path directory;
    private final Database bank1;
    private final Database bank2;
    private final List<JavaProcess> coordinators = new ArrayList<>();
    private final List<JavaProcess> banks = new ArrayList<>();
    private final BigDecimal total;
    private final int port = freePort();

    BankSystem(Flavour flavour, DatabaseServer server, Path home, Path directory)
            throws IOException, InterruptedException, SQLException {
        this.flavour = flavour;
        this.home = home;
        this.directory = Files.createDirectories(directory);
        bank1 = server.create("bank1_" + flavour.title());
        bank2 = server.create("bank2_" + flavour.title());
        Accounts.create(bank1, home);
        Accounts.create(bank2, home);
        total = sum();
        boolean started = false;
        try {
            String addresses = startCoordinators(server);
            int port2 = freePort();
            start("bank2", bank2, port2, addresses, List.of());
            start("bank1", bank1, port, addresses, List.of("--bank2.url=http://localhost:" + port2));
            started = true;
        } finally {
            if (!started) {
                close();
            }
        }
    }

    private String startCoordinators(DatabaseServer server) throws IOException, InterruptedException {
        return switch (flavour) {
            case PLAIN, FLOOR -> "";
            case DTX, DTX3 -> new DtxCoordinators(home, directory, coordinators).start(flavour.coordinators());
            case SEATA -> new SeataServer(home, directory, coordinators).start(null);
            case SEATADB -> new SeataServer(home, directory, coordinators).start(server.create("seata"));
        };
    }

    private void start(String name, Database database, int listen, String coordinators, List<String> more)
            throws IOException, InterruptedException {
        List<String> what = new ArrayList<>(List.of(
                "-cp",
                flavour.ofSeata() ? SeataServer.bankClassPath(home) : System.getProperty("java.class.path"),
                BankApplication.class.getName(),
                "--server.port=" + listen,
                "--server.address=127.0.0.1",
                "--server.tomcat.max-keep-alive-requests=-1",
                "--spring.application.name=" + name,
                "--spring.main.banner-mode=off",
                "--spring.datasource.url=" + database.url(),
                "--spring.datasource.username=" + database.user(),
                "--spring.datasource.password=" + database.password(),
                "--spring.datasource.druid.initial-size=" + POOL,
                "--spring.datasource.druid.max-active=" + POOL,
                "--spring.datasource.druid.min-idle=" + POOL,
                "--spring.datasource.druid.test-while-idle=false",
                "--bank.flavour=" + flavour.bean(),
                "--logging.level.root=WARN"));
        what.addAll(more);
        what.addAll(flavour.ofSeata() ? SeataServer.bankArguments(name, coordinators) : dtxArguments(coordinators));
        JavaProcess bank = new JavaProcess(name, directory, Map.of(), what);
        banks.add(bank);
        bank.awaitPort(listen);
    }

    private List<String> dtxArguments(String coordinators) {
        return flavour.coordinators() > 0
                ? List.of("--dtx.coordinator.addresses=" + coordinators)
                : List.of("--dtx.enabled=false", "--dtx.disabled-behaviour=ignore");
    }

    Flavour flavour() {
        return flavour;
    }

    int port() {
        return port;
    }

    Map<String, List<ProcessHandle>> processes() {
        Map<String, List<ProcessHandle>> groups = new LinkedHashMap<>();
        groups.put("banks", banks.stream().map(JavaProcess::handle).toList());
        groups.put("coordinator", coordinators.stream().map(JavaProcess::handle).toList());
        return groups;
    }

    /** Whether no money came or went; waits up to a minute for undo rows to go, which tell of unfinished work. */
    boolean settles() throws SQLException, InterruptedException {
        for (int i = 0; i < 600; i++) {
            if (leftOver(bank1) + leftOver(bank2) == 0) {
                break;
            }
            Thread.sleep(100);
        }
        return sum().compareTo(total) == 0;
    }

    private BigDecimal sum() throws SQLException {
        return Accounts.sum(bank1).add(Accounts.sum(bank2));
    }

    private static long leftOver(Database database) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM undo_log WHERE xid NOT LIKE '#%'")) {
            count.next();
            return count.getLong(1);
        }
    }

    /** Another process may take it before it is used: then the start fails and says so. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        banks.forEach(JavaProcess::close);
        coordinators.forEach(JavaProcess::close);
    }
}
