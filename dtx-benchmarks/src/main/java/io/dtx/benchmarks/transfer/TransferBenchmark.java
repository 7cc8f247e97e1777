package io.dtx.benchmarks.transfer;

import io.dtx.benchmarks.load.Burst;
import io.dtx.benchmarks.load.LoadDriver;
import io.dtx.benchmarks.load.Order;
import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import io.dtx.test.MariaDbServer;
import io.dtx.test.PostgreSqlServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures the bank transfer. All flavours run at once on one database server, each with databases of its own, and take turns
 * under load, so that a change in the machine's mood meets all of them. Main class; see {@link Settings}.
 */
public final class TransferBenchmark {

    private static final int WARM_UP_SLICE = 15;

    private final Settings settings;
    private final List<Measurement> measurements = new ArrayList<>();

    private TransferBenchmark(Settings settings) {
        this.settings = settings;
    }

    public static void main(String[] arguments) throws Exception {
        Settings settings = Settings.fromSystemProperties();
        settings.databases().forEach(settings::cellsOn); // before anything is started
        Files.createDirectories(settings.out());
        new TransferBenchmark(settings).run();
    }

    private void run() throws IOException, InterruptedException, SQLException {
        for (String kind : settings.databases()) {
            try (DatabaseServer server = kind.equals("postgresql")
                            ? PostgreSqlServer.start(settings.durability())
                            : MariaDbServer.start(settings.durability());
                    LoadDriver load = new LoadDriver(settings.out().resolve("load.log"))) {
                measure(kind, server, load);
            }
            new Report(settings, measurements).write(); // of the databases so far: the next one takes a while
        }
    }

    private void measure(String kind, DatabaseServer server, LoadDriver load)
            throws IOException, InterruptedException, SQLException {
        Database probe = server.create("probe");
        List<BankSystem> systems = new ArrayList<>();
        try {
            Path directory = settings.out().resolve(kind);
            for (Flavour flavour : settings.flavours()) {
                say("%s: starting %s", kind, flavour.title());
                systems.add(new BankSystem(flavour, server, settings.home(), directory.resolve(flavour.title())));
            }
            for (BankSystem system : systems) {
                warmUp(kind, system, load);
            }
            for (Cell cell : settings.cellsOn(kind)) {
                for (int round = 1; round <= settings.rounds(); round++) {
                    for (BankSystem system : systems) {
                        measure(kind, cell, round, system, load, probe, server);
                    }
                }
            }
        } finally {
            systems.forEach(BankSystem::close);
        }
    }

    /** Until it has not grown by a fiftieth three times in a row: JVMs compile for minutes, some flavours' much longer than others'. */
    private void warmUp(String kind, BankSystem system, LoadDriver load) throws IOException {
        double best = 0;
        int still = 0;
        int seconds = 0;
        while (seconds < settings.warmUpSeconds() && (still < 3 || seconds < 10 * WARM_UP_SLICE)) {
            int slice = Math.min(WARM_UP_SLICE, settings.warmUpSeconds() - seconds);
            Burst burst = load.run(new Order(system.port(), 32, slice, Accounts.COUNT, 5));
            seconds += slice;
            still = burst.perSecond() > best * 1.02 ? 0 : still + 1;
            best = Math.max(best, burst.perSecond());
            say(
                    "%s: warm-up of %s, %d s: %.0f/s%s",
                    kind, system.flavour().title(), seconds, burst.perSecond(), others(burst));
        }
    }

    private void measure(
            String kind,
            Cell cell,
            int round,
            BankSystem system,
            LoadDriver load,
            Database probe,
            DatabaseServer server)
            throws IOException, InterruptedException, SQLException {
        Map<String, List<ProcessHandle>> processes = new LinkedHashMap<>(system.processes());
        processes.put("database", List.of(serverProcess(server, probe)));
        processes.put("load", List.of(load.process()));
        long statementsBefore = statements(probe);
        Cpu before = Cpu.now(processes);
        Burst burst = load.run(new Order(
                system.port(), cell.connections(), settings.seconds(), cell.accounts(), cell.failingPercent()));
        // Phase two is part of the price: what is still to be released or restored is waited for, and counted.
        boolean consistent = system.settles();
        Map<String, Double> cpu = Cpu.now(processes).perUnitSince(before, burst.counted());
        double statements =
                burst.counted() == 0 ? 0 : (double) (statements(probe) - statementsBefore) / burst.counted();
        measurements.add(new Measurement(
                kind, cell.name(), system.flavour().title(), round, burst, cpu, statements, consistent));
        say(
                "%s %s round %d %s: %.0f/s, p50 %.0f us, p99 %.0f us, cpu %s, %.1f statements%s%s",
                kind,
                cell.name(),
                round,
                system.flavour().title(),
                burst.perSecond(),
                burst.p50(),
                burst.p99(),
                text(cpu),
                statements,
                others(burst),
                consistent ? "" : ", MONEY CAME OR WENT");
    }

    private static String text(Map<String, Double> cpu) {
        StringBuilder text = new StringBuilder();
        cpu.forEach((name, millis) -> text.append(String.format(Locale.ROOT, "%s %.2f ", name, millis)));
        return text.toString().strip();
    }

    private static String others(Burst burst) {
        return burst.otherwise() == 0 ? "" : ", " + burst.otherwise() + " other answers, such as " + burst.example();
    }

    private static ProcessHandle serverProcess(DatabaseServer server, Database probe) throws SQLException {
        if (server instanceof MariaDbServer mariaDb) {
            return ProcessHandle.of(mariaDb.pid()).orElseThrow();
        }
        // The backend ends with its connection, its parent is the server.
        try (Connection connection = probe.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
            row.next();
            return ProcessHandle.of(row.getLong(1))
                    .flatMap(ProcessHandle::parent)
                    .orElseThrow();
        }
    }

    private static long statements(Database probe) throws SQLException {
        return probe.url().startsWith("jdbc:mariadb") ? number(probe, "SHOW GLOBAL STATUS LIKE 'Questions'", 2) : 0;
    }

    private static long number(Database probe, String sql, int column) throws SQLException {
        try (Connection connection = probe.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(column);
        }
    }

    private static void say(String format, Object... arguments) {
        System.out.println(String.format(Locale.ROOT, format, arguments));
    }
}
