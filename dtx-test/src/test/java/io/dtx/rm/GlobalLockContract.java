package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.CurrentTransaction.Scope;
import io.dtx.context.GlobalLockScope;
import io.dtx.context.Participation;
import io.dtx.sql.Dialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Local transactions that belong to no global transaction and respect the locks of those that are not decided. */
abstract class GlobalLockContract extends ResourceContract {

    private static final String FOR_UPDATE = "SELECT balance FROM account WHERE id = 1 FOR UPDATE";
    /** Long enough that only what is tested ends a wait. */
    private static final Duration FOREVER = Duration.ofMinutes(2);

    /** Waits as long as it takes for a global lock. */
    private Application patient;

    private DataSource patientData;
    /** Of an application that lets every local write respect global locks. */
    private Application checking;

    private DataSource checkingData;

    @BeforeEach
    void startOthers() throws SQLException {
        patient = Application.on(coordinator, "patient", FOREVER, Application.SETTINGS);
        patientData = patient.manage(database);
        checking = Application.on(
                coordinator,
                "checking",
                Duration.ofMillis(200),
                Application.SETTINGS.withLocalWrites(LocalWrites.CHECK));
        checkingData = checking.manage(database);
        patientData.getConnection().close();
        checkingData.getConnection().close();
    }

    @AfterEach
    void stopOthers() {
        patient.close();
        checking.close();
    }

    /** In a local transaction of its own, outside of any global one. */
    private static <T> T respecting(DataSource from, Application.Work<T> work) throws SQLException {
        Scope scope = GlobalLockScope.open();
        try (Connection connection = from.getConnection()) {
            connection.setAutoCommit(false);
            T result = work.on(connection);
            connection.commit();
            return result;
        } finally {
            scope.close();
        }
    }

    private static String read(Connection connection, String query) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query);
                ResultSet result = statement.executeQuery()) {
            return result.next() ? result.getString(1) : "none";
        }
    }

    private interface Body<T> {
        T run() throws SQLException;
    }

    private static <T> CompletableFuture<T> inBackground(Body<T> work) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return work.run();
                    } catch (SQLException e) {
                        throw new IllegalStateException(e.getSQLState() + " " + e.getMessage(), e);
                    }
                },
                task -> new Thread(task, "in-background").start());
    }

    private static int credit(Connection connection) throws SQLException {
        return update(connection, "UPDATE account SET balance = balance + 1 WHERE id = 1");
    }

    @Test
    void aWriteIsCommittedOnlyAfterTheHoldersCommit() throws SQLException {
        Participation holder = application.begin();
        debit(holder, 10);
        CompletableFuture<Integer> write = inBackground(() -> respecting(patientData, GlobalLockContract::credit));
        awaitWaiting(1);
        assertThat(write).isNotDone();
        application.commit(holder);
        assertThat(write.join()).isEqualTo(1);
        assertThat(balance(1)).isEqualTo("91.00");
        assertThat(Rows.inUndoLog(database, 1)).isZero();
    }

    private void awaitWaiting(int requests) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> coordinator.waitingForLocks() == requests);
    }

    @Test
    void aWriteGivesWayToTheHoldersRollback() throws SQLException {
        Participation holder = application.begin();
        debit(holder, 10);
        CompletableFuture<Integer> write = inBackground(() -> respecting(patientData, GlobalLockContract::credit));
        awaitWaiting(1);
        rollBackAndAwait(holder);
        assertThatThrownBy(write::join).hasMessageContaining("40001").hasMessageContaining("rolling back");
        assertThat(balance(1)).isEqualTo("100.00");
    }

    @Test
    void anAutocommitWriteRunsAgainAfterTheHoldersRollback() throws SQLException {
        Participation holder = application.begin();
        debit(holder, 10);
        CompletableFuture<Integer> write = inBackground(() -> {
            Scope scope = GlobalLockScope.open();
            try (Connection connection = patientData.getConnection()) {
                return credit(connection);
            } finally {
                scope.close();
            }
        });
        awaitWaiting(1);
        rollBackAndAwait(holder);
        assertThat(write.join()).isEqualTo(1);
        assertThat(balance(1)).isEqualTo("101.00");
    }

    @Test
    void aWaitThatEndsNamesTheHolderItsApplicationAndItsAge() throws SQLException {
        Participation holder = application.begin();
        debit(holder, 10);
        assertThatThrownBy(() -> respecting(dataSource, GlobalLockContract::credit))
                .isInstanceOfSatisfying(
                        SQLException.class,
                        error -> assertThat(error.getSQLState()).isEqualTo("40001"))
                .hasMessageContaining(holder.xid().toString())
                .hasMessageContaining("application 'application'")
                .hasMessageMatching("(?s).*began \\d+ ms ago.*");
        assertThat(balance(1)).isEqualTo("90.00");
        assertState("40001", () -> respecting(dataSource, connection -> read(connection, FOR_UPDATE)));
        assertState("40001", () -> {
            Scope scope = GlobalLockScope.open();
            try (Connection connection = dataSource.getConnection()) {
                read(connection, FOR_UPDATE);
            } finally {
                scope.close();
            }
        });
        application.commit(holder);
        String committed = respecting(dataSource, connection -> read(connection, FOR_UPDATE));
        assertThat(committed).isEqualTo("90.00");
    }

    /** The database has no lock on the row any more: without dtx's own answer the wait would be that for a global lock. */
    @Test
    void aReadThatIsNotToWaitFailsAtOnceWhereAGlobalTransactionHoldsARow() throws SQLException {
        Participation holder = application.begin();
        debit(holder, 10);
        String join = "SELECT a.balance FROM account a JOIN account b ON a.id = b.id WHERE a.id = 1 FOR UPDATE NOWAIT";
        for (String sql : List.of(FOR_UPDATE + " NOWAIT", join)) {
            assertFailsAtOnce(() -> respecting(patientData, connection -> read(connection, sql)));
            assertFailsAtOnce(() -> {
                Scope scope = GlobalLockScope.open();
                try (Connection autocommitting = patientData.getConnection()) {
                    return read(autocommitting, sql);
                } finally {
                    scope.close();
                }
            });
        }
        Participation another = patient.begin();
        assertFailsAtOnce(() -> Application.inLocal(another, patientData, connection -> read(connection, join)));
        patient.rollBack(another);
        application.commit(holder);
        for (String sql : List.of(FOR_UPDATE + " nowait", join)) {
            String committed = respecting(patientData, connection -> read(connection, sql));
            assertThat(committed).isEqualTo("90.00");
        }
    }

    private static void assertFailsAtOnce(Body<String> read) {
        assertThat(inBackground(read))
                .failsWithin(FOREVER.dividedBy(4))
                .withThrowableThat()
                .withMessageContaining("40001")
                .withMessageContaining("not to wait");
    }

    @Test
    void withoutTheAnnotationNothingIsAsked() throws SQLException {
        Participation holder = application.begin();
        debit(holder, 10);
        try (Connection connection = dataSource.getConnection()) {
            assertThat(read(connection, FOR_UPDATE)).isEqualTo("90.00");
            assertThat(credit(connection)).isEqualTo(1);
        }
        application.commit(holder);
        assertThat(balance(1)).isEqualTo("91.00");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO item VALUES (1, 'other', 1)", // the key of a row that was deleted
                "INSERT INTO item VALUES (9, 'one', 1)", // a unique value that was freed by a delete
                "INSERT INTO item VALUES (9, 'two', 1)", // by an update
                "UPDATE item SET code = 'two' WHERE id = 4",
                "DELETE FROM item WHERE id = 2"
            })
    void keysAndUniqueValuesAreRespected(String write) throws SQLException {
        database.run(
                "CREATE TABLE item (id INT PRIMARY KEY, code VARCHAR(20) UNIQUE, amount INT NOT NULL)",
                "INSERT INTO item VALUES (1, 'one', 1), (2, 'two', 1), (4, 'four', 1)");
        Participation holder = application.begin();
        inLocal(holder, dataSource, connection -> {
            update(connection, "DELETE FROM item WHERE id = 1");
            return update(connection, "UPDATE item SET code = 'second' WHERE id = 2");
        });
        List<String> before = Rows.of(database, "SELECT id, code, amount FROM item ORDER BY id");
        assertState("40001", () -> respecting(dataSource, connection -> update(connection, write)));
        assertThat(Rows.of(database, "SELECT id, code, amount FROM item ORDER BY id"))
                .isEqualTo(before);
        application.commit(holder);
        assertThat((int) respecting(dataSource, connection -> update(connection, write)))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "INSERT INTO parent VALUES (3) | INSERT INTO child VALUES (5, 3)",
                "INSERT INTO parent VALUES (3) | UPDATE child SET parent = 3 WHERE id = 1",
                "DELETE FROM child WHERE id = 1 | DELETE FROM parent WHERE id = 1",
                "UPDATE child SET parent = 2 WHERE id = 1 | DELETE FROM parent WHERE id = 1"
            })
    void parentsAndChildrenAreRespected(String holders, String write) throws SQLException {
        database.run(
                "CREATE TABLE parent (id INT PRIMARY KEY)",
                "CREATE TABLE child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id))",
                "INSERT INTO parent VALUES (1), (2)",
                "INSERT INTO child VALUES (1, 1), (2, 2)");
        Participation holder = application.begin();
        inLocal(holder, dataSource, connection -> update(connection, holders));
        assertState("40001", () -> respecting(dataSource, connection -> update(connection, write)));
        assertThat((int) respecting(dataSource, connection -> update(connection, "INSERT INTO child VALUES (7, 2)")))
                .isEqualTo(1);
        application.commit(holder);
        assertThat((int) respecting(dataSource, connection -> update(connection, write)))
                .isEqualTo(1);
    }

    @Test
    void batchesAreRespectedToo() throws SQLException {
        Participation holder = application.begin();
        debit(holder, 10);
        Application.Work<Integer> batch = connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("UPDATE account SET balance = balance + ? WHERE id = ?")) {
                for (int id : new int[] {2, 1}) {
                    statement.setInt(1, 5);
                    statement.setInt(2, id);
                    statement.addBatch();
                }
                return statement.executeBatch().length;
            }
        };
        assertState("40001", () -> respecting(dataSource, batch));
        assertThat(balance(2)).isEqualTo("50.00");
        application.commit(holder);
        assertThat((int) respecting(dataSource, batch)).isEqualTo(2);
        assertThat(balance(2)).isEqualTo("55.00");
    }

    @Test
    void theScopeCoversTheLocalTransactionToItsEnd() throws SQLException {
        Participation holder = application.begin();
        debit(holder, 10);
        assertState("40001", () -> {
            try (Connection connection = dataSource.getConnection()) {
                connection.setAutoCommit(false);
                Scope scope = GlobalLockScope.open();
                update(connection, "UPDATE account SET balance = 0 WHERE id = 2");
                scope.close();
                credit(connection);
                connection.commit();
            }
        });
        assertThat(accounts()).containsExactly("1|Ann|90.00", "2|Bob|50.00", "3|null|0.00");
    }

    @Test
    void whatCanNotBeCapturedIsRefused() {
        assertThatThrownBy(() -> respecting(
                        dataSource, connection -> update(connection, "UPDATE account SET id = 7 WHERE id = 1")))
                .isInstanceOfSatisfying(
                        SQLException.class,
                        error -> assertThat(error.getSQLState()).startsWith("0A"))
                .hasMessageContaining("@GlobalLock");
    }

    @Test
    void everyLocalWriteIsCheckedIfTheSettingsSaySo() throws SQLException {
        Participation holder = application.begin();
        debit(holder, 10);
        assertState("40001", () -> {
            try (Connection connection = checkingData.getConnection()) {
                credit(connection);
            }
        });
        try (Connection connection = checkingData.getConnection()) {
            assertThat(read(connection, "SELECT balance FROM account WHERE id = 1"))
                    .isEqualTo("90.00");
        }
        application.commit(holder);
        try (Connection connection = checkingData.getConnection()) {
            assertThat(credit(connection)).isEqualTo(1);
        }
        assertThat(balance(1)).isEqualTo("91.00");
    }

    @Test
    void aSettingThatChecksSeesWritesBehindOtherWords() throws SQLException {
        String write = "UPDATE account SET balance = 0 WHERE id = 1";
        List<String> texts = new ArrayList<>(List.of(
                "SELECT 1; " + write,
                "CREATE TABLE IF NOT EXISTS made (id INT PRIMARY KEY); " + write,
                "CREATE TABLE event (id INT PRIMARY KEY); " + write));
        if (server().dialect() == Dialect.MYSQL) {
            texts.addAll(List.of(
                    "SET STATEMENT max_statement_time = 5 FOR " + write,
                    "ANALYZE " + write,
                    "/* slow */ ANALYZE FORMAT = JSON " + write));
        }
        if (server().dialect() == Dialect.H2) {
            texts.add("SELECT id FROM FINAL TABLE (" + write + ")");
            texts.add("SELECT id FROM OLD TABLE /* the old */ (DELETE FROM account WHERE id = 1)");
        }
        for (String text : texts) {
            try (Connection connection = checkingData.getConnection();
                    Statement statement = connection.createStatement()) {
                assertState("0A000", () -> statement.execute(text));
            }
        }
        assertThat(balance(1)).isEqualTo("100.00");
    }

    @Test
    void aSettingThatChecksLetsSchemaChangesPass() throws SQLException {
        try (Connection connection = checkingData.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("-- made by a migration\nCREATE TABLE made (id INT PRIMARY KEY); ");
            statement.addBatch("ALTER TABLE made ADD COLUMN a INT");
            statement.execute("CREATE TABLE other (id INT PRIMARY KEY); -- done");
            statement.addBatch("ALTER TABLE made ADD COLUMN b INT");
            statement.executeBatch();
            assertThat(statement.executeUpdate("INSERT INTO made VALUES (1, 2, 3)"))
                    .isEqualTo(1);
            assertState("0A000", () -> statement.execute("TRUNCATE TABLE made"));
        }
        assertThat(Rows.of(database, "SELECT * FROM made")).containsExactly("1|2|3");
    }

    @Test
    void aSettingThatChecksLetsTheHistoryOfMigrationsPassWhichHasNoKey() throws SQLException {
        try (Connection connection = checkingData.getConnection()) {
            connection.setAutoCommit(false);
            update(connection, "CREATE TABLE changes (id VARCHAR(20) NOT NULL)");
            assertThat(update(connection, "INSERT INTO changes VALUES (?)", "1"))
                    .isEqualTo(1);
            connection.commit();
            update(
                    connection,
                    "CREATE TABLE note (account BIGINT NOT NULL, FOREIGN KEY (account) REFERENCES account (id))");
            assertState("0A000", () -> update(connection, "INSERT INTO note VALUES (1)"));
            connection.rollback();
        }
        assertThat(Rows.of(database, "SELECT * FROM changes")).containsExactly("1");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSettingThatChecksLetsBatchesPassThatWriteTablesWithoutKeysAlone(boolean autoCommit) throws SQLException {
        database.run(
                "CREATE TABLE audit (text VARCHAR(20) NOT NULL)",
                "CREATE TABLE note (account BIGINT NOT NULL, FOREIGN KEY (account) REFERENCES account (id))");
        try (Connection connection = checkingData.getConnection()) {
            connection.setAutoCommit(autoCommit);
            try (PreparedStatement statement = connection.prepareStatement("INSERT INTO audit VALUES (?)")) {
                for (String text : List.of("one", "two", "three")) {
                    statement.setString(1, text);
                    statement.addBatch();
                }
                assertThat(statement.executeBatch()).hasSize(3);
            }
            try (Statement statement = connection.createStatement()) {
                statement.addBatch("UPDATE audit SET text = 'second' WHERE text = 'two'");
                statement.addBatch("DELETE FROM audit WHERE text = 'three'");
                assertThat(statement.executeBatch()).containsExactly(1, 1);
                if (!autoCommit) {
                    connection.commit();
                }
                for (String other : List.of(
                        "UPDATE account SET balance = 7 WHERE id = 2",
                        "INSERT INTO note VALUES (1)",
                        "CREATE TABLE made (a INT)")) {
                    statement.addBatch("INSERT INTO audit VALUES ('four')");
                    statement.addBatch(other);
                    assertState("0A000", statement::executeBatch);
                    if (!autoCommit) {
                        connection.rollback();
                    }
                }
            }
            respecting(checkingData, locking -> {
                try (Statement statement = locking.createStatement()) {
                    statement.addBatch("INSERT INTO audit VALUES ('four')");
                    assertState("0A000", statement::executeBatch);
                }
                return true;
            });
        }
        assertThat(Rows.of(database, "SELECT * FROM audit ORDER BY text")).containsExactly("one", "second");
        assertThat(balance(2)).isEqualTo("50.00");
    }

    @Test
    void aSettingThatChecksAsksOnceForATableWithoutAKeyAndForgetsNoOther() throws SQLException {
        database.run("CREATE TABLE audit (text VARCHAR(20) NOT NULL)");
        Counting counting = new Counting(database.dataSource());
        try (Connection connection = checking.manage(counting.dataSource()).getConnection()) {
            credit(connection);
            counting.executions();
            credit(connection);
            int ofAKnownTable = counting.executions();
            update(connection, "INSERT INTO audit VALUES ('one')");
            counting.executions();
            // What is known of a table is forgotten, if at all, once it is a second old.
            long known = System.nanoTime();
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(50))
                    .until(() ->
                            System.nanoTime() - known > Duration.ofMillis(1_100).toNanos());
            update(connection, "INSERT INTO audit VALUES ('two')");
            assertThat(counting.executions()).isEqualTo(1);
            credit(connection);
            assertThat(counting.executions()).isEqualTo(ofAKnownTable);
        }
    }

    @Test
    void aTableIsLookedAtAnewBeforeItIsRefusedForItsMissingKey() throws SQLException {
        database.run("CREATE TABLE audit (id INT NOT NULL)");
        try (Connection connection = checkingData.getConnection()) {
            update(connection, "INSERT INTO audit VALUES (1)");
        }
        database.run("ALTER TABLE audit ADD PRIMARY KEY (id)");
        Awaitility.await()
                .pollInterval(Duration.ofMillis(50))
                .atMost(Duration.ofSeconds(10))
                .ignoreExceptions()
                .until(() -> respecting(checkingData, connection -> update(connection, "INSERT INTO audit VALUES (2)"))
                        == 1);
    }

    @Test
    void aSettingThatChecksLetsAMigrationChangeTablesBehindRowsThatAreFree() throws SQLException {
        Participation holder = application.begin();
        debit(holder, 10);
        try (Connection connection = checkingData.getConnection()) {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 7 WHERE id = 2");
            update(connection, "CREATE TABLE made (a INT)");
            update(connection, "INSERT INTO made VALUES (1)");
            connection.commit();

            assertState("40001", () -> {
                update(connection, "UPDATE account SET balance = 7 WHERE id = 1");
                update(connection, "ALTER TABLE made ADD COLUMN b INT");
                connection.commit();
            });
            connection.rollback();
        }
        assertThat(balance(2)).isEqualTo("7.00");
        assertThat(Rows.of(database, "SELECT a FROM made")).containsExactly("1");
        rollBackAndAwait(holder);
        assertThat(balance(1)).isEqualTo("100.00");
    }

    @Test
    void aSettingThatChecksCommitsNothingThatTheDatabaseWouldLeaveOpen() throws SQLException {
        List<String> texts = new ArrayList<>(List.of(
                "CREATE TEMPORARY TABLE report (a INT)",
                "CREATE /* for today */ TEMPORARY TABLE report (a INT)",
                "CREATE /* a table for today */ TEMPORARY TABLE report (a INT)",
                "DROP PREPARE report"));
        switch (server().dialect()) {
            case MYSQL ->
                texts.addAll(List.of(
                        "CREATE OR REPLACE TEMPORARY TABLE report AS SELECT 1 AS a",
                        "CREATE /*!50000 TEMPORARY */ TABLE report (a INT)",
                        "DROP /* of before */ TEMPORARY TABLE IF EXISTS report"));
            case H2 ->
                texts.addAll(List.of(
                        "CREATE CACHED LOCAL TEMPORARY TABLE report (a INT) TRANSACTIONAL",
                        "CREATE SEQUENCE report",
                        "ALTER TABLE report ALTER COLUMN a RESTART WITH 5",
                        "ALTER TABLE report ALTER COLUMN a SET INCREMENT BY 2"));
            case POSTGRESQL -> texts.add("CREATE LOCAL TEMP TABLE report (a INT)");
        }
        try (Connection connection = checkingData.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String text : texts) {
                update(connection, "UPDATE account SET balance = 7 WHERE id = 2");
                assertState("0A000", () -> statement.execute(text));
                connection.rollback();
            }
        }
        assertThat(balance(2)).isEqualTo("50.00");
    }

    @Test
    void aSettingThatChecksKnowsATemporaryTableFromAColumnOfThatName() throws SQLException {
        database.run("CREATE TABLE sensor (id INT PRIMARY KEY)");
        try (Connection connection = checkingData.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 7 WHERE id = 2");
            statement.execute("ALTER TABLE sensor ADD COLUMN temp INT");
            connection.commit();
        }
        assertThat(Rows.of(database, "SELECT temp FROM sensor")).isEmpty();
        assertThat(balance(2)).isEqualTo("7.00");
    }

    @ParameterizedTest
    @ValueSource(strings = {"08006", "42501", "42000"})
    @DisplayName("a broken connection or a missing right does not say that there is no undo_log, and so no global lock")
    void aSettingThatChecksMissesNoUndoLogThatCouldNotBeRead(String state) throws SQLException {
        Participation holder = application.begin();
        debit(holder, 10);
        Faults faults = new Faults(database.dataSource());
        faults.before("FROM undo_log WHERE 1 = 0", () -> {
            throw new SQLException("not for you", state);
        });
        try (Connection connection = checking.manage(faults.dataSource()).getConnection()) {
            assertState("0A000", () -> credit(connection));
            assertThatThrownBy(() -> credit(connection)).hasMessageContaining("not for you");
        }
        assertThat(balance(1)).isEqualTo("90.00");
        rollBackAndAwait(holder);
        assertThat(balance(1)).isEqualTo("100.00");
    }

    @Test
    void aSettingThatChecksLetsAMigrationMakeTheUndoLog() throws SQLException {
        var empty = server().createFresh();
        DataSource fresh = checking.manage(empty);
        try (Connection connection = fresh.getConnection()) {
            update(connection, "CREATE TABLE history (id INT PRIMARY KEY, name VARCHAR(20))");
            assertThat(update(connection, "INSERT INTO history VALUES (?, ?)", 1, "baseline"))
                    .isEqualTo(1);
        }
        assertThat(Rows.of(empty, "SELECT name FROM history")).containsExactly("baseline");
    }
}
