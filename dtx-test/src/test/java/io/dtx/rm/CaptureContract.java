package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.model.TransactionStatus;
import java.io.ByteArrayInputStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Statements are captured exactly: committed they stay, rolled back nothing of them does, and the application sees no difference. */
abstract class CaptureContract extends ResourceContract {

    @Test
    void whatIsCommittedStaysAndItsUndoRowGoes() throws SQLException {
        Participation participation = application.begin();
        debit(participation, 30);
        assertThat(Rows.inUndoLog(database, 0)).isEqualTo(1);
        assertThat(application.commit(participation).status()).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(balance(1)).isEqualTo("70.00");
        Awaitility.await().until(() -> Rows.inUndoLog(database, 0) == 0);
        assertThat(participation.openCaptures()).isZero();
    }

    @Test
    void anUpdateIsUndone() throws SQLException {
        List<String> before = accounts();
        Participation participation = application.begin();
        debit(participation, 30);
        assertThat(balance(1)).isEqualTo("70.00");
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(before);
        assertThat(Rows.inUndoLog(database, 0)).isZero();
    }

    @Test
    void everyKindOfStatementIsUndoneTogether() throws SQLException {
        List<String> before = accounts();
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            assertThat(update(connection, "INSERT INTO account VALUES (4, 'Dan', 7.5), (5, ?, 8)", "Eve"))
                    .isEqualTo(2);
            assertThat(update(connection, "UPDATE account SET owner = NULL, balance = balance + id WHERE id > ?", 1))
                    .isEqualTo(4);
            assertThat(update(connection, "DELETE FROM account WHERE id IN (1, 4)"))
                    .isEqualTo(2);
            assertThat(update(connection, "UPDATE account SET balance = 0 WHERE id = 99"))
                    .isZero();
            return true;
        });
        assertThat(accounts()).containsExactly("2|null|52.00", "3|null|3.00", "5|null|13.00");
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(before);
    }

    @Test
    void aRowThatIsTouchedManyTimesInManyLocalTransactionsIsUndone() throws SQLException {
        List<String> before = accounts();
        Participation participation = application.begin();
        for (int i = 0; i < 3; i++) {
            inLocal(participation, dataSource, connection -> {
                update(connection, "UPDATE account SET balance = balance + 1 WHERE id = 2");
                update(connection, "DELETE FROM account WHERE id = 2");
                return update(connection, "INSERT INTO account (id, owner, balance) VALUES (2, 'Bo', 1)");
            });
        }
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(before);
    }

    @Test
    void compositeKeysAreRestoredAndLocked() throws SQLException {
        database.run(
                "CREATE TABLE line (a VARCHAR(10) NOT NULL, b VARCHAR(10) NOT NULL, n INT, PRIMARY KEY (b, a))",
                "INSERT INTO line VALUES ('a_b', 'c', 1), ('a', 'b_c', 2), ('a,', '''c', 3)");
        List<String> before = Rows.of(database, "SELECT * FROM line ORDER BY n");
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            assertThat(update(connection, "UPDATE line SET n = n + 10 WHERE a LIKE 'a%'"))
                    .isEqualTo(3);
            assertThat(update(connection, "DELETE FROM line WHERE a = 'a_b' AND b = 'c'"))
                    .isEqualTo(1);
            return update(connection, "INSERT INTO line (n, b, a) VALUES (7, 'x', ?)", "y");
        });
        Participation other = application.begin();
        inLocal(other, dataSource, connection -> update(connection, "INSERT INTO line VALUES ('q', 'q', 1)"));
        assertState(
                "40001",
                () -> inLocal(
                        other, dataSource, connection -> update(connection, "UPDATE line SET n = 0 WHERE b = 'b_c'")));
        rollBackAndAwait(other);
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT * FROM line ORDER BY n")).isEqualTo(before);
    }

    @Test
    void valuesOfManyTypesAreRestoredByteForByte() throws SQLException {
        database.run(
                "CREATE TABLE item (id INT PRIMARY KEY, price DECIMAL(20,5), ratio DOUBLE PRECISION, name VARCHAR(50),"
                        + " born DATE, moment TIMESTAMP, raw " + blob() + ", nothing INT)");
        try (Connection connection = database.connect()) {
            update(
                    connection,
                    "INSERT INTO item VALUES (1, 1.10000, 0.1, 'Grüße, \"so\"', '2026-02-28', '2026-03-29 02:30:00', ?, NULL)",
                    (Object) new byte[] {0, 1, (byte) 0xff, '\'', '\\'});
        }
        List<String> before = Rows.of(database, "SELECT * FROM item");
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            try (PreparedStatement statement = connection.prepareStatement(
                    "UPDATE item SET price = ?, ratio = ratio * 3, name = 'x', born = NULL, moment = '2026-01-01 00:00:00',"
                            + " raw = ?, nothing = 1 WHERE id = ?")) {
                statement.setBigDecimal(1, new java.math.BigDecimal("2"));
                statement.setBinaryStream(2, new ByteArrayInputStream(new byte[] {9, 8}));
                statement.setInt(3, 1);
                assertThat(statement.executeUpdate()).isEqualTo(1);
            }
            return true;
        });
        inLocal(participation, dataSource, connection -> update(connection, "DELETE FROM item"));
        inLocal(
                participation,
                dataSource,
                connection -> update(connection, "INSERT INTO item (id, ratio) VALUES (1, 1.5), (2, 0.7)"));
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT * FROM item")).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void generatedKeysReachTheApplicationAndAreUndone(boolean autocommit) throws SQLException {
        database.run(
                "CREATE TABLE entry (id " + autoKey() + ", note VARCHAR(20))",
                "INSERT INTO entry (note) VALUES ('old')");
        Participation participation = application.begin();
        List<Long> keys = bound(participation, dataSource, connection -> {
            connection.setAutoCommit(autocommit);
            List<Long> seen = new ArrayList<>();
            seen.addAll(keysOf(connection, "INSERT INTO entry (note) VALUES (?)", Statement.RETURN_GENERATED_KEYS));
            try (PreparedStatement named =
                    connection.prepareStatement("INSERT INTO entry (note) VALUES (?)", new String[] {"id"})) {
                named.setString(1, "named");
                assertThat(named.execute()).isFalse();
                assertThat(named.getUpdateCount()).isEqualTo(1);
                try (ResultSet result = named.getGeneratedKeys()) {
                    assertThat(result.next()).isTrue();
                    seen.add(result.getLong(1));
                    assertThat(result.getMetaData().getColumnCount()).isEqualTo(1);
                    assertThat(result.next()).isFalse();
                }
                assertThat(named.getMoreResults()).isFalse();
                assertThat(named.getUpdateCount()).isEqualTo(-1);
            }
            try (Statement plain = connection.createStatement()) {
                assertThat(plain.executeUpdate(
                                "INSERT INTO entry (note) VALUES ('plain')", Statement.RETURN_GENERATED_KEYS))
                        .isEqualTo(1);
                try (ResultSet result = plain.getGeneratedKeys()) {
                    assertThat(result.next()).isTrue();
                    seen.add(result.getLong(1));
                }
                assertThat(plain.executeUpdate("INSERT INTO entry (note) VALUES ('none');"))
                        .isEqualTo(1);
            }
            if (!autocommit) {
                connection.commit();
            }
            return seen;
        });
        assertThat(Rows.of(database, "SELECT id FROM entry WHERE note <> 'old' ORDER BY id"))
                .hasSize(4)
                .startsWith(keys.stream().map(String::valueOf).toArray(String[]::new));
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT note FROM entry")).containsExactly("old");
    }

    private static List<Long> keysOf(Connection connection, String sql, int flag) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql, flag)) {
            statement.setString(1, "flagged");
            assertThat(statement.executeUpdate()).isPositive();
            List<Long> keys = new ArrayList<>();
            try (ResultSet result = statement.getGeneratedKeys()) {
                while (result.next()) {
                    keys.add(result.getLong(1));
                }
            }
            return keys;
        }
    }

    @Test
    void severalGeneratedRowsAreUndone() throws SQLException {
        database.run(
                "CREATE TABLE entry (id " + autoKey() + ", note VARCHAR(20))",
                "INSERT INTO entry (note) VALUES ('old')");
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            keysOf(connection, "INSERT INTO entry (note) VALUES ('a'), (?), ('c')", Statement.RETURN_GENERATED_KEYS);
            return update(connection, "INSERT INTO entry (note) VALUES ('d'), ('e')");
        });
        assertThat(Rows.of(database, "SELECT note FROM entry")).hasSize(6);
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT note FROM entry")).containsExactly("old");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void batchesAreUndone(boolean autocommit) throws SQLException {
        database.run("CREATE TABLE entry (id " + autoKey() + ", note VARCHAR(20))");
        List<String> before = accounts();
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(autocommit);
            try (PreparedStatement statement =
                    connection.prepareStatement("UPDATE account SET balance = ? WHERE id = ?")) {
                for (int i = 1; i <= 4; i++) {
                    statement.setInt(1, i * 11);
                    statement.setInt(2, i);
                    statement.addBatch();
                }
                assertThat(statement.executeBatch()).containsExactly(1, 1, 1, 0);
                assertThat(statement.executeBatch()).isEmpty();
            }
            try (Statement statement = connection.createStatement()) {
                statement.addBatch("DELETE FROM account WHERE id = 1");
                statement.addBatch("INSERT INTO account VALUES (8, 'new', 1)");
                assertThat(statement.executeLargeBatch()).containsExactly(1L, 1L);
            }
            try (PreparedStatement statement = connection.prepareStatement(
                    "INSERT INTO entry (note) VALUES (?)", Statement.RETURN_GENERATED_KEYS)) {
                for (String note : List.of("a", "b", "c")) {
                    statement.setString(1, note);
                    statement.addBatch();
                }
                assertThat(statement.executeBatch()).containsExactly(1, 1, 1);
                List<Long> keys = new ArrayList<>();
                try (ResultSet result = statement.getGeneratedKeys()) {
                    while (result.next()) {
                        keys.add(result.getLong(1));
                    }
                }
                assertThat(keys).hasSize(3).doesNotHaveDuplicates();
            }
            if (!autocommit) {
                connection.commit();
            }
            return true;
        });
        assertThat(accounts()).containsExactly("2|Bob|22.00", "3|null|33.00", "8|new|1.00");
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(before);
        assertThat(Rows.of(database, "SELECT * FROM entry")).isEmpty();
    }

    @Test
    void manyRowsInOneStatementAreUndone() throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO account VALUES (?, 'many', 1)")) {
            for (int i = 1000; i < 4000; i++) {
                insert.setInt(1, i);
                insert.addBatch();
            }
            insert.executeBatch();
        }
        List<String> before = accounts();
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            assertThat(update(connection, "UPDATE account SET balance = balance + 1 WHERE owner = 'many'"))
                    .isEqualTo(3000);
            return update(connection, "DELETE FROM account WHERE id >= 2000");
        });
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(before);
    }

    @Test
    void autocommitStatementsAreBranchesOfTheirOwn() throws SQLException {
        List<String> before = accounts();
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            assertThat(update(connection, "UPDATE account SET balance = 1 WHERE id = 1"))
                    .isEqualTo(1);
            assertThat(connection.getAutoCommit()).isTrue();
            assertThat(balance(1)).isEqualTo("1.00");
            return update(connection, "DELETE FROM account WHERE id = 2");
        });
        assertThat(Rows.inUndoLog(database, 0)).isEqualTo(2);
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(before);
    }

    @Test
    void whatChangesNothingRegistersNothing() throws SQLException {
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            update(connection, "UPDATE account SET balance = 1 WHERE id = 77");
            return update(connection, "DELETE FROM account WHERE 1 = 0");
        });
        assertThat(Rows.inUndoLog(database, 0)).isZero();
        assertThat(application.unknown(participation.xid())).isEmpty();
        assertThat(participation.openCaptures()).isZero();
        assertThat(application.commit(participation).status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    void whatWasDroppedAtASavepointIsNeitherLockedNorRestored() throws SQLException {
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            update(connection, "UPDATE account SET balance = 1 WHERE id = 1");
            Savepoint savepoint = connection.setSavepoint();
            update(connection, "UPDATE account SET balance = 2 WHERE id = 2");
            connection.rollback(savepoint);
            return update(connection, "UPDATE account SET balance = 3 WHERE id = 3");
        });
        Participation other = application.begin();
        inLocal(other, dataSource, connection -> update(connection, "UPDATE account SET balance = 9 WHERE id = 2"));
        assertThat(application.commit(other).status()).isEqualTo(TransactionStatus.COMMITTED);
        rollBackAndAwait(participation);
        assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Bob|9.00", "3|null|0.00");
    }

    @Test
    void aRolledBackLocalTransactionLeavesNothing() throws SQLException {
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 1 WHERE id = 1");
            assertThat(participation.openCaptures()).isEqualTo(1);
            connection.rollback();
            return true;
        });
        assertThat(participation.openCaptures()).isZero();
        assertThat(balance(1)).isEqualTo("100.00");
        assertThat(participation.vetoed()).isNull();
        assertThat(Rows.inUndoLog(database, 0)).isZero();
    }

    @Test
    void readsAndStatementsOutsideAreUntouched() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            assertThat(update(connection, "UPDATE account SET balance = 5 WHERE id = 1"))
                    .isEqualTo(1);
            connection.setAutoCommit(false);
            update(connection, "DELETE FROM account WHERE id = 2");
            connection.rollback();
        }
        Participation participation = application.begin();
        int rows = bound(participation, dataSource, connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet result =
                            statement.executeQuery("SELECT id FROM account WHERE balance >= 0 ORDER BY id")) {
                int count = 0;
                while (result.next()) {
                    count++;
                }
                assertThat(result.getStatement()).isSameAs(statement);
                assertThat(statement.getConnection()).isSameAs(connection);
                return count;
            }
        });
        assertThat(rows).isEqualTo(3);
        assertThat(Rows.inUndoLog(database, 0)).isZero();
        assertThat(participation.wrote()).isFalse();
    }

    @Test
    void theConnectionOfTheMetaDataIsTheCapturedOne() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            assertThat(connection.getMetaData().getConnection()).isSameAs(connection);
        }
    }

    @Test
    void aParameterThatWasSetOutsideIsNotTheOneThatWasSetInside() throws SQLException {
        Participation participation = application.begin();
        try (Connection connection = dataSource.getConnection();
                PreparedStatement update = connection.prepareStatement("UPDATE account SET balance = ? WHERE id = ?")) {
            CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
            update.setInt(1, 90);
            update.setInt(2, 1);
            assertThat(update.executeUpdate()).isEqualTo(1);
            scope.close();
            update.setInt(1, 80);
            scope = CurrentTransaction.bind(participation);
            assertState("0A000", update::executeUpdate);
            scope.close();
        }
        assertThat(balance(1)).isEqualTo("90.00");
        rollBackAndAwait(participation);
    }

    @Test
    void rowsAreReadForUpdateWithTheirOrderAndLimit() throws SQLException {
        Participation participation = application.begin();
        List<Long> seen = inLocal(participation, dataSource, connection -> {
            List<Long> ids = new ArrayList<>();
            try (PreparedStatement statement = connection.prepareStatement(
                    "SELECT id, balance FROM account WHERE balance >= ? ORDER BY id DESC LIMIT 2 FOR UPDATE")) {
                statement.setInt(1, 0);
                try (ResultSet result = statement.executeQuery()) {
                    while (result.next()) {
                        ids.add(result.getLong("id"));
                    }
                }
            }
            return ids;
        });
        assertThat(seen).containsExactly(3L, 2L);
        assertThat(participation.wrote()).isFalse();
    }

    @Test
    void aParticipationHasWrittenOnceAStatementHasChangedARow() throws SQLException {
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            update(connection, "UPDATE account SET balance = balance - 1 WHERE id = 2 AND balance < 0");
            update(connection, "DELETE FROM account WHERE id = 77");
            assertThat(participation.wrote()).as("changes of no row").isFalse();
            int changed = update(connection, "UPDATE account SET balance = balance - 1 WHERE id = 2");
            assertThat(participation.wrote()).as("before its local commit").isTrue();
            return changed;
        });
    }
}
