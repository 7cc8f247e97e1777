package io.dtx.spring.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import io.dtx.GlobalTransactionTemplate;
import io.dtx.Propagation;
import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.rm.ResourceManager;
import io.dtx.rm.ResourceSettings;
import io.dtx.spring.mybatis.OpenSqlSessions;
import io.dtx.test.Database;
import io.dtx.test.EmbeddedCoordinator;
import io.dtx.tm.GlobalTransactions;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * What a framework finds in an application with dtx: a pool that is managed, and global transactions; without a Spring context.
 * Looks at every table past dtx, to say what a global transaction has left.
 */
final class Ground {

    private static final Duration LOCK_WAIT = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final EmbeddedCoordinator coordinator;
    private final Database database;
    private final CoordinatorClient client;
    private final ResourceManager manager;
    private final GlobalTransactionTemplate template;
    private final HikariDataSource pool;
    private final DataSource dataSource;
    private final List<DataSource> others = new ArrayList<>();

    /** Some work of an application, without or within a local transaction of its own. */
    interface Work {
        void run() throws Exception;
    }

    /** What runs work in a global transaction; its exceptions roll back. */
    interface Transaction {
        void run(Work work) throws Exception;
    }

    private static final class Undo extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private Ground(EmbeddedCoordinator coordinator, Database database, CoordinatorClient client) {
        this.coordinator = coordinator;
        this.database = database;
        this.client = client;
        this.manager = new ResourceManager(client, ResourceSettings.DEFAULTS);
        this.template = new GlobalTransactionTemplate(new GlobalTransactions(client, new OpenSqlSessions()))
                .withRollbackFor(Exception.class);
        this.pool = newPool();
        this.dataSource = manager.wrap("test", pool);
    }

    static Ground on(Base base, EmbeddedCoordinator coordinator) {
        Database database = base.server().createFresh();
        String folder = database.dialect().name().toLowerCase(Locale.ROOT);
        database.runScript(Path.of("..", "sql", folder, "undo_log.sql"));
        CoordinatorClient client = CoordinatorClient.start(
                new ClientSettings("frameworks", coordinator.addresses(), null, LOCK_WAIT, Duration.ofSeconds(20)));
        Awaitility.await().atMost(PATIENCE).until(client::connected);
        return new Ground(coordinator, database, client);
    }

    /** Not managed, and not yet open. */
    HikariDataSource newPool() {
        HikariDataSource fresh = new HikariDataSource();
        fresh.setJdbcUrl(database.url());
        fresh.setUsername(database.user());
        fresh.setPassword(database.password());
        fresh.setMaximumPoolSize(6);
        fresh.setMinimumIdle(0);
        return fresh;
    }

    EmbeddedCoordinator coordinator() {
        return coordinator;
    }

    /**
     * Puts another pool, which can be closed, to the database under management. It stays open until the end: restores may come
     * through any of them.
     */
    DataSource manage(DataSource other) {
        others.add(other);
        return manager.wrap("other " + others.size(), other);
    }

    /** Past dtx. */
    Database database() {
        return database;
    }

    /** Through dtx. */
    DataSource dataSource() {
        return dataSource;
    }

    HikariDataSource pool() {
        return pool;
    }

    GlobalTransactionTemplate template() {
        return template;
    }

    /** Runs work in a global transaction that rolls back when all of it is committed locally, and nothing of it must be left. */
    void isUndone(Work work) {
        isUndone(this::inGlobal, work);
    }

    void isUndone(Transaction transaction, Work work) {
        Map<String, List<String>> before = contents();
        assertThatThrownBy(() -> transaction.run(() -> {
                    work.run();
                    assertThat(contents()).as("phase one has committed").isNotEqualTo(before);
                    throw new Undo();
                }))
                .isInstanceOf(Undo.class);
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(contents()).isEqualTo(before);
            assertThat(undoRows()).isZero();
        });
    }

    /** Runs work in a global transaction that commits; its undo rows go. */
    void isKept(Work work) throws Exception {
        isKept(this::inGlobal, work);
    }

    void isKept(Transaction transaction, Work work) throws Exception {
        Map<String, List<String>> before = contents();
        transaction.run(work);
        assertThat(contents()).isNotEqualTo(before);
        Awaitility.await().atMost(PATIENCE).until(() -> undoRows() == 0);
    }

    /** What work in a global transaction raises while another, undecided one has executed this; it changes nothing. */
    Throwable conflict(String held, Work work) throws Exception {
        return conflict(held, this::inGlobal, work);
    }

    Throwable conflict(String held, Transaction transaction, Work work) throws Exception {
        return template.execute(() -> {
            execute(held);
            Map<String, List<String>> before = contents();
            Throwable raised = template.withPropagation(Propagation.NOT_SUPPORTED)
                    .execute(() -> catchThrowable(() -> transaction.run(work)));
            assertThat(raised).isNotNull();
            assertThat(contents()).isEqualTo(before);
            return raised;
        });
    }

    /** What work in a global transaction raises; it changes nothing. */
    Throwable refusal(Work work) {
        return refusal(this::inGlobal, work);
    }

    Throwable refusal(Transaction transaction, Work work) {
        Map<String, List<String>> before = contents();
        Throwable raised = catchThrowable(() -> transaction.run(work));
        assertThat(raised).isNotNull();
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(contents()).isEqualTo(before));
        return raised;
    }

    void inGlobal(Work work) throws Exception {
        template.executeWithoutResult(work::run);
    }

    /** Executes one statement through dtx, in autocommit mode. */
    void execute(String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** All rows of all tables but undo_log. */
    Map<String, List<String>> contents() {
        Map<String, List<String>> contents = new TreeMap<>();
        try (Connection connection = database.connect()) {
            for (String table : tables(connection)) {
                contents.put(table, rows(connection, "SELECT * FROM " + table));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return contents;
    }

    List<String> rows(String query) {
        try (Connection connection = database.connect()) {
            return rows(connection, query);
        } catch (SQLException e) {
            throw new IllegalStateException(query, e);
        }
    }

    /** Without guard rows, which stay for a while. */
    long undoRows() {
        return Long.parseLong(
                rows("SELECT COUNT(*) FROM undo_log WHERE log_status = 0").get(0));
    }

    private static List<String> tables(Connection connection) throws SQLException {
        List<String> tables = new ArrayList<>();
        try (ResultSet result = connection
                .getMetaData()
                .getTables(
                        connection.getCatalog(), connection.getSchema(), "%", new String[] {"TABLE", "BASE TABLE"})) {
            while (result.next()) {
                String name = result.getString("TABLE_NAME");
                if (!name.equalsIgnoreCase("undo_log")) {
                    tables.add(name);
                }
            }
        }
        return tables;
    }

    /** In an order of their own, so that they compare as sets do. */
    private static List<String> rows(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            List<String> rows = new ArrayList<>();
            while (result.next()) {
                List<@Nullable String> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(result.getString(i));
                }
                rows.add(String.join("|", row.stream().map(String::valueOf).toList()));
            }
            rows.sort(null);
            return rows;
        }
    }

    void close() throws Exception {
        manager.close();
        client.close();
        pool.close();
        for (DataSource other : others) {
            ((AutoCloseable) other).close();
        }
    }
}
