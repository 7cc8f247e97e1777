package io.dtx.benchmarks.micro;

import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.rm.ResourceManager;
import io.dtx.rm.ResourceSettings;
import io.dtx.undo.UndoLogCreation;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.jdbc.datasource.AbstractDataSource;

/**
 * What dtx costs outside of global transactions: the same calls on a driver that does nothing, bare, and through a data source
 * that takes part in global transactions.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OutsideBenchmark {

    private static final String UPDATE = "UPDATE account SET balance = balance - ? WHERE id = ?";
    private static final String QUERY = "SELECT balance FROM account WHERE id = ?";

    @Param({"bare", "dtx"})
    public String through = "";

    private Application application = new Application(List.of());
    private DataSource dataSource = new OneAfterAnother();
    private Connection connection = NoDatabase.connection();
    private PreparedStatement update = prepared(connection, UPDATE);

    private record Application(List<AutoCloseable> parts) {}

    @Setup
    public void open() throws SQLException {
        OneAfterAnother target = new OneAfterAnother();
        dataSource = target;
        if (through.equals("dtx")) {
            CoordinatorClient client = CoordinatorClient.start(new ClientSettings(
                    "micro", List.of("127.0.0.1:1"), null, Duration.ofSeconds(1), Duration.ofSeconds(1)));
            ResourceManager manager = new ResourceManager(client, ResourceSettings.DEFAULTS);
            dataSource = manager.wrap(target);
            manager.databasesReady(UndoLogCreation.EMBEDDED).join();
            if (!manager.resources().get(0).state().attached()) {
                throw new IllegalStateException("the resource is not open");
            }
            application = new Application(List.of(manager, client));
        }
        target.useNone();
        connection = dataSource.getConnection();
        update = prepared(connection, UPDATE);
    }

    @TearDown
    public void close() throws Exception {
        for (AutoCloseable part : application.parts()) {
            part.close();
        }
    }

    private static PreparedStatement prepared(Connection connection, String sql) {
        try {
            return connection.prepareStatement(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As most mappers do it: prepared, given its parameters, executed, closed. */
    @Benchmark
    public int statement() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(UPDATE)) {
            statement.setLong(1, 10);
            statement.setLong(2, 42);
            return statement.executeUpdate();
        }
    }

    /** Likewise, with a row that is read. */
    @Benchmark
    public long query() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(QUERY)) {
            statement.setLong(1, 42);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    /** A statement that was prepared before: the execution alone. */
    @Benchmark
    public int execution() throws SQLException {
        return update.executeUpdate();
    }

    /** A connection taken and given back. */
    @Benchmark
    public Connection connection() throws SQLException {
        try (Connection taken = dataSource.getConnection()) {
            return taken;
        }
    }

    /** Gives a database in memory as long as dtx opens it, then nothing. */
    private static final class OneAfterAnother extends AbstractDataSource {

        private final Connection none = NoDatabase.connection();
        private volatile boolean useNone;

        private void useNone() {
            useNone = true;
        }

        @Override
        public Connection getConnection() throws SQLException {
            return useNone ? none : DriverManager.getConnection("jdbc:h2:mem:micro;DB_CLOSE_DELAY=-1", "sa", "");
        }

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
            return getConnection();
        }
    }
}
