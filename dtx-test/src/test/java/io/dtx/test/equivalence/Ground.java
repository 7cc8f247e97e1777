package io.dtx.test.equivalence;

import com.zaxxer.hikari.HikariDataSource;
import io.dtx.client.CoordinatorClient;
import io.dtx.rm.LocalWrites;
import io.dtx.rm.Resource;
import io.dtx.rm.ResourceManager;
import io.dtx.rm.ResourceSettings;
import io.dtx.sql.Dialect;
import io.dtx.test.Database;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The same tables twice: one schema that an application changes through dtx, and one without. For a group of sequences. */
final class Ground implements AutoCloseable {

    private static final ResourceSettings SETTINGS = new ResourceSettings(
            Duration.ofMinutes(10),
            Duration.ZERO,
            Duration.ZERO,
            Duration.ofMinutes(5),
            4 << 20,
            LocalWrites.FREE,
            Set.of(),
            Set.of());

    private final Grammar grammar;
    private final Schemata schemata;
    private final List<Table> tables;
    private final Database ours;
    private final Database twin;
    private final ResourceManager manager;
    private final HikariDataSource pool;
    private final Connection application;
    private final Connection physical;
    private final Connection plain;
    private final Connection ourReader;
    private final Connection twinReader;
    private final Side ourSide;
    private final Side twinSide;
    private final String driver;

    /** Makes empty schemas, and removes them. */
    interface Schemata {
        Database create();

        void drop(Database database);

        /** What statements may write before the name of one of its tables: the schema, with its catalogue or without. */
        List<String> qualifiers(Database database);
    }

    /** @param driver what the URL says to the driver, or nothing */
    Ground(Grammar grammar, Schemata schemata, List<Table> tables, String driver, CoordinatorClient client)
            throws SQLException {
        this.grammar = grammar;
        this.schemata = schemata;
        this.tables = tables;
        this.driver = driver;
        this.ours = schemata.create();
        this.twin = schemata.create();
        for (Database database : List.of(ours, twin)) {
            database.run(grammar.prepare().toArray(String[]::new));
            database.run(tables.stream().map(Table::create).toArray(String[]::new));
        }
        ours.runScript(Path.of("..", "sql", folder(), "undo_log.sql"));
        this.manager = new ResourceManager(client, SETTINGS);
        this.pool = new HikariDataSource();
        pool.setDataSource(ours.dataSource());
        pool.setMaximumPoolSize(1);
        Resource resource = manager.manage("ours", pool);
        this.physical = connect(ours, driver);
        for (String setting : grammar.sessions().usual()) {
            run(physical, setting);
        }
        this.application = resource.wrap(physical);
        this.plain = connect(twin, driver);
        this.ourReader = ours.connect();
        this.twinReader = twin.connect();
        for (String setting : grammar.sessions().usual()) {
            run(ourReader, setting);
            run(twinReader, setting);
        }
        Set<String> clocks = new HashSet<>();
        tables.forEach(table -> clocks.addAll(table.clocks()));
        this.ourSide = new Side(application, schemata.qualifiers(ours), clocks);
        this.twinSide = new Side(plain, schemata.qualifiers(twin), clocks);
    }

    private static Connection connect(Database database, String driver) throws SQLException {
        String url = database.url() + (driver.isEmpty() ? "" : (database.url().contains("?") ? "&" : "?") + driver);
        return DriverManager.getConnection(url, database.user(), database.password());
    }

    private String folder() {
        return switch (grammar.dialect()) {
            case MYSQL -> "mysql";
            case POSTGRESQL -> "postgresql";
            case H2 -> "h2";
        };
    }

    List<Table> tables() {
        return tables;
    }

    Side ours() {
        return ourSide;
    }

    Side twin() {
        return twinSide;
    }

    /** Fills both with the rows of a sequence, and sets up both sessions. */
    void reset(Sequence sequence) throws SQLException {
        for (Connection reader : List.of(ourReader, twinReader)) {
            reader.setAutoCommit(false);
            for (int i = tables.size() - 1; i >= 0; i--) {
                for (String sql : grammar.empty(tables.get(i), sequence.firstNumber())) {
                    run(reader, sql);
                }
            }
            // PostgreSQL ends a transaction with a statement that fails.
            reader.setAutoCommit(grammar.dialect() == Dialect.POSTGRESQL);
            for (String row : sequence.rows()) {
                tryToRun(reader, row);
            }
            reader.setAutoCommit(true);
        }
        for (Connection connection : List.of(application, plain)) {
            connection.setAutoCommit(true);
            for (String setting : sequence.session()) {
                run(connection, setting);
            }
            connection.setTransactionIsolation(sequence.isolation());
        }
    }

    /** Whether the driver joins elements of a batch to one statement where it can. */
    boolean rewrites() {
        return driver.toLowerCase(Locale.ROOT).contains("rewritebatched");
    }

    /** What the open local transactions see, each on its own side; null if alike. */
    @Nullable String differenceWithin() throws SQLException {
        return Contents.read(physical, tables, false).differenceFrom(Contents.read(plain, tables, false));
    }

    Contents read() throws SQLException {
        return Contents.read(ourReader, tables, true);
    }

    Contents readSteady() throws SQLException {
        return Contents.read(ourReader, tables, false);
    }

    Contents readTwin() throws SQLException {
        return Contents.read(twinReader, tables, false);
    }

    /** The XIDs in undo_log. */
    Set<String> undoLog() throws SQLException {
        Set<String> xids = new HashSet<>();
        try (var statement = ourReader.createStatement();
                var rows = statement.executeQuery("SELECT xid FROM undo_log WHERE log_status <> 2")) {
            while (rows.next()) {
                xids.add(rows.getString(1));
            }
        }
        return xids;
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void tryToRun(Connection connection, String sql) {
        try {
            run(connection, sql);
        } catch (SQLException e) {
            // A row that breaks a constraint is left out, on both sides.
        }
    }

    @Override
    public void close() throws SQLException {
        for (Connection connection : List.of(application, plain, ourReader, twinReader)) {
            connection.close();
        }
        manager.close();
        pool.close();
        schemata.drop(ours);
        schemata.drop(twin);
    }
}
