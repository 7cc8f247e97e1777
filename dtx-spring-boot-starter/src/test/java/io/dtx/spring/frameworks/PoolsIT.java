package io.dtx.spring.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alibaba.druid.filter.stat.StatFilter;
import com.alibaba.druid.pool.DruidDataSource;
import com.alibaba.druid.wall.WallFilter;
import com.zaxxer.hikari.HikariDataSource;
import io.dtx.error.DtxException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What pools do on their own behalf, beside global transactions: validation, leak detection, eviction, filters. */
@ExtendWith(OutputCaptureExtension.class)
class PoolsIT extends FrameworkContract {

    /** Refused inside a global transaction, if it were the application's. */
    private String probe() {
        return switch (base) {
            case MARIADB -> "SELECT RELEASE_LOCK('probe')";
            case POSTGRESQL -> "SELECT set_config('dtx.probe', 'x', false)";
            case H2 -> "CALL 1";
        };
    }

    @Override
    void prepare() {
        ground.database()
                .run(
                        "CREATE TABLE account (id BIGINT PRIMARY KEY, balance INT NOT NULL)",
                        "CREATE TABLE entry (id " + base.autoKey() + ", note VARCHAR(40))");
    }

    @BeforeEach
    void fill() {
        ground.database()
                .run(
                        "DELETE FROM entry",
                        "DELETE FROM account",
                        "INSERT INTO account VALUES (1, 100), (2, 200)",
                        "INSERT INTO entry (note) VALUES ('old')");
    }

    /** Everything that a filter might dislike, in two local transactions and in autocommit mode. */
    private static void work(DataSource pool) throws SQLException {
        for (int i = 0; i < 2; i++) {
            try (Connection connection = pool.getConnection()) {
                connection.setAutoCommit(false);
                execute(connection, "UPDATE account SET balance = balance - 1 WHERE id >= ?", 1);
                execute(connection, "INSERT INTO entry (note) VALUES (?), ('b')", "a");
                execute(connection, "DELETE FROM entry WHERE note = ?", "old");
                try (PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO entry (note) VALUES (?)", Statement.RETURN_GENERATED_KEYS)) {
                    insert.setString(1, "c");
                    insert.addBatch();
                    insert.setString(1, "d");
                    insert.addBatch();
                    assertThat(insert.executeBatch()).containsExactly(1, 1);
                }
                connection.commit();
            }
        }
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(statement
                            .executeQuery("SELECT * FROM account WHERE id = 1 FOR UPDATE")
                            .next())
                    .isTrue();
            statement.executeUpdate("DELETE FROM account WHERE balance > 150 OR id = 2");
        }
    }

    private static void execute(Connection connection, String sql, Object parameter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, parameter);
            statement.executeUpdate();
        }
    }

    @Test
    void hikarisOwnStatementsAreNeitherCapturedNorRefused() throws Exception {
        HikariDataSource pool = ground.newPool();
        pool.setConnectionTestQuery(probe());
        pool.setConnectionInitSql(probe());
        pool.setMaximumPoolSize(2);
        worksOn(ground.manage(pool));
        sessionsAreKnownAgain(pool);
    }

    @Test
    void druidsValidationAndItsFiltersLetEverythingThrough() throws Exception {
        DruidDataSource pool = druid();
        pool.setValidationQuery(probe());
        pool.setTestOnBorrow(true);
        pool.setTestOnReturn(true);
        pool.setRemoveAbandoned(true);
        WallFilter wall = new WallFilter(); // knows none of dtx's statements: it may report them, but not refuse them
        wall.setThrowException(false);
        wall.setLogViolation(false);
        pool.setProxyFilters(List.of(new StatFilter(), wall));
        pool.setPoolPreparedStatements(true);
        worksOn(ground.manage(pool));
        assertThat(pool.getRemoveAbandonedCount()).isZero();
        sessionsAreKnownAgain(pool);
    }

    @Test
    void dbcpsValidationIsNeitherCapturedNorRefused() throws Exception {
        BasicDataSource pool = new BasicDataSource();
        pool.setUrl(ground.database().url());
        pool.setUsername(ground.database().user());
        pool.setPassword(ground.database().password());
        pool.setMaxTotal(2);
        pool.setValidationQuery(probe());
        pool.setTestOnBorrow(true);
        pool.setTestOnReturn(true);
        pool.setPoolPreparedStatements(true);
        worksOn(ground.manage(pool));
    }

    /**
     * Below the pool's wrappers, which are new each time: else each undo insert would have to look at the resource row, as it
     * does with DBCP, which shows what is below its wrapper only to whoever names the driver's class.
     */
    private void sessionsAreKnownAgain(DataSource pool) throws SQLException {
        if (base != Base.MARIADB) {
            return;
        }
        try (Connection one = pool.getConnection();
                Connection two = pool.getConnection()) {
            assertThat(List.of(isKnown(one), isKnown(two))).contains(true);
        }
    }

    private static boolean isKnown(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT @dtx_undo_log_of_resource IS NOT NULL")) {
            return result.next() && result.getBoolean(1);
        }
    }

    private void worksOn(DataSource managed) throws Exception {
        ground.isUndone(() -> work(managed));
        ground.isKept(() -> work(managed));
    }

    private DruidDataSource druid() {
        DruidDataSource pool = new DruidDataSource();
        pool.setUrl(ground.database().url());
        pool.setUsername(ground.database().user());
        pool.setPassword(ground.database().password());
        pool.setMaxActive(3);
        pool.setMaxWait(10_000);
        return pool;
    }

    /** A pool takes SQLStates 08 and 0A000, from its driver, for a broken connection. What dtx raises does not pass it. */
    @Test
    void whatDtxRefusesCostsThePoolNoConnection() throws Exception {
        HikariDataSource pool = ground.newPool();
        pool.setMaximumPoolSize(1);
        DataSource managed = ground.manage(pool);
        Connection physical = physical(pool);
        assertThat(ground.refusal(() -> {
                    try (Connection connection = managed.getConnection();
                            Statement statement = connection.createStatement()) {
                        statement.executeUpdate("TRUNCATE TABLE entry");
                    }
                }))
                .isInstanceOf(SQLFeatureNotSupportedException.class);
        assertThat(ground.conflict("UPDATE account SET balance = 0 WHERE id = 1", () -> work(managed)))
                .isInstanceOf(SQLTransactionRollbackException.class);
        assertThat(physical(pool)).isSameAs(physical);
    }

    private static Connection physical(HikariDataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return connection.unwrap(Connection.class);
        }
    }

    @Test
    void aLeakIsReportedOnceWithTheStackOfTheApplication(CapturedOutput output) {
        HikariDataSource pool = ground.newPool();
        pool.setLeakDetectionThreshold(2000); // Hikari's least
        DataSource managed = ground.manage(pool);
        ground.isUndone(() -> {
            work(managed);
            leak(managed, output);
        });
        assertThat(output.toString().split("PoolsIT\\.leak\\(", -1))
                .as("its frame, in one report")
                .hasSize(2);
        assertThat(output).contains("was returned to the pool (unleaked)");
    }

    private static void leak(DataSource managed, CapturedOutput output) throws SQLException {
        try (Connection connection = managed.getConnection()) {
            execute(connection, "UPDATE account SET balance = balance + ? WHERE id = 1", 1);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> output.toString().contains("PoolsIT.leak("));
        }
    }

    /** The pool takes it away from under the application, and the database rolls the work back: nothing of the rest may stay. */
    @Test
    void aConnectionThatDruidTakesAwayInTheMiddleRollsTheGlobalTransactionBack() {
        List<String> before = ground.rows("SELECT * FROM account");
        DruidDataSource pool = druid();
        pool.setRemoveAbandoned(true);
        pool.setRemoveAbandonedTimeoutMillis(1);
        pool.setTimeBetweenEvictionRunsMillis(3_600_000); // only when the test says so
        DataSource managed = ground.manage(pool);
        assertThatThrownBy(() -> ground.inGlobal(() -> {
                    ground.execute("UPDATE account SET balance = 1 WHERE id = 1");
                    Connection connection = managed.getConnection();
                    connection.setAutoCommit(false);
                    execute(connection, "UPDATE account SET balance = ? WHERE id = 2", 2);
                    Awaitility.await().until(() -> pool.removeAbandoned() > 0);
                    assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
                }))
                .isInstanceOf(DtxException.class);
        Awaitility.await().untilAsserted(() -> {
            assertThat(ground.rows("SELECT * FROM account")).isEqualTo(before);
            assertThat(ground.undoRows()).isZero();
        });
    }
}
