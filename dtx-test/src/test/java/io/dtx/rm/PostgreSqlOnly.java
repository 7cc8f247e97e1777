package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.CurrentTransaction.Scope;
import io.dtx.context.Participation;
import io.dtx.model.TransactionStatus;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ways to lose data that only PostgreSQL has. */
abstract class PostgreSqlOnly extends ResourceContract {

    private static final String NOT_LOCKED = "ERROR: could not obtain lock on row in relation \"orders\"";

    @Override
    DatabaseServer server() {
        return Databases.postgreSql();
    }

    private void run(Participation participation, String... statements) throws SQLException {
        inLocal(participation, dataSource, connection -> {
            for (String sql : statements) {
                update(connection, sql);
            }
            return true;
        });
    }

    /** PostgreSQL folds an unquoted name's ASCII letters alone: it is grÖsse. */
    @Test
    @DisplayName("way 1: an upsert whose columns have capitals beyond ASCII runs once, and goes back")
    void way1_namesWithCapitalsBeyondAscii() throws SQLException {
        database.run(
                "CREATE TABLE GRÖSSEN (id INT PRIMARY KEY, n INT, GRÖSSE INT)",
                "INSERT INTO GRÖSSEN VALUES (1, 0, 0), (2, 9, 0)");
        String all = "SELECT id, n, \"grÖsse\" FROM \"grÖssen\" ORDER BY id";
        List<String> before = Rows.of(database, all);
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            String upsert =
                    "INSERT INTO GRÖSSEN AS g (id, GRÖSSE, n) VALUES (1, 0, 0), (2, 0, 0) ON CONFLICT (id) DO UPDATE"
                            + " SET n = g.n + 1 WHERE g.n < 9";
            assertThat(update(connection, upsert)).isEqualTo(1);
            String fresh = "INSERT INTO GRÖSSEN (id, GRÖSSE) VALUES (1, 0), (3, 0) ON CONFLICT DO NOTHING";
            assertThat(update(connection, fresh)).isEqualTo(1);
            return update(connection, "UPDATE GRÖSSEN SET GRÖSSE = 5 WHERE id = 2");
        });
        assertThat(Rows.of(database, all)).containsExactly("1|1|0", "2|9|5", "3|null|0");
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, all)).isEqualTo(before);
    }

    // ---- way 1: RETURNING old and new ----

    private static String first(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return result.next() ? result.getString(1) + "|" + result.getString(2) : "none";
        }
    }

    @Test
    @DisplayName("way 1: what RETURNING calls old and new is the row as it was and as it is, and goes back")
    void way1_anUpsertThatReturnsOldAndNewIsUndone() throws SQLException {
        List<String> before = accounts();
        Participation participation = application.begin();
        List<String> seen = inLocal(
                participation,
                dataSource,
                connection -> List.of(
                        first(
                                connection,
                                "INSERT INTO account AS a (id, balance) VALUES (1, 50) ON CONFLICT (id) DO UPDATE SET"
                                        + " balance = a.balance + EXCLUDED.balance RETURNING OLD.balance, \"new\".balance"),
                        first(
                                connection,
                                "MERGE INTO account a USING (SELECT 2 AS id, 7 AS more) new ON a.id = new.id"
                                        + " WHEN MATCHED THEN UPDATE SET balance = a.balance + new.more"
                                        + " RETURNING old.balance, a.balance"),
                        first(
                                connection,
                                "INSERT INTO account AS old (id, balance) VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET"
                                        + " balance = old.balance + EXCLUDED.balance RETURNING id, balance")));
        assertThat(seen).containsExactly("100.00|150.00", "50.00|57.00", "1|155.00");
        assertThat(balance(1)).isEqualTo("155.00");
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(before);
    }

    @Test
    @DisplayName(
            "way 1: an alias that hides the row as it was, or as it is, from RETURNING does not hide it from the images")
    void way1_anAliasOldOrNewBesideReturningThatSaysItIsRefused() throws SQLException {
        database.run(
                "CREATE TABLE snapshot (id BIGINT PRIMARY KEY, balance DECIMAL(18,2))",
                "INSERT INTO snapshot VALUES (1, 7)");
        List<String> before = accounts();
        for (String sql : List.of(
                "INSERT INTO account AS old (id, balance) VALUES (1, 50) ON CONFLICT (id) DO UPDATE SET"
                        + " balance = old.balance + EXCLUDED.balance RETURNING old.balance",
                "INSERT INTO account AS new (id, balance) VALUES (9, 50) ON CONFLICT (id) DO UPDATE SET"
                        + " balance = new.balance + EXCLUDED.balance RETURNING new.balance",
                "MERGE INTO account a USING snapshot AS old ON a.id = old.id WHEN MATCHED THEN UPDATE SET"
                        + " balance = a.balance + 10 RETURNING old.balance",
                "MERGE INTO account a USING snapshot new ON a.id = new.id WHEN MATCHED THEN UPDATE SET"
                        + " balance = a.balance + 10 RETURNING new.balance")) {
            Participation participation = application.begin();
            assertThatThrownBy(() -> inLocal(participation, dataSource, connection -> first(connection, sql + ", 1")))
                    .as(sql)
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("another alias");
            assertThat(accounts()).isEqualTo(before);
            rollBackAndAwait(participation);
        }
        assertThat(accounts()).isEqualTo(before);
    }

    // ---- way 7: columns that are GENERATED ALWAYS AS IDENTITY ----

    @Test
    @DisplayName("way 7: a new number for a row that stays, which nobody could take back, is refused")
    void way7_aNewNumberThatNoUpdateCouldTakeBackIsRefused() throws SQLException {
        database.run(
                "CREATE TABLE item (no VARCHAR(9) PRIMARY KEY, seq BIGINT GENERATED ALWAYS AS IDENTITY, n INT)",
                "INSERT INTO item (no, n) VALUES ('a', 100)");
        for (String sql : List.of(
                "UPDATE item SET seq = DEFAULT",
                "INSERT INTO item (no) VALUES ('a') ON CONFLICT (no) DO UPDATE SET seq = DEFAULT",
                "MERGE INTO item USING (SELECT 'a' AS no) s ON item.no = s.no WHEN MATCHED THEN UPDATE SET seq = DEFAULT")) {
            assertState("0A000", () -> run(application.begin(), sql));
        }
        assertThat(Rows.of(database, "SELECT * FROM item")).containsExactly("a|1|100");
    }

    @Test
    @DisplayName(
            "way 7: a row that one MERGE deletes and inserts anew, with another such number, is taken out and put back")
    void way7_aRowThatGetsANewNumberInOneMergeGoesBack() throws SQLException {
        database.run(
                "CREATE TABLE item (no VARCHAR(9) PRIMARY KEY, seq BIGINT GENERATED ALWAYS AS IDENTITY, n INT)",
                "INSERT INTO item (no, n) VALUES ('a', 100)");
        Participation participation = application.begin();
        run(
                participation,
                "MERGE INTO item USING (SELECT 'a' AS no UNION ALL SELECT 'x') s ON item.no = s.no WHEN MATCHED THEN DELETE"
                        + " WHEN NOT MATCHED THEN INSERT (no, n) VALUES ('a', 5)");
        assertThat(Rows.of(database, "SELECT * FROM item")).containsExactly("a|2|5");
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT * FROM item")).containsExactly("a|1|100");
    }

    /** Its UPDATE was committed, and nothing could roll it back; its INSERT and DELETE ended in an error of dtx's own. */
    @Test
    @DisplayName(
            "way 7: a table whose key the database computes is refused, with the reason, before anything is written")
    void way7_aKeyThatTheDatabaseComputesIsRefused() throws SQLException {
        database.run(
                "CREATE TABLE wallet (tenant TEXT, code TEXT, balance INT,"
                        + " id TEXT GENERATED ALWAYS AS (tenant || '/' || code) STORED PRIMARY KEY)",
                "INSERT INTO wallet VALUES ('t', 'a', 100)");
        for (String sql : List.of(
                "UPDATE wallet SET balance = 0 WHERE id = 't/a'",
                "UPDATE wallet SET code = 'b'",
                "INSERT INTO wallet VALUES ('t', 'b', 0)",
                "DELETE FROM wallet")) {
            Participation participation = application.begin();
            assertThatThrownBy(() -> run(participation, sql))
                    .as(sql)
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            error -> assertThat(error.getSQLState()).isEqualTo("0A000"))
                    .hasMessageContaining("the primary key of wallet holds id, a generated column");
            rollBackAndAwait(participation);
        }
        assertThat(Rows.of(database, "SELECT * FROM wallet")).containsExactly("t|a|100|t/a");
    }

    // ---- functions ----

    @Test
    void functionsThatThisVersionBuildsInAreKnown() throws SQLException {
        database.run("CREATE TABLE made (id UUID PRIMARY KEY, n INT)");
        Participation participation = application.begin();
        run(
                participation,
                "INSERT INTO made VALUES (uuidv7(), 1), (uuidv4(), 2)",
                "UPDATE made SET n = 3 WHERE regexp_like(CAST(id AS TEXT), '^.{14}7')");
        assertThat(Rows.of(database, "SELECT n FROM made ORDER BY n")).containsExactly("2", "3");
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT n FROM made")).isEmpty();
    }

    // ---- way 10: altered tables ----

    @Test
    @DisplayName(
            "way 10: a number that no UPDATE may assign any more stalls the restore, and can be put back once it may")
    void way10_aNumberThatMayNotBeAssignedAnyMoreStalls() throws SQLException {
        database.run(
                "CREATE TABLE item (id INT PRIMARY KEY, seq INT GENERATED BY DEFAULT AS IDENTITY)",
                "INSERT INTO item VALUES (1, 5)");
        Participation participation = application.begin();
        run(participation, "UPDATE item SET seq = 7");
        database.run("ALTER TABLE item ALTER seq SET GENERATED ALWAYS");
        application.rollBack(participation);
        assertThat(stalled(participation)).contains("seq");
        assertThat(Rows.of(database, "SELECT * FROM item")).containsExactly("1|7");
        database.run("ALTER TABLE item ALTER seq SET GENERATED BY DEFAULT");
        retry(participation);
        awaitEnd(participation);
        assertThat(Rows.of(database, "SELECT * FROM item")).containsExactly("1|5");
    }

    /** PgJDBC prepares a text on the server once a connection has run it five times; here at once. */
    @Test
    @DisplayName("way 10: a column added while statements on the table are prepared on the server is no refusal")
    void way10_aColumnAddedWhileStatementsArePreparedOnTheServer() throws SQLException {
        database.run(
                "CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(20))",
                "INSERT INTO item VALUES (1, 'one'), (2, 'two'), (3, 'three')");
        String url = database.url() + (database.url().contains("?") ? "&" : "?") + "prepareThreshold=1";
        DataSource preparing = application.manage(
                new Database(database.dialect(), database.name(), url, database.user(), database.password())
                        .dataSource());
        Participation participation = application.begin();
        bound(participation, preparing, connection -> {
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?, 'new')");
                    PreparedStatement delete = connection.prepareStatement("DELETE FROM item WHERE id = ?")) {
                assertThat(with(insert, 11)).isEqualTo(1);
                database.run("ALTER TABLE item ADD COLUMN price INT DEFAULT 7");
                assertThat(with(insert, 12)).isEqualTo(1);
                assertThat(with(delete, 1)).isEqualTo(1);
                connection.setAutoCommit(false);
                assertThat(with(delete, 2)).isEqualTo(1);
                connection.commit();
                database.run("ALTER TABLE item ADD COLUMN weight INT DEFAULT 8");
                assertState("40001", () -> with(delete, 3));
                connection.rollback();
                assertThat(with(delete, 3)).isEqualTo(1);
                connection.commit();
                insert.setInt(1, 13);
                insert.addBatch();
                insert.setInt(1, 14);
                insert.addBatch();
                insert.executeBatch();
                connection.commit();
                database.run("ALTER TABLE item ADD COLUMN size INT");
                insert.setInt(1, 15);
                insert.addBatch();
                insert.setInt(1, 16);
                insert.addBatch();
                assertState("40001", insert::executeBatch);
                connection.rollback();
            }
            return true;
        });
        String all = "SELECT * FROM item ORDER BY id";
        assertThat(Rows.of(database, all))
                .containsExactly("11|new|7|8|null", "12|new|7|8|null", "13|new|7|8|null", "14|new|7|8|null");
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, all)).containsExactly("1|one|7|8|null", "2|two|7|8|null", "3|three|7|8|null");
    }

    private static int with(PreparedStatement statement, int id) throws SQLException {
        statement.setInt(1, id);
        return statement.executeUpdate();
    }

    // ---- way 14: what is declared on one partition alone ----

    private void partitionedAccounts() {
        database.run(
                "CREATE TABLE acc (code VARCHAR(9), id INT PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE acc1 (id INT NOT NULL, code VARCHAR(9))",
                "ALTER TABLE acc ATTACH PARTITION acc1 FOR VALUES FROM (0) TO (100)",
                "CREATE TABLE acc2 PARTITION OF acc DEFAULT",
                "INSERT INTO acc (id, code) VALUES (1, 'one'), (2, 'two'), (101, 'far')");
    }

    @Test
    @DisplayName("T15: a cascade that leads from one partition alone is refused, by the statement or by its undo")
    void t15_aCascadeFromOnePartitionIsRefused() throws SQLException {
        partitionedAccounts();
        database.run(
                "CREATE TABLE entry (id INT PRIMARY KEY, acc_id INT CONSTRAINT falls REFERENCES acc1 (id) ON DELETE CASCADE)",
                "INSERT INTO entry VALUES (1, 1)");
        Participation participation = application.begin();
        for (String sql : List.of("DELETE FROM acc WHERE id = 1", "INSERT INTO acc (id) VALUES (3)")) {
            assertThatThrownBy(() -> run(participation, sql)).hasMessageContaining("falls of entry");
        }
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT * FROM entry")).containsExactly("1|1");
    }

    @Test
    @DisplayName("way 14: a row that was met and left alone is not kept from others who have met it")
    void way14_aRowThatWasMetIsNotHeld() throws SQLException {
        database.run("ALTER DATABASE " + database.name() + " SET lock_timeout = '2s'");
        String meet = "INSERT INTO account VALUES (1, 'Ann', 0) ON CONFLICT DO NOTHING";
        bound(application.begin(), dataSource, other -> {
            other.setAutoCommit(false);
            assertThat(update(other, meet)).isZero();
            inLocal(application.begin(), dataSource, one -> {
                assertThat(update(one, meet)).isZero();
                return update(one, "DELETE FROM account WHERE id = 1");
            });
            other.rollback();
            return true;
        });
        assertThat(accounts()).hasSize(2);
    }

    @Test
    @DisplayName(
            "way 14: a row that is met by a null, where nulls count as equal, is met only when it is there for good")
    void way14_aRowThatMayGoIsNotMetByItsNull() throws SQLException {
        database.run(
                "CREATE TABLE processed (id INT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, order_no INT, part INT,"
                        + " UNIQUE NULLS NOT DISTINCT (order_no, part))");
        String pay = "INSERT INTO processed (order_no, part) VALUES (7, NULL)";
        String unlessThere = " ON CONFLICT DO NOTHING";
        assertKeptApart(pay, pay + unlessThere);
        assertKeptApart(pay, "INSERT INTO processed (order_no) VALUES (7)" + unlessThere);
        assertKeptApart(pay, "INSERT INTO processed (order_no, part) VALUES (7, 5 - CAST(NULL AS INT))" + unlessThere);
        assertKeptApart(pay, pay + " ON CONFLICT (order_no, part) DO UPDATE SET part = 8 WHERE FALSE");
        Participation first = application.begin();
        run(first, pay);
        assertState("40001", () -> inLocal(application.begin(), dataSource, connection -> payPart(connection, null)));
        inLocal(application.begin(), dataSource, connection -> payPart(connection, 1));
        int again = inLocal(first, dataSource, connection -> payPart(connection, null));
        assertThat(again).as("its own row").isZero();
        rollBackAndAwait(first);
        assertThat(Rows.of(database, "SELECT order_no, part FROM processed")).containsExactly("7|1");
    }

    private static int payPart(Connection connection, @Nullable Integer part) throws SQLException {
        return update(
                connection, "INSERT INTO processed (order_no, part) VALUES (?, ?) ON CONFLICT DO NOTHING", 7, part);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(id, part) VALUES (2, NULL)", "(id) VALUES (2)"})
    @DisplayName("way 14: one that is gone before it is looked at was met in vain, also by its null: run it again")
    void way14_aRowMetByItsNullThatIsGoneByNow(String row) throws SQLException {
        database.run(
                "CREATE TABLE processed (id INT PRIMARY KEY, part INT UNIQUE NULLS NOT DISTINCT)",
                "INSERT INTO processed VALUES (1, NULL)");
        assertNotMetOnceGone(row);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(id, part) VALUES (1, NULL)", "(id) VALUES (1)"})
    @DisplayName("way 14: so was one that is met by its key, whether or not a null of another key is left out")
    void way14_aRowThatIsGoneByNowIsMissedWithoutItsOtherKeys(String row) throws SQLException {
        database.run(
                "CREATE TABLE processed (id INT PRIMARY KEY, part INT UNIQUE)",
                "INSERT INTO processed VALUES (1, NULL)");
        assertNotMetOnceGone(row);
    }

    /** @param row meets the one row of processed */
    private void assertNotMetOnceGone(String row) throws SQLException {
        Faults faults = new Faults(database.dataSource());
        DataSource faulty = application.manage(faults.dataSource());
        String pay = "INSERT INTO processed " + row + " ON CONFLICT DO NOTHING";
        Participation participation = application.begin();
        int paid = inLocal(participation, faulty, connection -> update(connection, pay));
        assertThat(paid).isZero();
        faults.before("FOR KEY SHARE", () -> database.run("DELETE FROM processed"));
        assertState("40001", () -> inLocal(participation, faulty, connection -> update(connection, pay)));
    }

    /** What is met by a default is not looked for; it must not be taken for what is met by a null, nor for gone. */
    @ParameterizedTest
    @ValueSource(strings = {"INT DEFAULT 5", "part", "part_of_order", "numbered"})
    @DisplayName("way 14: a column that is left out is no null where its domain has a default")
    void way14_aRowMetByTheDefaultOfItsDomain(String type) throws SQLException {
        database.run(
                "CREATE SEQUENCE numbers MINVALUE 5",
                "CREATE DOMAIN part AS INT DEFAULT 5",
                "CREATE DOMAIN part_of_order AS part",
                "CREATE DOMAIN numbered AS INT DEFAULT nextval('numbers')",
                "CREATE TABLE one_null (id INT PRIMARY KEY, part " + type + " UNIQUE NULLS NOT DISTINCT)",
                "CREATE TABLE nulls (id INT PRIMARY KEY, part " + type + " UNIQUE)");
        for (String table : List.of("one_null", "nulls")) {
            database.run("INSERT INTO " + table + " VALUES (1, 5)");
            Participation first = application.begin();
            run(first, "INSERT INTO " + table + " VALUES (2, NULL)");
            String meets = "INSERT INTO " + table + " (id) VALUES (1) ON CONFLICT DO NOTHING";
            int met = inLocal(application.begin(), dataSource, connection -> update(connection, meets));
            assertThat(met).isZero();
            if (!type.equals("numbered")) {
                String meetsByDefault = "INSERT INTO " + table + " (id) VALUES (3) ON CONFLICT DO NOTHING";
                met = inLocal(application.begin(), dataSource, connection -> update(connection, meetsByDefault));
                assertThat(met).isZero();
            }
            rollBackAndAwait(first);
            assertThat(Rows.of(database, "SELECT * FROM " + table)).containsExactly("1|5");
        }
    }

    // ---- way 14: the writers of children, and those of their parents ----

    private void orders() {
        database.run(
                "CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(20))",
                "CREATE TABLE line (id INT PRIMARY KEY, order_id INT NOT NULL REFERENCES orders)",
                "INSERT INTO orders VALUES (1, 'one'), (2, 'two')",
                "ALTER DATABASE " + database.name() + " SET lock_timeout = '2s'");
    }

    private List<String> orderRows() {
        List<String> rows = new ArrayList<>(Rows.of(database, "SELECT * FROM orders ORDER BY id"));
        rows.addAll(Rows.of(database, "SELECT * FROM line ORDER BY id"));
        return rows;
    }

    /** Two local transactions that are open at once and have each written children of both orders; the first goes on. */
    private void besideAnotherWriterOfChildren(Application.Work<?> goesOn) throws SQLException {
        orders();
        List<String> before = orderRows();
        Participation first = application.begin();
        Participation second = application.begin();
        try (Connection one = dataSource.getConnection();
                Connection other = dataSource.getConnection()) {
            one.setAutoCommit(false);
            other.setAutoCommit(false);
            as(first, () -> update(one, "INSERT INTO line VALUES (11, 1), (12, 2)"));
            as(second, () -> update(other, "INSERT INTO line VALUES (21, 1), (22, 2)"));
            as(first, () -> goesOn.on(one));
            as(first, one::commit);
            as(second, other::commit);
        }
        assertThat(orderRows()).contains("1|new", "2|new", "11|1", "22|2");
        rollBackAndAwait(first);
        rollBackAndAwait(second);
        assertThat(orderRows()).isEqualTo(before);
    }

    private interface Step {
        void run() throws SQLException;
    }

    private static void as(Participation participation, Step step) throws SQLException {
        Scope scope = CurrentTransaction.bind(participation);
        try {
            step.run();
        } finally {
            scope.close();
        }
    }

    @Test
    @DisplayName("way 14: a batch of updates does not wait for those who have written children of the rows")
    void way14_aBatchOfUpdatesDoesNotWaitForTheWritersOfChildren() throws SQLException {
        besideAnotherWriterOfChildren(connection -> {
            try (PreparedStatement batch = connection.prepareStatement("UPDATE orders SET note = ? WHERE id = ?")) {
                for (int id : new int[] {1, 2}) {
                    batch.setString(1, "new");
                    batch.setInt(2, id);
                    batch.addBatch();
                }
                assertThat(batch.executeBatch()).containsExactly(1, 1);
            }
            return true;
        });
    }

    @Test
    @DisplayName("way 14: nor does an update that returns rows or keys, or is joined with other tables")
    void way14_anUpdateThatReturnsRowsDoesNotWaitForTheWritersOfChildren() throws SQLException {
        besideAnotherWriterOfChildren(connection -> {
            assertThat(first(connection, "UPDATE orders SET note = 'x' WHERE id = 1 RETURNING id, note"))
                    .isEqualTo("1|x");
            assertThat(update(
                            connection,
                            "UPDATE orders SET note = 'new' FROM (SELECT 2 AS no) two WHERE orders.id = two.no"))
                    .isEqualTo(1);
            try (PreparedStatement keys = connection.prepareStatement(
                    "UPDATE orders SET note = 'new' WHERE id = 1", Statement.RETURN_GENERATED_KEYS)) {
                assertThat(keys.executeUpdate()).isEqualTo(1);
            }
            return true;
        });
    }

    @Test
    @DisplayName("way 14: a restore of updates does not wait for those who have written children of the rows")
    void way14_aRestoreOfUpdatesDoesNotWaitForTheWritersOfChildren() throws SQLException {
        orders();
        Participation participation = application.begin();
        run(participation, "UPDATE orders SET note = 'new'");
        try (Connection outside = database.connect()) {
            outside.setAutoCommit(false);
            update(outside, "INSERT INTO line VALUES (11, 1), (12, 2)");
            rollBackAndAwait(participation);
            assertThat(orderRows()).containsExactly("1|one", "2|two");
            outside.commit();
        }
        assertThat(orderRows()).containsExactly("1|one", "2|two", "11|1", "12|2");
    }

    @Test
    @DisplayName("way 5: between image and statement nobody else can write a row, nor, if it is to go, give it a child")
    void way5_imagedRowsAreLockedAgainstWriters() throws SQLException {
        orders();
        Faults faults = new Faults(database.dataSource());
        DataSource faulty = application.manage(faults.dataSource());
        Participation participation = application.begin();
        for (String sql :
                List.of("UPDATE orders SET note = 'new' WHERE id = 1 RETURNING id, note", "DELETE FROM orders")) {
            boolean deletes = sql.startsWith("DELETE");
            List<String> tried = new ArrayList<>();
            faults.betweenImageAndStatement(() -> {
                for (String strength : List.of("UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE")) {
                    String select = "SELECT id FROM orders WHERE id = 1 FOR " + strength + " NOWAIT";
                    if (strength.equals("KEY SHARE") && !deletes) {
                        assertThat(Rows.of(database, select)).containsExactly("1");
                    } else {
                        assertThatThrownBy(() -> Rows.of(database, select)).hasRootCauseMessage(NOT_LOCKED);
                    }
                    tried.add(strength);
                }
            });
            inLocal(participation, faulty, connection -> {
                try (Statement statement = connection.createStatement()) {
                    return statement.execute(sql);
                }
            });
            assertThat(tried).as(sql).hasSize(4);
        }
        rollBackAndAwait(participation);
        assertThat(orderRows()).containsExactly("1|one", "2|two");
    }

    @Test
    @DisplayName("T15: a cascade is not hidden by foreign keys of the same name in other schemas")
    void t15_aCascadeBesideOthersOfItsName() throws SQLException {
        database.run("CREATE TABLE parent (id INT PRIMARY KEY)", "INSERT INTO parent VALUES (1)");
        List<String> rules = List.of("NO ACTION", "CASCADE", "NO ACTION");
        for (int i = 0; i < rules.size(); i++) {
            database.run(
                    "CREATE SCHEMA tenant" + i,
                    "CREATE TABLE tenant" + i + ".child (id INT PRIMARY KEY, parent_id INT CONSTRAINT falls"
                            + " REFERENCES parent (id) ON DELETE " + rules.get(i) + ")");
        }
        Participation participation = application.begin();
        assertThatThrownBy(() -> run(participation, "DELETE FROM parent WHERE id = 1"))
                .hasMessageContaining("falls of child");
    }

    /** The second must not rely on what the first may take back, nor take what it may want back. */
    private void assertKeptApart(String ofFirst, String ofSecond) throws SQLException {
        Participation first = application.begin();
        Participation second = application.begin();
        run(first, ofFirst);
        assertState("40001", () -> run(second, ofSecond));
        rollBackAndAwait(first);
    }

    @Test
    @DisplayName("way 14, T15: a row is not put under a parent in one partition that another transaction may take back")
    void way14_aForeignKeyToOnePartitionKeepsTransactionsApart() throws SQLException {
        partitionedAccounts();
        database.run("CREATE TABLE entry (acc_id INT PRIMARY KEY REFERENCES acc1 (id))");
        assertKeptApart("INSERT INTO acc (id) VALUES (3)", "INSERT INTO entry VALUES (3)");
        run(application.begin(), "INSERT INTO entry VALUES (2)");
    }

    @Test
    @DisplayName("way 14, T15: nor is one of a partition that alone refers to the parent")
    void way14_aForeignKeyOfOnePartitionKeepsTransactionsApart() throws SQLException {
        partitionedAccounts();
        database.run(
                "CREATE TABLE parent (id INT PRIMARY KEY)",
                "INSERT INTO parent VALUES (2)",
                "CREATE TABLE entry (acc_id INT PRIMARY KEY) PARTITION BY RANGE (acc_id)",
                "CREATE TABLE entry1 PARTITION OF entry DEFAULT",
                "ALTER TABLE entry1 ADD FOREIGN KEY (acc_id) REFERENCES parent");
        assertKeptApart("INSERT INTO parent VALUES (3)", "INSERT INTO entry VALUES (3)");
        run(application.begin(), "INSERT INTO entry VALUES (2)");
    }

    @Test
    @DisplayName("way 14, T15: a value that is unique in one partition alone is not taken before its transaction ends")
    void way14_aUniqueValueOfOnePartitionIsNotTaken() throws SQLException {
        partitionedAccounts();
        database.run("CREATE UNIQUE INDEX once ON acc1 (code)");
        assertKeptApart("UPDATE acc SET code = 'free' WHERE id = 1", "UPDATE acc SET code = 'one' WHERE id = 2");
    }

    @Test
    @DisplayName("way 14, T15: nor is a row written whose entry in such an index nobody can tell")
    void way14_aUniqueExpressionOfOnePartitionIsRefused() throws SQLException {
        partitionedAccounts();
        database.run("CREATE UNIQUE INDEX once ON acc1 (lower(code))");
        assertThatThrownBy(() -> run(application.begin(), "UPDATE acc SET code = 'x' WHERE id = 1"))
                .hasMessageContaining("once");
    }

    @Test
    @DisplayName(
            "way 14, T15: a value that a row gives up by leaving a partial index is not taken, nor one taken by joining")
    void way14_aUniqueValueOfAPartialIndexIsNotTaken() throws SQLException {
        database.run(
                "CREATE TABLE card (id INT PRIMARY KEY, holder INT, active BOOLEAN)",
                "CREATE UNIQUE INDEX one ON card (holder) WHERE active",
                "INSERT INTO card VALUES (1, 7, true), (2, 7, false)");
        assertKeptApart("UPDATE card SET active = false WHERE id = 1", "UPDATE card SET active = true WHERE id = 2");
        assertThat(Rows.of(database, "SELECT id FROM card WHERE active")).containsExactly("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "NULL"})
    @DisplayName("way 14, T15: what an index holds beside its unique columns does not make two values of one")
    void way14_aUniqueValueWithIncludedColumnsIsNotTaken(String beside) throws SQLException {
        database.run(
                "CREATE TABLE card (id INT PRIMARY KEY, holder INT, note INT)",
                "CREATE UNIQUE INDEX one ON card (holder) INCLUDE (note)",
                "INSERT INTO card VALUES (1, 7, 1)");
        assertKeptApart("DELETE FROM card WHERE id = 1", "INSERT INTO card VALUES (2, 7, " + beside + ")");
        assertThat(Rows.of(database, "SELECT * FROM card")).containsExactly("1|7|1");
    }

    /** A date and a timestamp that are equal are written otherwise, and so would be locked as two keys. */
    @Test
    @DisplayName(
            "T15: a child whose column has another type than the parent's, by whose text its lock is made, is refused")
    void t15_aForeignKeyBetweenTypesOfOtherTextsIsRefused() throws SQLException {
        database.run(
                "CREATE TABLE day (at TIMESTAMP PRIMARY KEY)",
                "INSERT INTO day VALUES ('2026-01-01')",
                "CREATE TABLE shift (id INT PRIMARY KEY, at DATE REFERENCES day)");
        Participation participation = application.begin();
        assertThatThrownBy(() -> run(participation, "INSERT INTO shift VALUES (1, '2026-01-01')"))
                .hasMessageContaining("of other types");
        rollBackAndAwait(participation);
    }

    @Test
    @DisplayName(
            "way 14: of an upsert that writes some of its rows, those that it leaves alone are awaited nevertheless")
    void way14_anUpsertThatLeavesSomeRowsAloneIsKeptApart() throws SQLException {
        assertKeptApart(
                "UPDATE account SET owner = 'paid' WHERE id = 1",
                "INSERT INTO account AS a VALUES (1, 'x', 7), (2, 'x', 7) ON CONFLICT (id) DO UPDATE SET balance = 7"
                        + " WHERE a.owner <> 'paid'");
    }

    @Test
    @DisplayName(
            "way 14: a row that comes just before a MERGE, and is left alone by it, is met only when it is there for good")
    void way14_aRowThatComesBeforeAMergeIsNotMet() throws SQLException {
        Faults faults = new Faults(database.dataSource());
        DataSource faulty = application.manage(faults.dataSource());
        Participation first = application.begin();
        Participation second = application.begin();
        faults.before("RETURNING WITH", () -> run(first, "INSERT INTO account VALUES (4, 'paid', 1)"));
        assertState(
                "40001",
                () -> inLocal(
                        second,
                        faulty,
                        connection -> update(
                                connection,
                                "MERGE INTO account a USING (SELECT 4 AS id) s ON a.id = s.id"
                                        + " WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'paid', 1)")));
        assertThat(accounts()).contains("4|paid|1.00");
        rollBackAndAwait(first);
        assertThat(accounts()).hasSize(3);
    }

    @Test
    @DisplayName("way 14: foreign keys and unique indexes of a partitioned table count once, and its rows are undone")
    void way14_aPartitionedTableIsUndone() throws SQLException {
        partitionedAccounts();
        database.run(
                "ALTER TABLE acc ADD CONSTRAINT pairs UNIQUE (code, id)",
                "CREATE TABLE entry (id INT PRIMARY KEY, acc_id INT REFERENCES acc) PARTITION BY HASH (id)",
                "CREATE TABLE entry1 PARTITION OF entry FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
                "INSERT INTO entry VALUES (1, 1), (2, 101)");
        List<String> before = partitioned();
        Participation participation = application.begin();
        run(
                participation,
                "INSERT INTO acc (id, code) VALUES (3, 'x'), (103, 'y')",
                "INSERT INTO entry VALUES (3, 3), (4, 103)",
                "UPDATE entry SET acc_id = 3 WHERE id = 2",
                "DELETE FROM acc WHERE id = 101",
                "UPDATE acc SET code = 'z' WHERE id < 3");
        rollBackAndAwait(participation);
        assertThat(partitioned()).isEqualTo(before);
    }

    private List<String> partitioned() {
        List<String> rows = new ArrayList<>(Rows.of(database, "SELECT * FROM acc ORDER BY id"));
        rows.addAll(Rows.of(database, "SELECT * FROM entry ORDER BY id"));
        return rows;
    }

    @Test
    void aKeyOfOnePartitionIsNoneOfTheWholeTable() throws SQLException {
        database.run(
                "CREATE TABLE keyless (id INT, n INT) PARTITION BY RANGE (id)",
                "CREATE TABLE keyed PARTITION OF keyless (PRIMARY KEY (id)) DEFAULT");
        assertThatThrownBy(() -> run(application.begin(), "INSERT INTO keyless VALUES (1, 1)"))
                .hasMessageContaining("no primary key");
    }

    // ---- SERIALIZABLE ----

    private void serializable(int table, Participation participation, Faults.Fault beforeCommit) throws SQLException {
        Faults faults = new Faults(database.dataSource());
        DataSource own = application.manage(faults.dataSource());
        inLocal(participation, own, connection -> {
            faults.beforeCommit(beforeCommit);
            connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            assertThat(update(connection, "UPDATE own" + table + " SET n = n + 1 WHERE id = 1"))
                    .isEqualTo(1);
            return update(connection, "INSERT INTO own" + table + " VALUES (2, 5)");
        });
    }

    /** The undo rows are inserted as one, two, three, and committed as three, two, one. */
    @Test
    @DisplayName(
            "way 15: local transactions that are SERIALIZABLE have no conflict that they would not have without dtx")
    void way15_serializableBranchesOfDifferentTablesDoNotConflict() throws SQLException {
        List<Participation> participations = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            database.run(
                    "CREATE TABLE own" + i + " (id INT PRIMARY KEY, n INT)", "INSERT INTO own" + i + " VALUES (1, 0)");
            participations.add(application.begin());
        }
        List<Integer> began = new ArrayList<>();
        serializable(1, participations.get(0), () -> {
            began.add(1);
            serializable(2, participations.get(1), () -> {
                began.add(2);
                serializable(3, participations.get(2), () -> began.add(3));
            });
        });
        assertThat(began).containsExactly(1, 2, 3);
        assertThat(Rows.inUndoLog(database, 0)).isEqualTo(3);
        assertThat(application.commit(participations.get(0)).status()).isEqualTo(TransactionStatus.COMMITTED);
        rollBackAndAwait(participations.get(1));
        rollBackAndAwait(participations.get(2));
        assertThat(Rows.of(database, "SELECT * FROM own1 ORDER BY id")).containsExactly("1|1", "2|5");
        assertThat(Rows.of(database, "SELECT * FROM own2")).containsExactly("1|0");
        assertThat(Rows.of(database, "SELECT * FROM own3")).containsExactly("1|0");
    }

    /**
     * The reader has read what another has changed, and its undo row comes to the page that dtx has read meanwhile: that of the
     * other's released one, or of those that the sweep has looked at.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("way 15: nor with dtx's own transactions, where the data source is SERIALIZABLE as a whole")
    void way15_serializableBranchesDoNotConflictWithReleasesAndSweeps(boolean sweeps) throws SQLException {
        database.run(
                "CREATE TABLE own1 (id INT PRIMARY KEY, n INT)",
                "INSERT INTO own1 VALUES (1, 0)",
                "CREATE TABLE own2 (id INT PRIMARY KEY, n INT)",
                "INSERT INTO own2 VALUES (1, 0)");
        String url = database.url() + (database.url().contains("?") ? "&" : "?")
                + "options=-c%20default_transaction_isolation=serializable";
        Database serializable =
                new Database(database.dialect(), database.name(), url, database.user(), database.password());
        application.close();
        application = Application.on(coordinator, "serializable");
        DataSource managed = application.manage(serializable);
        Participation reader = application.begin();
        Participation writer = application.begin();
        inLocal(reader, managed, connection -> {
            assertThat(first(connection, "SELECT id, n FROM own2")).isEqualTo("1|0");
            String write = "UPDATE own2 SET n = 1";
            if (sweeps) {
                serializable.run(write);
                application.manager().resources().get(0).sweep(Duration.ZERO);
            } else {
                inLocal(writer, managed, other -> update(other, write));
                assertThat(application.commit(writer).status()).isEqualTo(TransactionStatus.COMMITTED);
                Awaitility.await().until(() -> Rows.inUndoLog(database, 0) == 0);
            }
            return update(connection, "UPDATE own1 SET n = 1");
        });
        assertThat(Rows.inUndoLog(database, 0)).isEqualTo(1);
        rollBackAndAwait(reader);
        assertThat(Rows.of(database, "SELECT n FROM own1")).containsExactly("0");
        try (Connection connection = managed.getConnection()) {
            assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
        }
    }

    /** As Hikari's connection-test-query does without autocommit, and its schema on a new connection. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("way 15: they set no session's level, and mind no transaction that the pool has begun")
    void way15_releasesAndSweepsSetTheLevelOfTheirTransactionsAlone(boolean autoCommit) throws SQLException {
        database.run("ALTER DATABASE " + database.name() + " SET default_transaction_isolation = 'serializable'");
        application.close();
        application = Application.on(coordinator, "serializable");
        List<String> levels = new CopyOnWriteArrayList<>();
        DataSource managed = application.manage(tested(autoCommit, levels));
        Participation participation = application.begin();
        inLocal(participation, managed, connection -> update(connection, "UPDATE account SET balance = 1"));
        assertThat(application.commit(participation).status()).isEqualTo(TransactionStatus.COMMITTED);
        Awaitility.await().until(() -> Rows.inUndoLog(database, 0) == 0);
        application.manager().resources().get(0).sweep(Duration.ZERO);
        assertThat(levels).isEmpty();
    }

    /**
     * One whose connections have run a test query before they are handed out.
     *
     * @param levels told what their level is set to
     */
    private DataSource tested(boolean autoCommit, List<String> levels) {
        return (DataSource) proxy(DataSource.class, database.dataSource(), (method, arguments, result) -> {
            if (!(result instanceof Connection connection)) {
                return result;
            }
            connection.setAutoCommit(autoCommit);
            try (Statement test = connection.createStatement()) {
                test.execute("SELECT 1");
            }
            return proxy(Connection.class, connection, (called, with, answer) -> {
                if (called.equals("setTransactionIsolation")) {
                    levels.add(String.valueOf(with[0]));
                }
                return answer;
            });
        });
    }

    private interface Seen {
        Object answer(String method, Object[] arguments, Object result) throws SQLException;
    }

    private static Object proxy(Class<?> type, Object target, Seen seen) {
        return Proxy.newProxyInstance(
                PostgreSqlOnly.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    try {
                        return seen.answer(method.getName(), arguments, method.invoke(target, arguments));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    // ---- rights ----

    @Test
    @DisplayName("who may not take back what a statement does may not run it, and is told the rights")
    void aUserWhoMayNotUndoIsRefused() throws SQLException {
        String user = database.name().replace("test_", "u");
        database.run(
                "CREATE TABLE ledger (id INT PRIMARY KEY, n INT, m INT)",
                "INSERT INTO ledger VALUES (1, 1, 1)",
                "CREATE ROLE " + user + " LOGIN PASSWORD 'pw'",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON undo_log TO " + user,
                "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO " + user);
        try {
            assertMay(user, "SELECT, INSERT", "INSERT INTO ledger VALUES (2, 2)", "UPDATE, DELETE");
            assertMay(user, "SELECT, INSERT, DELETE", "INSERT INTO ledger VALUES (2, 2)", "UPDATE");
            assertMay(user, "SELECT, INSERT, DELETE, UPDATE (n)", "INSERT INTO ledger VALUES (2, 2)", "");
            assertMay(user, "SELECT, UPDATE, DELETE", "DELETE FROM ledger WHERE id = 1", "INSERT");
            assertMay(user, "SELECT, DELETE", "DELETE FROM ledger WHERE id = 1", "INSERT, UPDATE");
            assertMay(user, "SELECT, DELETE, UPDATE (id), INSERT (id, n, m)", "DELETE FROM ledger WHERE id = 1", "");
            assertMay(
                    user,
                    "SELECT, UPDATE, INSERT",
                    "INSERT INTO ledger VALUES (2, 2) ON CONFLICT (id) DO UPDATE SET n = 3",
                    "DELETE");
            assertMay(
                    user,
                    "SELECT, INSERT, DELETE, UPDATE (n)",
                    "INSERT INTO ledger VALUES (1, 5, 1), (2, 2, 2) ON CONFLICT (id) DO UPDATE SET n = excluded.n",
                    "");
            assertMay(user, "SELECT, UPDATE (n)", "UPDATE ledger SET n = 5 WHERE id = 1", "");
            String merge = "MERGE INTO ledger l USING (SELECT 1 AS i) s ON l.id = s.i WHEN MATCHED THEN ";
            assertMay(user, "SELECT, UPDATE, DELETE", merge + "DELETE", "INSERT");
            assertMay(user, "SELECT, UPDATE", merge + "UPDATE SET n = 5", "");
            assertMay(user, "SELECT, UPDATE (n)", merge + "UPDATE SET n = 5", "");
        } finally {
            database.run("DROP OWNED BY " + user, "DROP ROLE " + user);
        }
    }

    /** @param missing the rights that the refusal names; empty if the statement runs, and is undone by that user */
    private void assertMay(String user, String granted, String sql, String missing) throws SQLException {
        database.run("REVOKE ALL ON ledger FROM " + user, "GRANT " + granted + " ON ledger TO " + user);
        DataSource pool = new Database(database.dialect(), database.name(), database.url(), user, "pw").dataSource();
        try (Application only = Application.on(coordinator, "of " + user)) {
            application.close(); // it would undo it with more rights
            Participation participation = only.begin();
            DataSource managed = only.manage(pool);
            if (missing.isEmpty()) {
                inLocal(participation, managed, connection -> update(connection, sql));
                assertThat(Rows.of(database, "SELECT * FROM ledger")).isNotEqualTo(List.of("1|1|1"));
            } else {
                assertThatThrownBy(() -> inLocal(participation, managed, connection -> update(connection, sql)))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                refused -> assertThat(refused.getSQLState()).isEqualTo("0A000"))
                        .hasMessageContaining("GRANT " + missing + " ON \"public\".\"ledger\"");
            }
            only.rollBack(participation);
            awaitEnd(participation);
            assertThat(Rows.of(database, "SELECT * FROM ledger")).containsExactly("1|1|1");
        }
    }

    @Test
    @DisplayName(
            "I4: row level security that binds one user fails his restore, and stalls nothing: another user's goes through")
    void i4_rowSecurityOfOneUserIsNoMatterOfTheTable() throws SQLException {
        String user = database.name().replace("test_", "u");
        database.run(
                "CREATE ROLE " + user + " LOGIN PASSWORD 'pw'",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON undo_log, account TO " + user,
                "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO " + user,
                "ALTER TABLE account ENABLE ROW LEVEL SECURITY");
        try {
            Participation participation = application.begin();
            debit(participation, 10);
            DataSource bound =
                    new Database(database.dialect(), database.name(), database.url(), user, "pw").dataSource();
            List<Boolean> refused = new ArrayList<>();
            RestoreReport report =
                    restoreThrough(bound, participation, (failed, mayNotWrite) -> refused.add(mayNotWrite));
            assertThat(report.result()).isEqualTo(RestoreReport.Result.FAILED);
            assertThat(report.detail()).contains("row level security", "BYPASSRLS");
            assertThat(refused).as("a sign of a replica").containsExactly(false);
            rollBackAndAwait(participation);
        } finally {
            database.run("DROP OWNED BY " + user, "DROP ROLE " + user);
        }
        assertThat(balance(1)).isEqualTo("100.00");
    }

    // ---- what a failed restore tells ----

    /** The driver quotes the statements of a batch with their values. */
    @Test
    void aFailedRestoreTellsTheCoordinatorWhatTheDatabaseSaidWithoutValues() throws SQLException {
        database.run(
                "CREATE TABLE item (id INT PRIMARY KEY, note VARCHAR(20))",
                "INSERT INTO item VALUES (1, 's3cret'), (2, 's3cret')");
        Participation participation = application.begin();
        run(participation, "UPDATE item SET note = 'open'");
        database.run(
                "CREATE FUNCTION failing(note VARCHAR) RETURNS boolean LANGUAGE plpgsql AS $$"
                        + " BEGIN IF note <> 'open' THEN RAISE EXCEPTION 'not now' USING ERRCODE = '55000'; END IF;"
                        + " RETURN true; END $$",
                "ALTER TABLE item ADD CHECK (failing(note))");
        RestoreReport report = restoreThrough(database.dataSource(), participation);
        assertThat(report.result()).isEqualTo(RestoreReport.Result.FAILED);
        assertThat(report.detail()).contains("not now").doesNotContain("s3cret");
        database.run("ALTER TABLE item DROP CONSTRAINT item_note_check");
        rollBackAndAwait(participation);
    }
}
