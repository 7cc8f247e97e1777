package io.dtx.rm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.model.TransactionStatus;
import io.dtx.sql.Dialect;
import io.dtx.test.Database;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Way 8: batches, of any driver and with whatever it does to make them fast. */
abstract class BatchesContract extends ShapesContract {

    private static final int MANY = 1_000;
    /** For an INSERT, an UPDATE and a DELETE of each of the many, with all that dtx itself sends, undo row and all. */
    private static final int FEW = 60;

    private static final String INSERT = "INSERT INTO item (id, code, a) VALUES (?, ?, ?)";
    private static final String UPDATE = "UPDATE item SET a = a + ?, b = ? WHERE id = ?";

    /** What a driver can be told about batches, as the parameters of its URL. */
    List<String> urls() {
        String url = database.url();
        return switch (database.dialect()) {
            case MYSQL -> {
                String mysql = url.replace("jdbc:mariadb:", "jdbc:mysql:");
                yield List.of(
                        url + "?useBulkStmts=true",
                        url + "?useBulkStmts=false&useBulkStmtsForInserts=false&useServerPrepStmts=true",
                        mysql + "?rewriteBatchedStatements=true",
                        mysql + "?rewriteBatchedStatements=true&useServerPrepStmts=true&continueBatchOnError=false");
            }
            case POSTGRESQL -> List.of(url, url + "?reWriteBatchedInserts=true");
            case H2 -> List.of(url);
        };
    }

    private void withEachDriver(Steps steps) throws SQLException {
        Database standard = database;
        DataSource managed = dataSource;
        for (String url : urls()) {
            database = new Database(standard.dialect(), standard.name(), url, standard.user(), standard.password());
            dataSource = application.manage(database);
            try {
                sameAsWithoutDtx(steps);
            } catch (AssertionError e) {
                throw new AssertionError("with " + url, e);
            } finally {
                standard.run("DELETE FROM item", "DELETE FROM tag");
                fill();
                database = standard;
                dataSource = managed;
            }
        }
    }

    private static void add(PreparedStatement statement, Object... parameters) throws SQLException {
        bind(statement, parameters);
        statement.addBatch();
    }

    private static void noteCounts(List<String> seen, Statement statement) throws SQLException {
        try {
            seen.add("counts " + Arrays.toString(statement.executeBatch()));
        } catch (BatchUpdateException e) {
            seen.add("failed " + e.getSQLState() + " " + Arrays.toString(e.getUpdateCounts()));
        }
    }

    @Test
    @DisplayName("way 8: batches of each driver, rewritten or not, count and write what they do without dtx")
    void way8_countsAreTheDrivers() throws SQLException {
        withEachDriver((connection, seen) -> {
            try (PreparedStatement insert = connection.prepareStatement(INSERT);
                    PreparedStatement update = connection.prepareStatement(UPDATE);
                    PreparedStatement delete = connection.prepareStatement("DELETE FROM item WHERE id = ? AND a > ?")) {
                for (int i = 10; i < 20; i++) {
                    add(insert, i, "c" + i, i);
                    add(update, i, "u" + i, i - 8);
                    add(delete, i - 7, 25);
                }
                noteCounts(seen, insert);
                noteCounts(seen, update);
                noteCounts(seen, delete);
                noteCounts(seen, delete);
            }
        });
    }

    @Test
    @DisplayName("way 8: a statement is reused after executeBatch, with parameters left from before")
    void way8_reusedStatements() throws SQLException {
        withEachDriver((connection, seen) -> {
            try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
                add(update, 1, "first", 1);
                add(update, 1, "second", 1);
                noteCounts(seen, update);
                update.setInt(3, 2);
                seen.add("count " + update.executeUpdate());
                update.setString(2, "third");
                update.addBatch();
                update.setInt(3, 3);
                update.addBatch();
                update.addBatch();
                noteCounts(seen, update);
                add(update, 1, "never", 4);
                update.clearBatch();
                add(update, 1, "last", 4);
                noteCounts(seen, update);
            }
        });
    }

    @Test
    @DisplayName("way 8: one row is touched many times by one batch, and some are not there")
    void way8_oneRowManyTimes() throws SQLException {
        withEachDriver((connection, seen) -> {
            try (PreparedStatement version =
                            connection.prepareStatement("UPDATE item SET a = a + 1 WHERE id = ? AND a = ?");
                    PreparedStatement delete = connection.prepareStatement("DELETE FROM item WHERE id = ?");
                    PreparedStatement code = connection.prepareStatement("UPDATE item SET b = 'c' WHERE code = ?");
                    PreparedStatement name = connection.prepareStatement("UPDATE tag SET name = ? WHERE id = ?")) {
                for (int a = 9; a < 14; a++) {
                    add(version, 1, a);
                    add(version, 99, a);
                    add(version, 2, 20 + a % 2);
                }
                noteCounts(seen, version);
                for (int id : new int[] {3, 3, 77, 4, 3}) {
                    add(delete, id);
                }
                noteCounts(seen, delete);
                for (String one : List.of("one", "TWO", "four", "two")) {
                    add(code, one);
                }
                code.executeBatch(); // one by one: counted, whatever the driver does
                add(name, "x", 1);
                add(name, "red", 2);
                add(name, "blue", 1);
                noteCounts(seen, name);
            }
        });
    }

    @Test
    @DisplayName("way 8: the generated keys of a batch reach the application")
    void way8_generatedKeys() throws SQLException {
        withEachDriver((connection, seen) -> {
            String sql = "INSERT INTO tag (name, n) VALUES (?, ?)";
            try (PreparedStatement insert = connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS);
                    PreparedStatement named = connection.prepareStatement(sql, new String[] {"id"})) {
                for (PreparedStatement statement : List.of(insert, named)) {
                    for (int i = 0; i < 6; i++) {
                        add(statement, "name" + statement.equals(named) + i, i);
                    }
                    noteCounts(seen, statement);
                    try (ResultSet keys = statement.getGeneratedKeys()) {
                        noteRows(seen, keys);
                    }
                }
            }
        });
    }

    @Test
    @DisplayName("way 8: keys that the database generates and nobody asks for are found, and their rows undone")
    void way8_keysThatNobodyAsksFor() throws SQLException {
        List<String> before = tables();
        Participation participation = application.begin();
        Application.inLocal(participation, dataSource, connection -> {
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO tag (name, n) VALUES (?, ?)")) {
                for (int i = 0; i < 10; i++) {
                    add(insert, "name" + i, i);
                }
                assertThat(insert.executeBatch()).hasSize(10).containsOnly(1);
            }
            return true;
        });
        assertThat(Rows.of(database, "SELECT name FROM tag WHERE n < 7")).hasSize(7);
        rollBackAndAwait(participation);
        assertThat(tables()).isEqualTo(before);
    }

    @Test
    @DisplayName("way 8: where an element fails, the counts are the driver's, and what stays is captured")
    void way8_anElementFails() throws SQLException {
        boolean ends = is(Dialect.POSTGRESQL); // there an error ends the local transaction
        withEachDriver((connection, seen) -> {
            java.sql.Savepoint savepoint = ends ? connection.setSavepoint() : null;
            try (PreparedStatement insert = connection.prepareStatement(INSERT);
                    PreparedStatement update = connection.prepareStatement("UPDATE item SET code = ? WHERE id = ?")) {
                for (int id : new int[] {30, 31, 1, 32, 33}) {
                    add(insert, id, "c" + id, id);
                }
                noteCounts(seen, insert);
                if (savepoint != null) {
                    connection.rollback(savepoint);
                }
                add(update, "x", 1);
                add(update, "two", 3);
                add(update, "one", 4);
                noteCounts(seen, update);
                if (savepoint != null) {
                    connection.rollback(savepoint);
                }
                seen.add("" + Application.update(connection, "UPDATE item SET a = 0 WHERE id = 2"));
            }
        });
    }

    @Test
    @DisplayName("way 8: a batch of several texts and tables")
    void way8_severalTexts() throws SQLException {
        withEachDriver((connection, seen) -> {
            try (Statement batch = connection.createStatement()) {
                batch.addBatch("UPDATE item SET a = 1 WHERE id = 1");
                batch.addBatch("UPDATE item SET a = 2 WHERE id = 2 AND b IS NULL");
                batch.addBatch("UPDATE item SET b = 'w' WHERE id = 2");
                batch.addBatch("DELETE FROM item WHERE id = 1 AND a = 1");
                batch.addBatch("DELETE FROM tag WHERE id = 1 OR id = 2");
                batch.addBatch("INSERT INTO item (id, a) VALUES (50, 1)");
                batch.addBatch("INSERT INTO item (id, a) VALUES (51, 2)");
                batch.addBatch("UPDATE item SET a = 3 WHERE id > 49");
                noteCounts(seen, batch);
                batch.addBatch("INSERT INTO item (id, code) VALUES (60, 'it''s')");
                batch.addBatch("INSERT INTO item (id, code) VALUES (61, NULL)");
                noteCounts(seen, batch);
            }
        });
    }

    @Test
    @DisplayName("way 8: thousands of rows in one local transaction's batches take few statements")
    void way8_thousandsOfRows() throws SQLException {
        Counting counting = new Counting(database.dataSource());
        DataSource counted = application.manage(counting.dataSource());
        List<String> before = tables();
        for (boolean commits : new boolean[] {false, true}) {
            Participation participation = application.begin();
            Application.inLocal(participation, counted, connection -> {
                Application.update(connection, "UPDATE item SET a = 1 WHERE id = 1");
                counting.executions();
                write(connection);
                return true;
            });
            assertThat(counting.executions()).isLessThan(FEW);
            assertThat(Rows.of(database, "SELECT COUNT(*), SUM(a) FROM item WHERE id >= 1000"))
                    .containsExactly(MANY + "|" + MANY * 3);
            if (commits) {
                assertThat(application.commit(participation).status()).isEqualTo(TransactionStatus.COMMITTED);
            } else {
                rollBackAndAwait(participation);
                assertThat(tables()).isEqualTo(before);
            }
        }
    }

    private static void write(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT);
                PreparedStatement update = connection.prepareStatement(UPDATE);
                PreparedStatement delete = connection.prepareStatement("DELETE FROM item WHERE id = ?");
                PreparedStatement tag = connection.prepareStatement("INSERT INTO tag (n) VALUES (?)")) {
            for (int i = 1_000; i < 1_000 + 2 * MANY; i++) {
                add(insert, i, "code" + i, 1);
                add(update, 2, "updated", i);
                add(tag, i);
                if (i % 2 == 0) {
                    add(delete, i);
                }
            }
            insert.executeBatch();
            update.executeBatch();
            delete.executeBatch();
            tag.executeBatch();
        }
    }

    @Test
    @DisplayName(
            "way 8: in autocommit mode a batch is one local transaction, of which nothing stays when an element fails")
    void way8_autocommit() throws SQLException {
        List<String> before = tables();
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
                add(insert, 40, "c40", 1);
                add(insert, 1, "c1", 1);
                assertThatThrownBy(insert::executeBatch)
                        .isInstanceOfSatisfying(
                                BatchUpdateException.class,
                                e -> assertThat(e.getUpdateCounts())
                                        .containsExactly(Statement.EXECUTE_FAILED, Statement.EXECUTE_FAILED));
                assertThat(tables()).isEqualTo(before);
                add(insert, 40, "c40", 1);
                add(insert, 41, "c41", 1);
                insert.executeBatch();
                assertThat(tables()).hasSize(before.size() + 2);
            }
            return true;
        });
        rollBackAndAwait(participation);
        assertThat(tables()).isEqualTo(before);
    }

    @Test
    @DisplayName("way 8: the time limit of a batch holds for the locks of its rows, too")
    void way8_aTimeLimitHoldsForTheLocks() throws SQLException {
        List<String> before = tables();
        Participation participation = application.begin();
        try (Connection other = database.connect()) {
            other.setAutoCommit(false);
            Application.update(other, "UPDATE item SET a = 0 WHERE id = 2");
            CompletableFuture.delayedExecutor(15, TimeUnit.SECONDS)
                    .execute(() -> abort(other)); // should it hold for none
            bound(participation, dataSource, connection -> {
                connection.setAutoCommit(false);
                try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
                    update.setQueryTimeout(1);
                    add(update, 1, "b", 1);
                    add(update, 1, "b", 2);
                    assertThatThrownBy(update::executeBatch).isInstanceOf(SQLException.class);
                }
                connection.rollback();
                return true;
            });
            other.rollback();
        }
        rollBackAndAwait(participation);
        assertThat(tables()).isEqualTo(before);
    }

    private static void abort(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @DisplayName(
            "way 8: of a batch that is refused, since a part of it was added outside, nothing runs with the next one")
    void way8_aRefusedBatchIsForgotten() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement update = connection.prepareStatement(UPDATE)) {
            add(update, 100, "outside", 1);
            Participation participation = application.begin();
            CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
            try {
                assertState("0A000", update::executeBatch);
            } finally {
                scope.close();
            }
            rollBackAndAwait(participation);
            add(update, 5, "again", 2);
            assertThat(update.executeBatch()).hasSize(1);
        }
        assertThat(tables()).contains("1|one|10|x", "2|two|25|again");
    }

    /** Rows of a batch that are not there when they are locked, and come before it runs. */
    @Test
    @DisplayName("way 8: a row that appears between image and batch is not written unseen")
    void way8_aRowThatAppears() throws SQLException {
        Faults faults = new Faults(database.dataSource());
        DataSource faulty = application.manage(faults.dataSource());
        Participation participation = application.begin();
        List<String> before = new ArrayList<>();
        bound(participation, faulty, connection -> {
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            connection.setAutoCommit(false);
            try (PreparedStatement delete = connection.prepareStatement("DELETE FROM item WHERE id = ?")) {
                add(delete, 1);
                add(delete, 55);
                add(delete, 2);
                faults.betweenImageAndStatement(() -> {
                    database.run("INSERT INTO item (id, a) VALUES (55, 5)");
                    before.addAll(tables());
                });
                delete.executeBatch();
            }
            connection.commit();
            return true;
        });
        assertThat(before).isNotEmpty();
        rollBackAndAwait(participation);
        assertThat(tables()).contains("55|null|5|none").hasSize(TABLES.size() + 5 + 3);
    }
}
