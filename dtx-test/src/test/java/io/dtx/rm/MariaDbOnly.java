package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.Participation;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
import io.dtx.test.SeveralHosts;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ways 7 and 15, as far as only MariaDB (and MySQL) have them. */
abstract class MariaDbOnly extends ResourceContract {

    @Override
    DatabaseServer server() {
        return Databases.mariaDb();
    }

    private DataSource with(String sessionVariables) {
        String url = database.url() + "?sessionVariables=" + sessionVariables;
        return application.manage(
                new Database(database.dialect(), database.name(), url, database.user(), database.password())
                        .dataSource());
    }

    @Test
    @DisplayName("way 7: explicit zero and null for an auto-increment column mean what the session makes of them")
    void way7_zeroAndNullForAnAutoColumn() throws SQLException {
        database.run("CREATE TABLE entry (id BIGINT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(20))");
        DataSource literally = with("sql_mode='NO_AUTO_VALUE_ON_ZERO'");
        Participation participation = application.begin();
        inLocal(participation, literally, connection -> update(connection, "INSERT INTO entry VALUES (0, 'zero')"));
        assertThat(Rows.of(database, "SELECT id, note FROM entry")).containsExactly("0|zero");
        application.commit(participation);

        Participation other = application.begin();
        inLocal(other, dataSource, connection -> {
            update(connection, "DELETE FROM entry WHERE id = 0");
            update(connection, "INSERT INTO entry VALUES (0, 'generated')");
            update(connection, "INSERT INTO entry VALUES (NULL, 'null')");
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO entry VALUES (?, 'null with keys')", Statement.RETURN_GENERATED_KEYS)) {
                insert.setObject(1, null);
                assertThat(insert.executeUpdate()).isEqualTo(1);
                insert.setInt(1, 0);
                assertThat(insert.executeUpdate()).isEqualTo(1);
                insert.setObject(1, 1L << 32, Types.INTEGER);
                assertThat(insert.executeUpdate()).isEqualTo(1);
            }
            return true;
        });
        assertThat(Rows.of(database, "SELECT note FROM entry WHERE id > 0")).hasSize(5);
        rollBackAndAwait(other);
        assertThat(Rows.of(database, "SELECT id, note FROM entry")).containsExactly("0|zero");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sql_mode='NO_AUTO_VALUE_ON_ZERO'"})
    @DisplayName("way 7: an upsert that gives zero for an auto-increment column meets row 0 only where that is a value")
    void way7_zeroInAnUpsert(String variables) throws SQLException {
        database.run("CREATE TABLE entry (id BIGINT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(20) UNIQUE, n INT)");
        try (Connection connection = with("sql_mode='NO_AUTO_VALUE_ON_ZERO'").getConnection()) {
            update(connection, "INSERT INTO entry VALUES (0, 'zero', 0), (1, 'one', 0)");
        }
        List<String> before = Rows.of(database, "SELECT id, code, n FROM entry ORDER BY id");
        DataSource managed = with(variables);
        for (String upsert : List.of(
                "INSERT INTO entry (id, n) VALUES (?, 5) ON DUPLICATE KEY UPDATE n = 6",
                "INSERT INTO entry (id, code, n) VALUES (?, 'one', 5) ON DUPLICATE KEY UPDATE n = 6",
                "REPLACE INTO entry (id, code, n) VALUES (?, 'one', 5)")) {
            for (int type : new int[] {Types.BIGINT, Types.INTEGER}) {
                Participation participation = application.begin();
                inLocal(participation, managed, connection -> {
                    try (PreparedStatement statement = connection.prepareStatement(upsert)) {
                        statement.setObject(1, type == Types.BIGINT ? 0 : 1L << 32, type);
                        return statement.executeUpdate();
                    }
                });
                assertThat(Rows.of(database, "SELECT id, code, n FROM entry ORDER BY id"))
                        .as(upsert)
                        .isNotEqualTo(before);
                rollBackAndAwait(participation);
                assertThat(Rows.of(database, "SELECT id, code, n FROM entry ORDER BY id"))
                        .as(upsert)
                        .isEqualTo(before);
            }
        }
    }

    @Test
    @DisplayName("way 1: an upsert that gives null for a unique column meets no row by that column's default")
    void way1_nullInAnUpsert() throws SQLException {
        database.run(
                "CREATE TABLE entry (id BIGINT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(20) DEFAULT 'x' UNIQUE, n INT)",
                "INSERT INTO entry VALUES (1, 'x', 0)");
        Participation participation = application.begin();
        inLocal(
                participation,
                dataSource,
                connection -> update(
                        connection, "INSERT INTO entry (code, n) VALUES (NULL, 1) ON DUPLICATE KEY UPDATE n = 2"));
        assertThat(Rows.of(database, "SELECT code, n FROM entry ORDER BY id")).containsExactly("x|0", "null|1");
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT code, n FROM entry ORDER BY id")).containsExactly("x|0");
    }

    @Test
    void functionsThatOnlyMariaDbBuildsInAreKnown() throws SQLException {
        database.run("CREATE SEQUENCE numbers", "CREATE TABLE entry (id BIGINT PRIMARY KEY, note VARCHAR(20))");
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet number = statement.executeQuery("SELECT NEXTVAL(numbers)")) {
                assertThat(number.next()).isTrue();
            }
            return update(connection, "INSERT INTO entry VALUES (NEXTVAL(numbers), NVL(NULL, 'none'))");
        });
        assertThat(Rows.of(database, "SELECT * FROM entry")).containsExactly("2|none");
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT * FROM entry")).isEmpty();
    }

    /** As MySQL is: without RETURNING, so that inserted rows are found by their keys. */
    private DataSource withoutReturning(Application on) {
        Faults mysql = new Faults(database.dataSource());
        mysql.asks("SELECT VERSION()", "SELECT '8.4.0'");
        return on.manage(mysql.dataSource());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("way 7, I10: a row to which an accepted trigger gave its key is not taken for the last numbered one")
    void way7_aTriggerGivesTheKey(boolean returning) throws SQLException {
        database.run(
                "CREATE TABLE entry (id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT)",
                "INSERT INTO entry VALUES (7, 7)",
                "CREATE TRIGGER numbering BEFORE INSERT ON entry FOR EACH ROW"
                        + " SET NEW.id = IF(NEW.n > 9, NEW.n, IF(NEW.id = 7, 70, NEW.id))");
        ResourceSettings knowing = Application.SETTINGS.acceptingSideEffectsOf(Set.of("entry"));
        try (Application other = Application.on(coordinator, "knowing", Duration.ofMillis(200), knowing)) {
            DataSource accepted = returning ? other.manage(database) : withoutReturning(other);
            Participation participation = other.begin();
            for (String written : List.of("(n) VALUES (50)", "VALUES (7, 5)")) {
                bound(participation, accepted, connection -> {
                    connection.setAutoCommit(false);
                    assertThat(insertedWithKeys(connection, "(n) VALUES (1)")).isEqualTo(1);
                    if (returning) {
                        assertThat(insertedWithKeys(connection, written)).isEqualTo(1);
                    } else {
                        assertThatThrownBy(() -> insertedWithKeys(connection, written))
                                .hasMessageContaining("left 0 that could be found again");
                        assertState("25000", connection::commit);
                        return true;
                    }
                    connection.commit();
                    return true;
                });
            }
            assertThat(Rows.of(database, "SELECT id FROM entry")).hasSize(returning ? 5 : 1);
            rollBackAndAwait(participation);
        }
        assertThat(Rows.of(database, "SELECT id, n FROM entry")).containsExactly("7|7");
    }

    @Test
    @DisplayName("way 7: where no trigger alters rows before their INSERT, none locks more than its own row")
    void way7_otherTriggersLockNothingMore() throws SQLException {
        database.run(
                "CREATE TABLE entry (id BIGINT PRIMARY KEY, n INT)",
                "CREATE TABLE noted (n INT)",
                "CREATE TRIGGER noting AFTER INSERT ON entry FOR EACH ROW INSERT INTO noted VALUES (NEW.n)");
        ResourceSettings knowing = Application.SETTINGS.acceptingSideEffectsOf(Set.of("entry"));
        try (Application other = Application.on(coordinator, "knowing", Duration.ofMillis(200), knowing)) {
            DataSource accepted = withoutReturning(other);
            Participation first = other.begin();
            Participation second = other.begin();
            bound(first, accepted, connection -> {
                connection.setAutoCommit(false);
                assertThat(insertedWithKeys(connection, "VALUES (101, 1)")).isEqualTo(1);
                bound(second, accepted, another -> {
                    another.setAutoCommit(false);
                    assertThat(insertedWithKeys(another, "VALUES (102, 2)")).isEqualTo(1);
                    another.commit();
                    return true;
                });
                connection.commit();
                return true;
            });
            assertThat(Rows.of(database, "SELECT id FROM entry")).hasSize(2);
            rollBackAndAwait(first);
            rollBackAndAwait(second);
        }
        assertThat(Rows.of(database, "SELECT id FROM entry")).isEmpty();
    }

    private static int insertedWithKeys(Connection connection, String written) throws SQLException {
        try (Statement insert = connection.createStatement()) {
            return insert.executeUpdate("INSERT INTO entry " + written, Statement.RETURN_GENERATED_KEYS);
        }
    }

    @Test
    @DisplayName(
            "way 7, I10: a row whose key equals the given one in another spelling is not taken for the inserted one")
    void way7_aKeyThatIsSpelledOtherwise() throws SQLException {
        database.run("CREATE TABLE coupon (code VARCHAR(9) PRIMARY KEY, n INT)", "INSERT INTO coupon VALUES ('07', 1)");
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO coupon VALUES (?, 2)", Statement.RETURN_GENERATED_KEYS)) {
                insert.setInt(1, 7);
                assertThatThrownBy(insert::executeUpdate).hasMessageContaining("left 2 that could be found again");
            }
            assertState("25000", connection::commit);
            return true;
        });
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT * FROM coupon")).containsExactly("07|1");
    }

    @Test
    @DisplayName(
            "T11: where a lock's timeout rolls back all of a local transaction, what comes after it does not commit")
    void t11_aTimeoutThatRollsBackAllOfIt() throws SQLException {
        Faults faults = new Faults(database.dataSource());
        faults.asks("SELECT CAST(@@innodb_rollback_on_timeout AS SIGNED)", "SELECT 1");
        DataSource rollsBack = application.manage(faults.dataSource());
        Participation participation = application.begin();
        bound(participation, rollsBack, connection -> {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 1 WHERE id = 1");
            faults.before("FOR UPDATE", () -> {
                throw new SQLException("Lock wait timeout exceeded; try restarting transaction", "HY000", 1205);
            });
            assertState("HY000", () -> update(connection, "UPDATE account SET balance = 2 WHERE id = 2"));
            assertState("25000", connection::commit);
            return true;
        });
        rollBackAndAwait(participation);
        assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00");
    }

    /** It is told by RETURNING: LAST_INSERT_ID() is of the columns that the database numbers itself. */
    @Test
    @DisplayName("way 7: a key that a sequence gives by default is not taken for the last generated number")
    void way7_sequencesAsDefaults() throws SQLException {
        database.run(
                "CREATE SEQUENCE numbers START WITH 100",
                "CREATE TABLE other (id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT)",
                "CREATE TABLE entry (id BIGINT DEFAULT NEXT VALUE FOR numbers PRIMARY KEY, note VARCHAR(20))",
                "INSERT INTO entry (id, note) VALUES (1, 'old'), (2, 'old')");
        for (String sql :
                List.of("INSERT INTO entry (note) VALUES (?)", "INSERT INTO entry (id, note) VALUES (DEFAULT, ?)")) {
            for (boolean batch : new boolean[] {false, true}) {
                database.run("TRUNCATE TABLE other");
                Participation participation = application.begin();
                List<Long> keys = inLocal(participation, dataSource, connection -> {
                    update(connection, "INSERT INTO other (n) VALUES (1)");
                    return insertedKeys(connection, sql, batch);
                });
                assertThat(Rows.of(database, "SELECT note FROM entry ORDER BY id"))
                        .containsExactly("old", "old", "new");
                rollBackAndAwait(participation);
                assertThat(Rows.of(database, "SELECT id, note FROM entry ORDER BY id"))
                        .containsExactly("1|old", "2|old");
                try (Connection connection = database.connect()) {
                    assertThat(keys).isEqualTo(insertedKeys(connection, sql, batch));
                }
                database.run("DELETE FROM entry WHERE note = 'new'");
            }
        }
    }

    private static List<Long> insertedKeys(Connection connection, String sql, boolean batch) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
            insert.setString(1, "new");
            if (batch) {
                insert.addBatch();
                insert.executeBatch();
            } else {
                insert.executeUpdate();
            }
            List<Long> keys = new ArrayList<>();
            try (ResultSet generated = insert.getGeneratedKeys()) {
                while (generated.next()) {
                    keys.add(generated.getLong(1));
                }
            }
            return keys;
        }
    }

    @Test
    @DisplayName(
            "way 6: what the database has computed from a TIMESTAMP, and keeps, is not computed anew in another time zone")
    void way6_generatedFromATimestamp() throws SQLException {
        String columns = " (id INT PRIMARY KEY, n INT, at TIMESTAMP NOT NULL, day DATE AS (CAST(at AS DATE)) ";
        List<String> kept = List.of(
                columns + "STORED)",
                columns + "VIRTUAL, KEY (day))",
                columns + "VIRTUAL, month INT AS (MONTH(day)) STORED)",
                columns + "VIRTUAL, late INT AS (day IS NULL) STORED)",
                columns + "VIRTUAL, noted INT AS (at IS NULL OR HOUR(at) > 12) STORED)",
                columns + "VIRTUAL, secs BIGINT AS (UNIX_TIMESTAMP(day)) STORED)",
                columns + "VIRTUAL, known INT AS (n BETWEEN NULL AND at IS NULL) STORED)",
                columns + "VIRTUAL, known INT AS (n = 1 AND (n BETWEEN NULL AND at) IS NULL) STORED)",
                " (id INT PRIMARY KEY, n INT, at DATETIME, day TIMESTAMP AS (at) STORED)",
                " (id INT PRIMARY KEY, n INT, at DATETIME, day INT AS (UNIX_TIMESTAMP(at)) STORED)");
        DataSource west = with("time_zone='-05:30'");
        for (int i = 0; i < kept.size(); i++) {
            String table = "kept" + i;
            database.run("CREATE TABLE " + table + kept.get(i));
            bound(application.begin(), west, connection -> {
                for (String sql : List.of(
                        "INSERT INTO " + table + " (id, n, at) VALUES (2, 2, NOW())",
                        "UPDATE " + table + " SET n = n + 1",
                        "DELETE FROM " + table)) {
                    assertThatThrownBy(() -> update(connection, sql))
                            .as(sql)
                            .isInstanceOfSatisfying(
                                    SQLException.class,
                                    refused -> assertThat(refused.getSQLState()).isEqualTo("0A000"))
                            .hasMessageContaining(table)
                            .hasMessageContaining("TIMESTAMP");
                }
                return true;
            });
        }
    }

    @Test
    @DisplayName("way 6: where nothing is kept of it, or all sessions are at UTC, all is as it was")
    void way6_generatedFromATimestampWhereItDoesNotMatter() throws SQLException {
        String columns = "id INT PRIMARY KEY, n INT, at TIMESTAMP NOT NULL, day DATE AS (CAST(at AS DATE)) ";
        database.run(
                "CREATE TABLE seen (" + columns + "VIRTUAL)",
                "CREATE TABLE utc (" + columns + "STORED)",
                "CREATE TABLE plain (id INT PRIMARY KEY, n INT, at TIMESTAMP NULL, twice INT AS (n * 2) STORED)",
                "CREATE TABLE softly (id INT PRIMARY KEY, n INT, at TIMESTAMP NULL, live TINYINT AS (IF(at IS NULL, 1, NULL)),"
                        + " gone INT AS (n = 1 AND at IS NOT NULL) STORED, none INT AS (ISNULL(at)) STORED,"
                        + " seconds BIGINT AS (UNIX_TIMESTAMP(at)) STORED, UNIQUE (n, live))");
        Map<String, DataSource> tables = Map.of(
                "seen",
                with("time_zone='-05:30'"),
                "plain",
                with("time_zone='-05:30'"),
                "softly",
                with("time_zone='-05:30'"),
                "utc",
                with("time_zone='+00:00'"));
        for (Map.Entry<String, DataSource> each : tables.entrySet()) {
            String table = each.getKey();
            String rows = "SELECT * FROM " + table + " ORDER BY id";
            try (Connection connection = each.getValue().getConnection()) {
                update(
                        connection,
                        "INSERT INTO " + table + " (id, n, at) VALUES (1, 1, '2026-11-22 22:00:00'),"
                                + " (2, 2, '2026-11-22 01:00:00')");
            }
            List<String> before = Rows.of(database, rows);
            Participation participation = application.begin();
            inLocal(participation, each.getValue(), connection -> {
                update(connection, "UPDATE " + table + " SET at = at + INTERVAL 1 DAY, n = 7 WHERE id = 1");
                return update(connection, "DELETE FROM " + table + " WHERE id = 2");
            });
            assertThat(Rows.of(database, rows)).as(table).isNotEqualTo(before);
            rollBackAndAwait(participation);
            assertThat(Rows.of(database, rows)).as(table).isEqualTo(before);
        }
    }

    /** In a join MariaDB finds the zero date by IS NULL, and does not if it is compared with its key, too. */
    @Test
    void aZeroDateInTheKeyIsRefusedInAJoin() throws SQLException {
        DataSource lax = with("sql_mode=''");
        try (Connection connection = lax.getConnection()) {
            update(connection, "CREATE TABLE day (d DATE PRIMARY KEY, a INT)");
            update(connection, "INSERT INTO day VALUES ('0000-00-00', 1), ('2020-01-01', 2)");
        }
        Participation participation = application.begin();
        bound(participation, lax, connection -> {
            for (String sql : List.of(
                    "UPDATE day JOIN account ON account.id = day.a SET day.a = 9 WHERE day.d IS NULL",
                    "DELETE day FROM day JOIN account ON account.id = day.a WHERE day.d IS NULL",
                    "UPDATE day SET a = 9 WHERE d IS NULL AND a IN (SELECT id FROM account)")) {
                assertState("0A000", () -> update(connection, sql));
            }
            return update(connection, "UPDATE day JOIN account ON account.id = day.a SET day.a = 9 WHERE day.a = 2");
        });
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT a FROM day ORDER BY a")).containsExactly("1", "2");
    }

    /** {@code IS NULL} finds zero dates in columns that are NOT NULL. */
    @ParameterizedTest
    @ValueSource(strings = {"''", "'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE'"})
    @DisplayName("zero dates are met by the same statements as without dtx, and come back")
    void zeroDatesAreMetAndComeBack(String mode) throws SQLException {
        DataSource lax = with("sql_mode=''");
        DataSource strict = with("sql_mode=" + mode);
        String rows = "SELECT CAST(d AS CHAR), CAST(n AS CHAR), a FROM day ORDER BY d, n";
        for (String sql : List.of(
                "UPDATE day SET a = a + 1 WHERE d IS NULL",
                "UPDATE day SET a = a + 1 WHERE d IS NULL AND n = '0000-00-00'",
                "UPDATE day SET n = '2026-01-01' WHERE d IS NULL OR a = 3",
                "UPDATE day SET a = 7 WHERE NOT (d IS NULL)",
                "UPDATE day JOIN account ON account.id = day.a SET day.a = 9 WHERE day.n IS NULL AND account.id = 2",
                "DELETE FROM day WHERE d IS NULL",
                "DELETE FROM day WHERE d < '1000-01-01' OR YEAR(n) = 0")) {
            Application.Work<Integer> fill = connection -> {
                update(connection, "DROP TABLE IF EXISTS day");
                update(connection, "CREATE TABLE day (d DATE PRIMARY KEY, n DATETIME NOT NULL, a INT)");
                return update(
                        connection,
                        "INSERT INTO day VALUES ('0000-00-00', '0000-00-00', 1), ('2020-00-00', '0000-00-00', 2),"
                                + " ('2020-01-01', '2020-00-00', 3)");
            };
            try (Connection connection = lax.getConnection()) {
                fill.on(connection);
            }
            List<String> before = Rows.of(database, rows);
            int count;
            try (Connection connection = strict.getConnection()) {
                count = update(connection, sql);
            }
            List<String> after = Rows.of(database, rows);
            try (Connection connection = lax.getConnection()) {
                fill.on(connection);
            }
            Participation participation = application.begin();
            assertThat((int) inLocal(participation, strict, connection -> update(connection, sql)))
                    .as(sql)
                    .isEqualTo(count);
            assertThat(Rows.of(database, rows)).as(sql).isEqualTo(after).isNotEqualTo(before);
            rollBackAndAwait(participation);
            assertThat(Rows.of(database, rows)).as(sql).isEqualTo(before);
        }
    }

    /** A query warns of what a write raises: the image must not hide that the condition fails in a row that it does not choose. */
    @ParameterizedTest
    @ValueSource(strings = {"'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO'", "''"})
    @DisplayName("a condition that fails in a row that it does not choose fails as it does without dtx")
    void aConditionThatFailsElsewhereFailsAsWithoutDtx(String mode) throws SQLException {
        DataSource managed = with("sql_mode=" + mode);
        DataSource plain = new Database(
                        database.dialect(),
                        database.name(),
                        database.url() + "?sessionVariables=sql_mode=" + mode,
                        database.user(),
                        database.password())
                .dataSource();
        database.run("CREATE TABLE item (id INT PRIMARY KEY, code VARCHAR(20), a INT)");
        String rows = "SELECT * FROM item ORDER BY id";
        Application.Work<Integer> fill = connection -> {
            update(connection, "DELETE FROM item");
            return update(connection, "INSERT INTO item VALUES (1, '5', 10), (2, 'five', 0), (3, '6', 2)");
        };
        for (String sql : List.of(
                "UPDATE item SET a = 1 WHERE code = 5",
                "DELETE FROM item WHERE code = 5",
                "UPDATE item SET a = 1 WHERE 10 / a = 5",
                "DELETE FROM item WHERE 10 / a = 1 AND id < 3",
                "UPDATE item SET a = 1 WHERE 10 / a = 1 AND id = 1",
                "UPDATE item SET a = 1 WHERE id = 3 AND code = 6",
                "UPDATE item JOIN account ON account.id = item.code SET item.a = 1",
                "DELETE FROM item WHERE code = 5 RETURNING id")) {
            String expected;
            try (Connection connection = plain.getConnection()) {
                fill.on(connection);
                expected = outcome(connection, sql);
            }
            List<String> after = Rows.of(database, rows);
            try (Connection connection = plain.getConnection()) {
                fill.on(connection);
            }
            Participation participation = application.begin();
            String seen = bound(participation, managed, connection -> outcome(connection, sql));
            assertThat(seen).as(sql).isEqualTo(expected);
            assertThat(Rows.of(database, rows)).as(sql).isEqualTo(after);
            rollBackAndAwait(participation);
        }
    }

    private static String outcome(Connection connection, String sql) {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql) ? "rows" : "count " + statement.getUpdateCount();
        } catch (SQLException e) {
            return "error " + e.getErrorCode() + " " + e.getSQLState();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ON", "OFF"})
    @DisplayName("way 15: a row that changed since the snapshot is imaged as it is now, or ends the local transaction")
    void way15_snapshotIsolation(String snapshotIsolation) throws SQLException {
        DataSource repeatable = with("innodb_snapshot_isolation=" + snapshotIsolation);
        Participation participation = application.begin();
        bound(participation, repeatable, connection -> {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setAutoCommit(false);
            try (Statement read = connection.createStatement()) {
                read.executeQuery("SELECT SUM(balance) FROM account").close();
            }
            update(connection, "UPDATE account SET balance = 1 WHERE id = 2");
            database.run("UPDATE account SET balance = 55 WHERE id = 1");
            if (snapshotIsolation.equals("OFF")) {
                assertThat(update(connection, "UPDATE account SET balance = balance + 1 WHERE id = 1"))
                        .isEqualTo(1);
                connection.commit();
                assertThat(balance(1)).isEqualTo("56.00");
            } else {
                assertThatThrownBy(() -> update(connection, "UPDATE account SET balance = balance + 1 WHERE id = 1"))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                changed -> assertThat(changed.getErrorCode()).isEqualTo(1020));
                assertState("25000", connection::commit);
            }
            return true;
        });
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(List.of("1|Ann|55.00", "2|Bob|50.00", "3|null|0.00"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ON", "OFF"})
    @DisplayName("way 15: a restore goes through under either setting")
    void way15_restoreUnderEitherSetting(String snapshotIsolation) throws SQLException {
        DataSource either = with("innodb_snapshot_isolation=" + snapshotIsolation);
        Participation participation = application.begin();
        inLocal(participation, either, connection -> {
            update(connection, "DELETE FROM account WHERE id = 2");
            return update(connection, "UPDATE account SET balance = balance * 2 WHERE id = 1");
        });
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(List.of("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00"));
    }

    /** {@code SELECT .. FOR UPDATE} reads within its subqueries what the read view shows; a statement that writes, what is there. */
    @Test
    @DisplayName("way 2: under REPEATABLE READ subqueries choose by what is there now, as without dtx")
    void way2_aSubqueryChoosesByWhatIsThereNow() throws SQLException {
        database.run(
                "CREATE TABLE vip (id BIGINT PRIMARY KEY, since INT)",
                "CREATE VIEW trusted AS SELECT id FROM vip WHERE since < 9",
                "CREATE VIEW consumed AS SELECT id, id AS `offset` FROM vip");
        String rows = "SELECT id, balance FROM account ORDER BY id";
        for (String sql : List.of(
                "UPDATE account SET balance = balance + 100 WHERE id IN (SELECT id FROM vip)",
                "UPDATE account SET balance = 7 WHERE NOT EXISTS (SELECT 1 FROM vip WHERE vip.id = account.id)",
                "UPDATE account a JOIN (SELECT id, COUNT(*) n FROM vip GROUP BY id) d ON d.id = a.id SET a.balance = 7",
                "UPDATE account SET balance = 7 WHERE id IN (WITH v AS (SELECT id FROM vip) SELECT v.id FROM v -- all\n)",
                "UPDATE account SET balance = 7 WHERE id IN (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                        + " WHERE i < 2) SELECT i FROM n JOIN vip ON vip.id = i)",
                "UPDATE account a JOIN (SELECT id FROM vip WHERE id > 99 UNION ALL SELECT id FROM vip ORDER BY id LIMIT 5) d"
                        + " ON d.id = a.id SET a.balance = 7",
                "UPDATE account SET balance = 7 WHERE id IN ((SELECT id FROM vip) EXCEPT SELECT id FROM vip WHERE since = 9)",
                "UPDATE account SET balance = 7 WHERE id IN (SELECT c.offset FROM consumed c UNION SELECT 99)",
                "UPDATE account SET balance = 7 WHERE id IN (SELECT c.id FROM consumed c WHERE c.offset < 5 UNION SELECT id"
                        + " FROM vip WHERE id > 99)",
                "UPDATE account SET balance = 7 WHERE id IN (SELECT id FROM trusted)",
                "UPDATE account SET balance = 7 WHERE id IN (SELECT v.id FROM (SELECT id FROM vip ORDER BY id LIMIT 1) v)",
                "UPDATE account SET balance = 7 ORDER BY (SELECT COUNT(*) FROM vip WHERE vip.id = account.id) DESC LIMIT 1",
                "INSERT INTO account VALUES ((SELECT MAX(id) FROM vip), 'new', 0) ON DUPLICATE KEY UPDATE balance = 7",
                "DELETE FROM account WHERE id IN (SELECT id FROM vip)",
                "DELETE FROM account WHERE (SELECT MAX(id) FROM vip) = id RETURNING id",
                "DELETE account FROM account JOIN (SELECT DISTINCT id FROM vip) d ON d.id = account.id")) {
            List<String> before = Rows.of(database, rows);
            int count;
            database.run("DELETE FROM vip", "INSERT INTO vip VALUES (2, 0)");
            try (Connection connection = database.connect()) {
                connection.setAutoCommit(false);
                count = byWhatOthersWrote(connection, sql);
                connection.commit();
            }
            List<String> expected = Rows.of(database, rows);
            assertThat(expected).as(sql).isNotEqualTo(before);
            database.run(
                    "DELETE FROM vip",
                    "INSERT INTO vip VALUES (2, 0)",
                    "REPLACE INTO account VALUES (1, 'Ann', 100.00), (2, 'Bob', 50.00), (3, NULL, 0.00)");
            Participation participation = application.begin();
            assertThat((int) inLocal(participation, dataSource, connection -> byWhatOthersWrote(connection, sql)))
                    .as(sql)
                    .isEqualTo(count);
            assertThat(Rows.of(database, rows)).as(sql).isEqualTo(expected);
            rollBackAndAwait(participation);
            assertThat(Rows.of(database, rows)).as(sql).isEqualTo(before);
        }
    }

    /** A statement after a read view was opened, and another local transaction has been committed since. */
    private int byWhatOthersWrote(Connection connection, String sql) throws SQLException {
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        try (Statement statement = connection.createStatement()) {
            statement.executeQuery("SELECT COUNT(*) FROM vip").close();
            database.run("DELETE FROM vip", "INSERT INTO vip VALUES (1, 1)");
            if (!statement.execute(sql)) {
                return statement.getUpdateCount();
            }
            int count = 0;
            try (ResultSet returned = statement.getResultSet()) {
                while (returned.next()) {
                    count++;
                }
            }
            return count;
        }
    }

    @Test
    @DisplayName("way 2: under READ COMMITTED the subqueries of an UPDATE wait for nobody, as without dtx")
    void way2_aSubqueryLocksNothingUnderReadCommitted() throws SQLException {
        database.run("CREATE TABLE vip (id BIGINT PRIMARY KEY, since INT)", "INSERT INTO vip VALUES (1, 0)");
        DataSource impatient = with("innodb_lock_wait_timeout=1");
        Participation participation = application.begin();
        try (Connection other = database.connect()) {
            other.setAutoCommit(false);
            update(other, "UPDATE vip SET since = 1");
            bound(participation, impatient, connection -> {
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
                connection.setAutoCommit(false);
                assertThat(update(connection, "UPDATE account SET balance = 7 WHERE id IN (SELECT id FROM vip)"))
                        .isEqualTo(1);
                connection.commit();
                return true;
            });
            other.rollback();
        }
        rollBackAndAwait(participation);
        assertThat(balance(1)).isEqualTo("100.00");
    }

    /** As without dtx: InnoDB reads with locks there, other than for an UPDATE. */
    @Test
    @DisplayName("way 2: under READ COMMITTED, a DELETE and a joined UPDATE wait for what their subqueries read")
    void way2_whatADeleteReadsIsAwaitedUnderReadCommitted() throws Exception {
        for (String sql : List.of(
                "DELETE FROM account WHERE id IN (SELECT id FROM vip WHERE since = 0)",
                "UPDATE account a JOIN (SELECT DISTINCT id FROM vip WHERE since = 0) d ON d.id = a.id SET a.balance = 7")) {
            database.run(
                    "CREATE OR REPLACE TABLE vip (id BIGINT PRIMARY KEY, since INT)", "INSERT INTO vip VALUES (1, 0)");
            Participation participation = application.begin();
            CompletableFuture<Integer> count = new CompletableFuture<>();
            try (Connection other = database.connect()) {
                other.setAutoCommit(false);
                update(other, "UPDATE vip SET since = 1");
                new Thread(() -> {
                            try {
                                count.complete(inLocal(participation, dataSource, connection -> {
                                    connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
                                    return update(connection, sql);
                                }));
                            } catch (SQLException | RuntimeException e) {
                                count.completeExceptionally(e);
                            }
                        })
                        .start();
                assertThat(count).as(sql).failsWithin(Duration.ofMillis(300));
                other.commit();
            }
            assertThat(count).as(sql).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(0);
            rollBackAndAwait(participation);
        }
        assertThat(balance(1)).isEqualTo("100.00");
    }

    /** The description of the table that is kept does not know the column, and {@code *} does not show it. */
    @Test
    @DisplayName("way 1: an INSERT IGNORE is refused before it runs, or its rows are in the undo log")
    void way1_insertIgnoreWithAColumnThatIsNotKnownYet() throws SQLException {
        database.run("CREATE TABLE entry (id INT PRIMARY KEY, a INT)", "INSERT INTO entry VALUES (1, 1)");
        Participation known = application.begin();
        inLocal(known, dataSource, connection -> update(connection, "UPDATE entry SET a = 2"));
        rollBackAndAwait(known);
        database.run("ALTER TABLE entry ADD COLUMN hidden INT DEFAULT 0 INVISIBLE");
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            try {
                return update(connection, "INSERT IGNORE INTO entry (id, hidden) VALUES (1, 1), (2, 1)");
            } catch (SQLException refused) {
                return 0; // and goes on, as an application may
            }
        });
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT id, a, hidden FROM entry")).containsExactly("1|1|0");
    }

    /** It cuts queries that have no limit of their own, as those for the images, and no statement that writes. */
    @ParameterizedTest
    @ValueSource(ints = {5, 20})
    @DisplayName("way 2: a session's sql_select_limit leaves no row out of a statement, or of its restore")
    void way2_sqlSelectLimit(int limit) throws SQLException {
        String all = "SELECT id, u, a FROM entry ORDER BY id";
        database.run("CREATE TABLE entry (id INT PRIMARY KEY, u INT UNIQUE, a INT)", insertOfThirty(1));
        List<String> before = Rows.of(database, all);
        DataSource limited = with("sql_select_limit=" + limit);
        for (String sql : List.of(
                "UPDATE entry SET a = a + 1",
                "UPDATE entry SET a = a + 1 WHERE id < 100 -- all of them",
                "UPDATE entry SET a = a * 2, u = u + 100 WHERE id <= 30",
                "UPDATE entry JOIN account ON account.id = entry.a SET entry.a = 5",
                "DELETE FROM entry",
                "DELETE FROM entry WHERE id > 2 ORDER BY id LIMIT 25",
                insertOfThirty(101),
                insertOfThirty(1) + " ON DUPLICATE KEY UPDATE a = a + 1")) {
            Participation participation = application.begin();
            int count = inLocal(participation, limited, connection -> update(connection, sql));
            assertThat(count).as(sql).isGreaterThanOrEqualTo(25);
            if (!sql.contains("LIMIT") && !sql.endsWith(")")) {
                assertThat(Rows.of(database, all)).as(sql).doesNotContainAnyElementsOf(before);
            }
            rollBackAndAwait(participation);
            assertThat(Rows.of(database, all)).as(sql).isEqualTo(before);
        }
        Participation participation = application.begin();
        inLocal(participation, limited, connection -> {
            try (PreparedStatement delete = connection.prepareStatement("DELETE FROM entry WHERE id = ?");
                    PreparedStatement insert = connection.prepareStatement(
                            "INSERT INTO entry VALUES (?, ?, 3)", Statement.RETURN_GENERATED_KEYS)) {
                for (int i = 1; i <= 30; i++) {
                    delete.setInt(1, i);
                    delete.addBatch();
                    insert.setInt(1, i);
                    insert.setInt(2, 100 + i);
                    insert.addBatch();
                }
                delete.executeBatch();
                insert.executeBatch();
            }
            assertThat(locked(connection, "SELECT id FROM entry ORDER BY id FOR UPDATE"))
                    .hasSize(limit);
            assertThat(locked(connection, "SELECT id FROM entry ORDER BY id LIMIT 25 FOR UPDATE"))
                    .hasSize(25);
            connection
                    .prepareStatement(insertOfThirty(201), Statement.RETURN_GENERATED_KEYS)
                    .executeUpdate();
            return update(connection, "DELETE FROM entry WHERE id > 10");
        });
        assertThat(Rows.of(database, all)).hasSize(10);
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, all)).isEqualTo(before);
    }

    /** At REPEATABLE READ what a statement looks at is locked, and to seek half of a table's rows the optimizer would look at all. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rowsThatNobodyHasAskedForAreNotLocked(boolean batch) throws SQLException {
        database.run(
                "CREATE TABLE line (id INT PRIMARY KEY, order_id INT, note VARCHAR(80), INDEX by_order (order_id))",
                "INSERT INTO line SELECT seq, seq % 2, 'x' FROM seq_1_to_200");
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            if (batch) {
                try (PreparedStatement update = connection.prepareStatement("UPDATE line SET note = ? WHERE id = ?")) {
                    for (int id = 2; id <= 200; id += 2) {
                        update.setString(1, "y");
                        update.setInt(2, id);
                        update.addBatch();
                    }
                    update.executeBatch();
                }
            } else {
                assertThat(locked(connection, "SELECT id, note FROM line AS x WHERE order_id = 0 FOR UPDATE"))
                        .hasSize(100);
            }
            try (Connection other = database.connect()) {
                other.setAutoCommit(false);
                return locked(other, "SELECT id FROM line FORCE INDEX (by_order) WHERE order_id = 1 FOR UPDATE NOWAIT");
            }
        });
        application.rollBack(participation);
    }

    /** Nor are those that an upsert does not give, by whichever unique key it seeks what it may meet. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO line VALUES %s ON DUPLICATE KEY UPDATE note = 'y'",
                "INSERT INTO line (id, note) VALUES %s ON DUPLICATE KEY UPDATE note = 'y'"
            })
    void rowsThatAnUpsertDoesNotGiveAreNotLocked(String upsert) throws SQLException {
        database.run(
                "CREATE TABLE line (id INT PRIMARY KEY, code INT, order_id INT, note VARCHAR(80), UNIQUE `by ``code` (code),"
                        + " INDEX by_order (order_id))",
                "INSERT INTO line SELECT seq, seq, seq % 2, 'x' FROM seq_1_to_80");
        boolean byKeyAlone = upsert.contains("(id, note)");
        String rows = IntStream.rangeClosed(1, 40)
                .mapToObj(i -> byKeyAlone ? "(" + 2 * i + ", 'n')" : "(" + 2 * i + ", " + 2 * i + ", 0, 'n')")
                .collect(Collectors.joining(", "));
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            assertThat(update(connection, upsert.formatted(rows))).isEqualTo(80);
            try (Connection other = database.connect()) {
                other.setAutoCommit(false);
                return locked(other, "SELECT id FROM line FORCE INDEX (by_order) WHERE order_id = 1 FOR UPDATE NOWAIT");
            }
        });
        application.rollBack(participation);
    }

    @Test
    void aUniqueIndexThatTheOptimizerIsNotToSeeIsDoneWithout() throws SQLException {
        database.run(
                "CREATE TABLE line (id INT PRIMARY KEY, code INT, UNIQUE by_code (code))",
                "INSERT INTO line VALUES (1, 1), (2, 2)");
        Participation participation = application.begin();
        String upsert = "INSERT INTO line (id, code) VALUES (9, 2) ON DUPLICATE KEY UPDATE code = 7";
        inLocal(participation, dataSource, connection -> update(connection, "UPDATE line SET code = 3 WHERE id = 1"));
        database.run("ALTER TABLE line RENAME INDEX by_code TO another");
        inLocal(participation, dataSource, connection -> update(connection, upsert));
        database.run("ALTER TABLE line ALTER INDEX another IGNORED");
        inLocal(participation, dataSource, connection -> update(connection, upsert.replace("2)", "7)")));
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT * FROM line ORDER BY id")).containsExactly("1|1", "2|2");
    }

    private static List<Integer> locked(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<Integer> ids = new ArrayList<>();
            while (rows.next()) {
                ids.add(rows.getInt(1));
            }
            return ids;
        }
    }

    @Test
    @DisplayName(
            "I4: a table that one user is not shown fails his restore, and stalls nothing: another user's goes through")
    void i4_aTableThatOneUserIsNotShownIsNoMatterOfTheTable() throws SQLException {
        String user = database.name().replace("test_", "u");
        database.run(
                "CREATE USER " + user + "@'127.0.0.1' IDENTIFIED BY 'pw'",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON " + database.name() + ".undo_log TO " + user + "@'127.0.0.1'");
        try {
            Participation participation = application.begin();
            debit(participation, 10);
            DataSource blind =
                    new Database(database.dialect(), database.name(), database.url(), user, "pw").dataSource();
            RestoreReport hidden = restoreThrough(blind, participation);
            assertThat(hidden.result()).isEqualTo(RestoreReport.Result.FAILED);
            assertThat(hidden.detail()).contains(user + "@127.0.0.1 is shown no table account", "rights of that user");

            database.run("RENAME TABLE account TO gone");
            assertThat(restoreThrough(blind, participation).result()).isEqualTo(RestoreReport.Result.FAILED);
            RestoreReport gone = restoreThrough(database.dataSource(), participation);
            assertThat(gone.result()).as("who would be shown it knows").isEqualTo(RestoreReport.Result.DIRTY);
            assertThat(gone.detail()).contains("there is no table account");

            database.run("RENAME TABLE gone TO account");
            rollBackAndAwait(participation);
        } finally {
            database.run("DROP USER " + user + "@'127.0.0.1'");
        }
        assertThat(balance(1)).isEqualTo("100.00");
    }

    private static String insertOfThirty(int first) {
        return IntStream.range(first, first + 30)
                .mapToObj(i -> "(" + i + ", " + i + ", 1)")
                .collect(Collectors.joining(", ", "INSERT INTO entry VALUES ", ""));
    }

    @Test
    @DisplayName("who may not see triggers is refused, and needs no more rights than reading, writing and seeing them")
    void t15_aUserWhoIsNotShownTriggers() throws SQLException {
        String user = database.name().replace("test_", "u") + "@'127.0.0.1'";
        database.run(
                "CREATE TABLE transfer (id INT PRIMARY KEY)",
                "CREATE TRIGGER booking AFTER INSERT ON transfer FOR EACH ROW UPDATE account SET balance = 0 WHERE id = 1",
                "CREATE USER " + user + " IDENTIFIED BY 'pw'",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON " + database.name() + ".* TO " + user);
        try {
            DataSource least = application.manage(
                    new Database(database.dialect(), database.name(), database.url(), user.split("@", -1)[0], "pw")
                            .dataSource());
            Participation participation = application.begin();
            String credit = "UPDATE account SET balance = balance + 1 WHERE id = 2";
            bound(participation, least, connection -> {
                for (String sql : List.of("INSERT INTO transfer VALUES (1)", credit)) {
                    assertThatThrownBy(() -> update(connection, sql))
                            .isInstanceOfSatisfying(
                                    SQLException.class,
                                    refused -> assertThat(refused.getSQLState()).isEqualTo("0A000"))
                            .hasMessageContaining("may have triggers")
                            .hasMessageContaining("GRANT TRIGGER ON");
                }
                return true;
            });
            database.run("GRANT TRIGGER ON " + database.name() + ".* TO " + user);
            bound(participation, least, connection -> {
                assertThatThrownBy(() -> update(connection, "INSERT INTO transfer VALUES (1)"))
                        .hasMessageContaining("the trigger booking");
                return update(connection, credit);
            });
            assertThat(balance(2)).isEqualTo("51.00");
            rollBackAndAwait(participation);
        } finally {
            database.run("DROP USER " + user);
        }
        assertThat(accounts()).isEqualTo(List.of("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00"));
    }

    /**
     * With several hosts in its URL, MariaDB's driver replaces a connection that was cut, below the application's, and says once
     * that the transaction was lost: what goes on after that is another one.
     */
    @ParameterizedTest
    @ValueSource(strings = {"update", "select", "savepoint", "isValid"})
    @DisplayName(
            "way 11: a local transaction that the driver has lost is not committed in the session that took its place")
    void way11_aSessionThatTheDriverReplaced(String noticedBy) throws SQLException {
        DataSource several = application.manage(SeveralHosts.of(database, ""));
        Participation participation = application.begin();
        String credit = "UPDATE account SET balance = balance + 10 WHERE id = 2";
        bound(participation, several, connection -> {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = balance - 10 WHERE id = 1");
            List<PreparedStatement> prepared = SeveralHosts.prepared(connection);
            SeveralHosts.cut(database, prepared);
            if (noticedBy.equals("isValid")) {
                assertThat(connection.isValid(5)).isFalse();
            } else {
                assertThatThrownBy(() -> {
                            switch (noticedBy) {
                                case "update" -> update(connection, credit);
                                case "select" -> prepared.get(1).executeQuery();
                                default -> connection.setSavepoint();
                            }
                        })
                        .isInstanceOf(SQLException.class);
            }
            assertState("25000", () -> update(connection, credit));
            assertState("25000", connection::commit);
            return true;
        });
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(List.of("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00"));
    }

    /** Where it closes prepared statements, or plays the local transaction again, it does not even say so. */
    @ParameterizedTest
    @ValueSource(strings = {SeveralHosts.PREPARING, "transactionReplay=true"})
    @DisplayName("way 11: a session that was replaced without a word is noticed before the commit")
    void way11_aSessionThatTheDriverReplacedWithoutAWord(String option) throws SQLException {
        DataSource several = application.manage(SeveralHosts.of(database, option));
        Participation participation = application.begin();
        bound(participation, several, connection -> {
            connection.setAutoCommit(false);
            List<PreparedStatement> prepared = SeveralHosts.prepared(connection);
            update(connection, "UPDATE account SET balance = balance - 10 WHERE id = 1");
            SeveralHosts.lose(database, prepared);
            assertThat(update(connection, "UPDATE account SET balance = balance + 10 WHERE id = 2"))
                    .isEqualTo(1);
            assertState("25000", connection::commit);
            return true;
        });
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(List.of("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00"));
    }

    /** What the driver writes then is not the row that the number names. */
    @Test
    @DisplayName("way 8: a key that the driver narrows to the type it is told is not taken for the row's key")
    void way8_aKeyThatTheDriverNarrows() throws SQLException {
        database.run("INSERT INTO account SELECT id + 4294967296, 'other', 7 FROM account"); // 2^32
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("UPDATE account SET balance = balance - 1 WHERE id = ?")) {
                for (int i = 0; i < 3; i++) {
                    statement.setObject(1, (1L << 32) + 1 + i, Types.INTEGER);
                    statement.addBatch();
                }
                return statement.executeBatch();
            }
        });
        assertThat(accounts()).startsWith("1|Ann|99.00", "2|Bob|49.00", "3|null|-1.00");
        rollBackAndAwait(participation);
        assertThat(accounts()).startsWith("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00");
    }

    /** After each of them the rows of all that were left were locked anew. */
    @Test
    @DisplayName(
            "way 8: a batch whose keys are spelled in another way than they are stored takes few statements for each")
    void way8_aBatchOfKeysThatAreSpelledOtherwise() throws SQLException {
        int rows = 64;
        List<String> stored =
                IntStream.range(0, rows).mapToObj(i -> "('k" + i + "', 0)").toList();
        database.run(
                "CREATE TABLE coupon (code VARCHAR(20) PRIMARY KEY, n INT)",
                "INSERT INTO coupon VALUES " + String.join(", ", stored));
        Counting counting = new Counting(database.dataSource());
        DataSource counted = application.manage(counting.dataSource());
        Participation participation = application.begin();
        inLocal(participation, counted, connection -> {
            String sql = "UPDATE coupon SET n = n + 1 WHERE code = ?";
            update(connection, sql, "k0");
            counting.executions();
            update(connection, sql, "K0");
            int one = counting.executions();
            try (PreparedStatement update = connection.prepareStatement(sql)) {
                for (int i = 0; i < rows; i++) {
                    update.setString(1, "K" + i);
                    update.addBatch();
                }
                assertThat(update.executeBatch()).containsOnly(1);
            }
            assertThat(counting.executions()).isLessThan(rows * one + rows / 4);
            return true;
        });
        assertThat(Rows.of(database, "SELECT SUM(n) FROM coupon")).containsExactly("" + (rows + 2));
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT SUM(n) FROM coupon")).containsExactly("0");
    }
}
