package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.CurrentTransaction.Scope;
import io.dtx.context.GlobalLockScope;
import io.dtx.context.Participation;
import io.dtx.model.TransactionStatus;
import io.dtx.sql.Dialect;
import io.dtx.test.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Way 14 (T15): what one global transaction takes that another, still undecided, has freed or made. Each would be written by a
 * database that only knows local transactions, and would stand in the way of the other's restore.
 */
abstract class TwoTransactionsContract extends ResourceContract {

    Participation first;
    Participation second;

    @BeforeEach
    void tables() {
        database.run(
                "CREATE TABLE seat (id INT PRIMARY KEY, code VARCHAR(20) UNIQUE)",
                "INSERT INTO seat VALUES (1, 'A1'), (2, 'B2')",
                "CREATE TABLE parent (a INT NOT NULL, b VARCHAR(10) NOT NULL, code VARCHAR(10) UNIQUE, n INT,"
                        + " PRIMARY KEY (b, a))",
                "INSERT INTO parent VALUES (1, 'x', 'c1', 0), (2, 'y', 'c2', 0)",
                "CREATE TABLE child (id INT PRIMARY KEY, pb VARCHAR(10), pa INT, code VARCHAR(10), n INT,"
                        + " FOREIGN KEY (pb, pa) REFERENCES parent (b, a), FOREIGN KEY (code) REFERENCES parent (code))",
                "INSERT INTO child VALUES (1, 'x', 1, 'c1', 0)",
                "CREATE TABLE node (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES node (id))",
                "INSERT INTO node VALUES (1, NULL), (2, 1)");
        first = application.begin();
        second = application.begin();
    }

    private void run(Participation participation, String... statements) throws SQLException {
        inLocal(participation, dataSource, connection -> {
            for (String sql : statements) {
                update(connection, sql);
            }
            return true;
        });
    }

    /** The second must not get what the first may have to take back; what was there is there again. */
    private void assertKeptApart(String ofFirst, String... ofSecond) throws SQLException {
        List<String> before = everything();
        run(first, ofFirst);
        assertState("40001", () -> run(second, ofSecond));
        rollBackAndAwait(first);
        assertThat(everything()).isEqualTo(before);
        Participation third = application.begin();
        run(third, "UPDATE account SET balance = balance WHERE id = 1");
        assertThat(application.commit(third).status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    private void assertBothRun(String ofFirst, String ofSecond) throws SQLException {
        List<String> before = everything();
        run(first, ofFirst);
        run(second, ofSecond);
        rollBackAndAwait(first);
        rollBackAndAwait(second);
        assertThat(everything()).isEqualTo(before);
    }

    private List<String> everything() {
        List<String> rows = new ArrayList<>();
        for (String table : List.of("seat", "parent", "child", "node")) {
            rows.addAll(Rows.of(database, "SELECT * FROM " + table + " ORDER BY 1, 2"));
        }
        return rows;
    }

    @Test
    @DisplayName("way 14, T15: a unique value freed by an update is not taken before its transaction ends")
    void way14_aUniqueValueFreedByAnUpdateIsNotTaken() throws SQLException {
        assertKeptApart("UPDATE seat SET code = 'Z9' WHERE id = 1", "UPDATE seat SET code = 'A1' WHERE id = 2");
    }

    @Test
    @DisplayName("way 14, T15: a unique value freed by a delete is not taken before its transaction ends")
    void way14_aUniqueValueFreedByADeleteIsNotTaken() throws SQLException {
        assertKeptApart("DELETE FROM seat WHERE id = 1", "INSERT INTO seat VALUES (3, 'A1')");
    }

    @Test
    @DisplayName("way 14, T15: a primary key freed by a delete is not taken before its transaction ends")
    void way14_aPrimaryKeyFreedByADeleteIsNotTaken() throws SQLException {
        assertKeptApart("DELETE FROM seat WHERE id = 1", "INSERT INTO seat VALUES (1, 'new')");
    }

    @Test
    @DisplayName("way 14, T15: a row is not put under a parent that another transaction has inserted and may take back")
    void way14_aChildIsNotInsertedUnderAnotherTransactionsParent() throws SQLException {
        assertKeptApart("INSERT INTO parent VALUES (3, 'z', 'c3', 0)", "INSERT INTO child VALUES (2, 'z', 3, NULL, 0)");
    }

    @Test
    @DisplayName("way 14, T15: nor is it moved there, nor through a foreign key to a unique key")
    void way14_aChildIsNotMovedUnderAnotherTransactionsParent() throws SQLException {
        assertKeptApart("INSERT INTO parent VALUES (3, 'z', 'c3', 0)", "UPDATE child SET code = 'c3' WHERE id = 1");
    }

    @Test
    @DisplayName("way 14, T15: a parent is not deleted whose child another transaction has deleted and may put back")
    void way14_aParentIsNotDeletedUnderADeletedChild() throws SQLException {
        assertKeptApart("DELETE FROM child WHERE id = 1", "DELETE FROM parent WHERE a = 1");
    }

    @Test
    @DisplayName("way 14, T15: a parent is not deleted from which another transaction has moved a child away")
    void way14_aParentIsNotDeletedUnderAMovedChild() throws SQLException {
        assertKeptApart("UPDATE child SET pa = 2, pb = 'y', code = NULL", "DELETE FROM parent WHERE a = 1");
    }

    @Test
    @DisplayName("way 14, T15: nor is it in the local transaction that has moved its other children away before")
    void way14_aParentIsNotDeletedUnderADeletedChildOnceTheOthersAreMoved() throws SQLException {
        database.run(
                "DELETE FROM child WHERE id = 1",
                "INSERT INTO child VALUES (2, 'x', 1, NULL, 0), (3, 'x', 1, NULL, 0)");
        assertKeptApart(
                "DELETE FROM child WHERE id = 2",
                "UPDATE child SET pb = 'y', pa = 2 WHERE id = 3",
                "DELETE FROM parent WHERE a = 1");
    }

    @Test
    @DisplayName("way 14, T15: the referenced unique key of a parent is not changed under a child that may come back")
    void way14_aReferencedUniqueKeyIsNotChangedUnderADeletedChild() throws SQLException {
        assertKeptApart("DELETE FROM child WHERE id = 1", "UPDATE parent SET code = 'other' WHERE a = 1");
    }

    @Test
    @DisplayName("way 14, T15: a table that refers to itself is kept apart in the same way")
    void way14_aSelfReferencingTableIsKeptApart() throws SQLException {
        assertKeptApart("INSERT INTO node VALUES (3, 3)", "UPDATE node SET up = 3 WHERE id = 1");
    }

    @Test
    @DisplayName("way 14, T15: children of one parent do not wait for each other, nor for updates of the parent")
    void way14_childrenOfOneParentDoNotWait() throws SQLException {
        assertBothRun("INSERT INTO child VALUES (2, 'x', 1, 'c1', 0)", "INSERT INTO child VALUES (3, 'x', 1, 'c1', 0)");
        first = application.begin();
        second = application.begin();
        assertBothRun("UPDATE parent SET n = 5 WHERE a = 1", "INSERT INTO child VALUES (2, 'x', 1, 'c1', 0)");
        first = application.begin();
        second = application.begin();
        assertBothRun("UPDATE child SET n = 7 WHERE id = 1", "INSERT INTO parent VALUES (3, 'z', 'c3', 0)");
    }

    @Test
    @DisplayName("way 14, T15: within one transaction parents, children and values come and go as they like")
    void way14_oneTransactionMayDoAllOfIt() throws SQLException {
        List<String> before = everything();
        run(
                first,
                "INSERT INTO parent VALUES (3, 'z', 'c3', 0)",
                "INSERT INTO child VALUES (2, 'z', 3, 'c3', 0)",
                "UPDATE child SET pa = 3, pb = 'z', code = 'c3' WHERE id = 1",
                "DELETE FROM parent WHERE a = 1",
                "INSERT INTO node VALUES (3, 3)",
                "UPDATE node SET up = 3 WHERE id = 2",
                "UPDATE node SET up = NULL WHERE id = 3");
        run(
                first,
                "UPDATE child SET pa = NULL, pb = NULL, code = NULL",
                "DELETE FROM parent WHERE a = 3",
                "DELETE FROM node WHERE id = 2",
                "DELETE FROM seat WHERE id = 1",
                "UPDATE seat SET code = 'A1' WHERE id = 2");
        rollBackAndAwait(first);
        assertThat(everything()).isEqualTo(before);
    }

    /** Statements that leave the first seat with the code Z9, whatever it had. */
    private List<String> writesOfZ9() {
        String using = "MERGE INTO seat USING (SELECT 1 AS i, 'Z9' AS c) s ON seat.id = s.i"
                + " WHEN MATCHED THEN UPDATE SET code = s.c WHEN NOT MATCHED THEN INSERT (id, code) VALUES (s.i, s.c)";
        return switch (database.dialect()) {
            case MYSQL ->
                List.of(
                        "INSERT INTO seat VALUES (1, 'Z9') ON DUPLICATE KEY UPDATE code = VALUES(code)",
                        "REPLACE INTO seat VALUES (1, 'Z9')");
            case POSTGRESQL ->
                List.of("INSERT INTO seat VALUES (1, 'Z9') ON CONFLICT (id) DO UPDATE SET code = EXCLUDED.code", using);
            case H2 -> List.of("MERGE INTO seat KEY (id) VALUES (1, 'Z9')", using);
        };
    }

    @Test
    @DisplayName("way 14: an upsert that finds a row as it would leave it waits for whoever has made it so")
    void way14_anUpsertThatChangesNothingIsKeptApart() throws SQLException {
        for (String upsert : writesOfZ9()) {
            first = application.begin();
            second = application.begin();
            assertKeptApart("UPDATE seat SET code = 'Z9' WHERE id = 1", upsert);
        }
    }

    @Test
    @DisplayName("way 14: likewise in a local transaction that only respects global locks")
    void way14_anUpsertThatChangesNothingIsKeptApartUnderAGlobalLock() throws SQLException {
        for (String upsert : writesOfZ9()) {
            first = application.begin();
            run(first, "UPDATE seat SET code = 'Z9' WHERE id = 1");
            assertState("40001", () -> runRespecting(upsert));
            rollBackAndAwait(first);
            assertThat(runRespecting(upsert)).isPositive();
            assertThat(Rows.of(database, "SELECT code FROM seat WHERE id = 1")).containsExactly("Z9");
            database.run("UPDATE seat SET code = 'A1' WHERE id = 1");
        }
    }

    /** In a local transaction of its own, outside of any global one. */
    private int runRespecting(String sql) throws SQLException {
        Scope scope = GlobalLockScope.open();
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            int count = update(connection, sql);
            connection.commit();
            return count;
        } finally {
            scope.close();
        }
    }

    @Test
    @DisplayName("way 14: an upsert that changes nothing holds its row to the end, and leaves it as it is")
    void way14_anUpsertThatChangesNothingHoldsItsRow() throws SQLException {
        database.run("UPDATE seat SET code = 'Z9' WHERE id = 1");
        for (String upsert : writesOfZ9()) {
            first = application.begin();
            second = application.begin();
            assertKeptApart(upsert, "UPDATE seat SET code = 'X1' WHERE id = 1");
            first = application.begin();
            run(first, upsert, upsert, "UPDATE seat SET code = 'X2' WHERE id = 1", upsert);
            rollBackAndAwait(first);
            assertThat(Rows.of(database, "SELECT code FROM seat WHERE id = 1")).containsExactly("Z9");
            first = application.begin();
            run(first, upsert);
            assertThat(application.commit(first).status()).isEqualTo(TransactionStatus.COMMITTED);
        }
    }

    /** Statements that would make a seat with the code P, and leave one that is there alone. */
    private List<String> unlessThere() {
        String using = "MERGE INTO seat USING (SELECT 3 AS i, 'P' AS c) s ON seat.id = s.i";
        String inserting = " WHEN NOT MATCHED THEN INSERT (id, code) VALUES (s.i, s.c)";
        return switch (database.dialect()) {
            case MYSQL ->
                List.of(
                        "INSERT IGNORE INTO seat VALUES (3, 'P')",
                        "INSERT IGNORE INTO seat (code, id) VALUES ('P', 4)",
                        "INSERT IGNORE INTO seat VALUES (1, 'A1'), (3, UUID())",
                        "INSERT IGNORE INTO seat SET id = 3, code = LOWER('Q')");
            case POSTGRESQL ->
                List.of(
                        "INSERT INTO seat VALUES (3, 'P') ON CONFLICT DO NOTHING",
                        "INSERT INTO seat VALUES (4, 'P') ON CONFLICT (code) DO NOTHING",
                        "INSERT INTO seat AS s (code, id) VALUES ('A1', 1), (DEFAULT, 1 + 2) ON CONFLICT DO NOTHING",
                        "INSERT INTO seat VALUES (3.1, 'P') ON CONFLICT (id) DO UPDATE SET code = 'no' WHERE FALSE",
                        using + inserting,
                        using + " WHEN MATCHED AND seat.code = 'no' THEN UPDATE SET code = 'never'" + inserting);
            case H2 ->
                List.of(
                        using + inserting,
                        using + " WHEN MATCHED AND seat.code = 'no' THEN UPDATE SET code = 'never'" + inserting);
        };
    }

    @Test
    @DisplayName("way 14: a statement that leaves a row alone answers only when that row is there for good")
    void way14_aRowThatMayGoIsNotMet() throws SQLException {
        for (String sql : unlessThere()) {
            first = application.begin();
            second = application.begin();
            assertKeptApart("INSERT INTO seat VALUES (3, 'P')", sql);
            first = application.begin();
            run(first, "INSERT INTO seat VALUES (3, 'P')");
            assertState("40001", () -> runRespecting(sql));
            rollBackAndAwait(first);
        }
    }

    @Test
    @DisplayName("way 14: so do batches of such statements, and of upserts that change nothing")
    void way14_batchesMeetNoRowsThatMayGo() throws SQLException {
        run(first, "INSERT INTO seat VALUES (3, 'P')", "UPDATE seat SET code = 'Z9' WHERE id = 1");
        List<String> all = new ArrayList<>(unlessThere());
        all.addAll(writesOfZ9());
        for (String sql : all) {
            second = application.begin();
            assertState(
                    "40001",
                    () -> inLocal(second, dataSource, connection -> {
                        try (Statement batch = connection.createStatement()) {
                            batch.addBatch("INSERT INTO node VALUES (9, NULL)");
                            batch.addBatch(sql);
                            batch.addBatch(sql);
                            return batch.executeBatch();
                        }
                    }));
            rollBackAndAwait(second);
        }
        rollBackAndAwait(first);
        assertThat(Rows.of(database, "SELECT id, code FROM seat ORDER BY id")).containsExactly("1|A1", "2|B2");
    }

    @Test
    @DisplayName("way 14: a payment whose repetition met it, and which was then taken back, is not taken for done")
    void way14_aRepetitionIsNotToldOfAPaymentThatIsTakenBack() throws SQLException {
        String pay = unlessThere().get(0);
        try (Application patient =
                Application.on(coordinator, "patient", Duration.ofMinutes(2), Application.SETTINGS)) {
            DataSource patientData = patient.manage(database);
            patientData.getConnection().close();
            for (boolean commits : new boolean[] {false, true}) {
                database.run("DELETE FROM seat WHERE id = 3");
                first = application.begin();
                run(first, pay);
                Participation again = patient.begin();
                CompletableFuture<Integer> repetition = CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return bound(again, patientData, connection -> update(connection, pay));
                            } catch (SQLException e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        task -> new Thread(task, "repetition").start());
                Awaitility.await().until(() -> coordinator.waitingForLocks() == 1);
                assertThat(repetition).isNotDone();
                if (commits) {
                    application.commit(first);
                } else {
                    rollBackAndAwait(first);
                }
                assertThat(repetition.join()).isEqualTo(commits ? 0 : 1);
                assertThat(patient.commit(again).status()).isEqualTo(TransactionStatus.COMMITTED);
                assertThat(Rows.of(database, "SELECT code FROM seat WHERE id = 3"))
                        .containsExactly("P");
            }
        }
    }

    @Test
    @DisplayName("way 14: one transaction meets its own rows, and those of nobody, without a wait")
    void way14_rowsThatAreThereForGoodAreMet() throws SQLException {
        for (String sql : unlessThere()) {
            List<String> before = everything();
            run(first, "INSERT INTO seat VALUES (3, 'P')");
            run(first, sql, sql);
            rollBackAndAwait(first);
            assertThat(everything()).isEqualTo(before);
            database.run("INSERT INTO seat VALUES (3, 'P')");
            first = application.begin();
            run(first, sql, sql);
            run(second, sql);
            assertThat(application.commit(second).status()).isEqualTo(TransactionStatus.COMMITTED);
            rollBackAndAwait(first);
            database.run("DELETE FROM seat WHERE id > 2");
            first = application.begin();
            second = application.begin();
        }
    }

    @Test
    @DisplayName("way 14: what meets no row asks for none")
    void way14_anInsertThatMeetsNothingCostsNoMoreThanAnother() throws SQLException {
        Assumptions.assumeTrue(database.dialect() != Dialect.H2, "it has no such INSERT");
        boolean mysql = database.dialect() == Dialect.MYSQL;
        Counting counting = new Counting(database.dataSource());
        DataSource counted = application.manage(counting.dataSource());
        List<Integer> executions = new ArrayList<>();
        for (int id : new int[] {3, 4, 5}) {
            String sql = "INTO seat VALUES (" + id + ", 'n" + id + "'), (" + 10 * id + ", NULL)";
            String text = id < 5
                    ? "INSERT " + sql
                    : mysql ? "INSERT IGNORE " + sql : "INSERT " + sql + " ON CONFLICT DO NOTHING";
            inLocal(first, counted, connection -> {
                counting.executions();
                assertThat(update(connection, text)).isEqualTo(2);
                executions.add(counting.executions());
                return true;
            });
        }
        assertThat(executions.get(2)).isEqualTo(executions.get(1)).isEqualTo(1);
        rollBackAndAwait(first);
    }

    @Test
    @DisplayName("way 14: a row that is gone before it is looked at was met in vain: run it again")
    void way14_aRowThatIsGoneByNow() throws SQLException {
        Assumptions.assumeTrue(database.dialect() == Dialect.POSTGRESQL, "MariaDB locks the rows that it meets");
        Faults faults = new Faults(database.dataSource());
        DataSource faulty = application.manage(faults.dataSource());
        String pay = "INSERT INTO seat VALUES (?, ?), (9, NULL) ON CONFLICT DO NOTHING";
        faults.before("FOR KEY SHARE", () -> database.run("DELETE FROM seat WHERE id = 1"));
        assertState("40001", () -> inLocal(first, faulty, connection -> update(connection, pay, 1, "A1")));
        assertThat(Rows.of(database, "SELECT id FROM seat")).containsExactly("2");
        database.run("INSERT INTO seat VALUES (1, 'A1')");
        first = application.begin();
        faults.before("FOR KEY SHARE", () -> database.run("DELETE FROM seat WHERE id = 1"));
        int paid = bound(first, faulty, connection -> update(connection, pay, 1, "A1"));
        assertThat(paid).isEqualTo(2);
        assertThat(application.commit(first).status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    @DisplayName("way 14: a batch that finds a row as it would leave it waits for whoever made it so, counted or not")
    void way14_aBatchWhoseDriverCountsOnlyChanges() throws SQLException {
        Assumptions.assumeTrue(database.dialect() == Dialect.MYSQL, "others count the rows that they meet");
        for (String url : List.of(database.url(), database.url().replace("jdbc:mariadb:", "jdbc:mysql:"))) {
            DataSource countsChanges = application.manage(new Database(
                    database.dialect(),
                    database.name(),
                    url + "?useAffectedRows=true",
                    database.user(),
                    database.password()));
            run(first, "UPDATE account SET owner = 'paid' WHERE id = 1");
            assertState(
                    "40001",
                    () -> inLocal(second, countsChanges, connection -> {
                        try (PreparedStatement pay =
                                connection.prepareStatement("UPDATE account SET owner = 'paid' WHERE id = ?")) {
                            for (int id : new int[] {1, 2}) {
                                pay.setInt(1, id);
                                pay.addBatch();
                            }
                            return pay.executeBatch();
                        }
                    }));
            rollBackAndAwait(second);
            rollBackAndAwait(first);
            assertThat(accounts()).startsWith("1|Ann|100.00", "2|Bob|50.00");
            first = application.begin();
            second = application.begin();
        }
    }

    @Test
    @DisplayName("way 14, T15: keys that differ only by case, under a collation that ignores it, are one key")
    void way14_keysThatDifferByCaseOnly() throws SQLException {
        Assumptions.assumeTrue(
                database.dialect() != Dialect.POSTGRESQL, "its nondeterministic collations are refused as keys");
        String type = database.dialect() == Dialect.H2
                ? "VARCHAR_IGNORECASE(20)"
                : "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci";
        database.run("CREATE TABLE tag (name " + type + " PRIMARY KEY, n INT)", "INSERT INTO tag VALUES ('old', 1)");
        run(first, "DELETE FROM tag WHERE name = 'old'", "INSERT INTO tag VALUES ('New', 1)");
        assertState("40001", () -> run(second, "INSERT INTO tag VALUES ('OLD', 2)"));
        rollBackAndAwait(second);
        second = application.begin();
        assertState("40001", () -> run(second, "UPDATE tag SET n = 2 WHERE name = 'NEW'"));
        rollBackAndAwait(first);
        assertThat(Rows.of(database, "SELECT name, n FROM tag")).containsExactly("old|1");
    }
}
