package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.Participation;
import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What the generated equivalence tests have found, each as a test of its own. */
class GeneratedFindingsIT {

    @Nested
    class OnMariaDb extends ResourceContract {

        @Override
        DatabaseServer server() {
            return Databases.mariaDb();
        }

        @Override
        String autoKey() {
            return "BIGINT AUTO_INCREMENT PRIMARY KEY";
        }

        @Override
        String blob() {
            return "LONGBLOB";
        }

        /** The first row moves the row that both meet out of the second one's way, which is then inserted. */
        @Test
        void anUpsertWhoseRowsDependOnEachOtherLeavesNothingUnseen() throws SQLException {
            database.run(
                    "CREATE TABLE name (id INT PRIMARY KEY, name VARCHAR(9) UNIQUE)",
                    "INSERT INTO name VALUES (1, 'a')");
            Participation participation = application.begin();
            assertThatThrownBy(() -> inLocal(
                            participation,
                            dataSource,
                            connection -> update(
                                    connection,
                                    "INSERT INTO name VALUES (2, 'a'), (3, 'A')"
                                            + " ON DUPLICATE KEY UPDATE name = CONCAT(name, 'x')")))
                    .isInstanceOf(SQLException.class);
            rollBackAndAwait(participation);
            assertThat(Rows.of(database, "SELECT * FROM name")).containsExactly("1|a");
        }

        /** A server that prepares would take the parameters of the assignments for those of the values. */
        @Test
        void anUpsertThatMeetsNothingSendsOnlyTheParametersOfItsValues() throws SQLException {
            database.run("CREATE TABLE entry (id INT PRIMARY KEY, at DATETIME(3), note VARCHAR(20))");
            Database preparing = new Database(
                    database.dialect(),
                    database.name(),
                    database.url() + "?useServerPrepStmts=true",
                    database.user(),
                    database.password());
            Participation participation = application.begin();
            inLocal(
                    participation,
                    application.manage(preparing),
                    connection -> update(
                            connection,
                            "INSERT INTO entry VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE at = ?, note = ?",
                            1,
                            "2024-02-29 12:00:00.500",
                            "first",
                            "2025-02-28 12:00:00",
                            "second"));
            assertThat(Rows.of(database, "SELECT id, at, note FROM entry"))
                    .containsExactly("1|2024-02-29 12:00:00.500000|first");
            rollBackAndAwait(participation);
            assertThat(Rows.of(database, "SELECT * FROM entry")).isEmpty();
        }

        @Test
        void aRowThatAnUpsertMeetsByTheDefaultOfAUniqueColumnIsPutBack() throws SQLException {
            database.run(
                    "CREATE TABLE rate (id INT PRIMARY KEY, shop INT, kind VARCHAR(9) DEFAULT 'it''s', n INT,"
                            + " at TIMESTAMP(6) NULL DEFAULT '2024-02-29 12:00:00.5', UNIQUE (shop, kind, at))",
                    "INSERT INTO rate (id, shop, n) VALUES (1, 7, 10), (2, 8, 20)");
            Participation participation = application.begin();
            inLocal(participation, dataSource, connection -> {
                update(connection, "REPLACE INTO rate (id, shop, kind, n) VALUES (3, 7, DEFAULT, 30)");
                return update(
                        connection, "INSERT INTO rate (id, shop, n) VALUES (4, 8, 1) ON DUPLICATE KEY UPDATE n = 40");
            });
            assertThat(Rows.of(database, "SELECT id, shop, n FROM rate ORDER BY id"))
                    .containsExactly("2|8|40", "3|7|30");
            rollBackAndAwait(participation);
            assertThat(Rows.of(database, "SELECT id, shop, n FROM rate ORDER BY id"))
                    .containsExactly("1|7|10", "2|8|20");
        }

        /** It can not be asked for before, and to run the statement again would not help. */
        @Test
        void anUpsertThatMeetsARowByADefaultThatIsComputedIsRefused() throws SQLException {
            database.run(
                    "CREATE TABLE daily (id INT PRIMARY KEY, n INT, day INT DEFAULT (YEAR(CURRENT_DATE) - 2000 + 1)"
                            + " UNIQUE)",
                    "INSERT INTO daily (id, n) VALUES (1, 10)");
            Participation participation = application.begin();
            inLocal(participation, dataSource, connection -> {
                for (String upsert : List.of(
                        "REPLACE INTO daily (id, n) VALUES (2, 20)",
                        "REPLACE INTO daily (id, n) VALUES (1, 20)",
                        "INSERT INTO daily (id, n) VALUES (2, 20) ON DUPLICATE KEY UPDATE n = 30")) {
                    assertThatThrownBy(() -> update(connection, upsert))
                            .isInstanceOf(SQLException.class)
                            .hasMessageContaining("day")
                            .hasMessageContaining("Remedy")
                            .extracting(e -> ((SQLException) e).getSQLState())
                            .isEqualTo("0A000");
                }
                return update(connection, "UPDATE daily SET n = 11");
            });
            assertThat(Rows.of(database, "SELECT id, n FROM daily")).containsExactly("1|11");
            rollBackAndAwait(participation);
            assertThat(Rows.of(database, "SELECT id, n FROM daily")).containsExactly("1|10");
        }

        /** MariaDB gives no result where it sees that a condition never holds. */
        @Test
        void aDeleteThatReturnsNothingGivesAResultWithoutRows() throws SQLException {
            Participation participation = application.begin();
            inLocal(participation, dataSource, connection -> {
                try (Statement delete = connection.createStatement();
                        ResultSet rows = delete.executeQuery("DELETE FROM account WHERE id = 99 RETURNING id, owner")) {
                    assertThat(rows.getMetaData().getColumnLabel(2)).isEqualTo("owner");
                    return assertThat(rows.next()).isFalse();
                }
            });
            rollBackAndAwait(participation);
        }
    }

    @Nested
    class OnH2 extends ResourceContract {

        @Override
        DatabaseServer server() {
            return Databases.h2();
        }

        @Override
        String autoKey() {
            return "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY";
        }

        @Override
        String blob() {
            return "BLOB";
        }

        /** H2 takes nothing back of an INSERT that fails within a query. */
        @Test
        void anInsertThatFailsLeavesNothingBehind() throws SQLException {
            database.run("CREATE TABLE child (id INT PRIMARY KEY, account BIGINT REFERENCES account (id))");
            Participation participation = application.begin();
            inLocal(participation, dataSource, connection -> {
                assertThatThrownBy(() -> update(connection, "INSERT INTO child VALUES (1, 1), (2, 99)"))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("Referential integrity");
                return update(connection, "UPDATE account SET balance = 1 WHERE id = 1");
            });
            assertThat(Rows.of(database, "SELECT * FROM child")).isEmpty();
            rollBackAndAwait(participation);
            assertThat(Rows.of(database, "SELECT * FROM child")).isEmpty();
        }

        /** H2's driver goes on after an error, as it does without dtx. */
        @Test
        void whatStaysOfABatchThatFailsIsWhatStaysWithoutDtx() throws SQLException {
            Participation participation = application.begin();
            inLocal(participation, dataSource, connection -> {
                try (PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO account (id, owner, balance) VALUES (?, 'new', 1)")) {
                    for (int id : new int[] {91, 1, 92}) {
                        insert.setInt(1, id);
                        insert.addBatch();
                    }
                    return assertThatThrownBy(insert::executeBatch).isInstanceOf(SQLException.class);
                }
            });
            assertThat(Rows.of(database, "SELECT id FROM account WHERE owner = 'new' ORDER BY id"))
                    .containsExactly("91", "92");
            rollBackAndAwait(participation);
            assertThat(Rows.of(database, "SELECT id FROM account WHERE owner = 'new'"))
                    .isEmpty();
        }

        @Test
        void defaultsThatTheDatabaseComputesAreGeneratedKeysToo() throws SQLException {
            database.run("CREATE TABLE note (id INT PRIMARY KEY, text VARCHAR(9) DEFAULT 'x',"
                    + " made TIMESTAMP DEFAULT CURRENT_TIMESTAMP, twice INT GENERATED ALWAYS AS (id * 2))");
            Participation participation = application.begin();
            inLocal(participation, dataSource, connection -> {
                try (PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO note (id) VALUES (7)", Statement.RETURN_GENERATED_KEYS)) {
                    insert.executeUpdate();
                    ResultSet keys = insert.getGeneratedKeys();
                    assertThat(keys.getMetaData().getColumnCount()).isEqualTo(3);
                    assertThat(keys.getMetaData().getColumnLabel(2)).isEqualTo("MADE");
                    keys.next();
                    return assertThat(keys.getInt(3)).isEqualTo(14);
                }
            });
            rollBackAndAwait(participation);
        }
    }

    @Nested
    class OnPostgreSql extends ResourceContract {

        @Override
        DatabaseServer server() {
            return Databases.postgreSql();
        }

        @Override
        String autoKey() {
            return "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY";
        }

        @Override
        String blob() {
            return "BYTEA";
        }

        /** It knows the count of a row that it sends alone. */
        @Test
        void theCountsOfABatchThatTheDriverRewritesAreTheDrivers() throws SQLException {
            Database rewriting = new Database(
                    database.dialect(),
                    database.name(),
                    database.url() + (database.url().contains("?") ? "&" : "?") + "reWriteBatchedInserts=true",
                    database.user(),
                    database.password());
            int[] plain;
            try (Connection connection = rewriting.connect()) {
                plain = threeAccounts(connection, 70);
            }
            Participation participation = application.begin();
            int[] counts =
                    inLocal(participation, application.manage(rewriting), connection -> threeAccounts(connection, 80));
            assertThat(counts).containsExactly(plain);
            assertThat(plain).contains(Statement.SUCCESS_NO_INFO, 1);
            rollBackAndAwait(participation);
            assertThat(Rows.of(database, "SELECT id FROM account WHERE owner = 'new'"))
                    .containsExactlyInAnyOrder("70", "71", "72");
        }

        private static int[] threeAccounts(Connection connection, int first) throws SQLException {
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO account (id, owner, balance) VALUES (?, 'new', 1)")) {
                for (int id = first; id < first + 3; id++) {
                    insert.setInt(1, id);
                    insert.addBatch();
                }
                return insert.executeBatch();
            }
        }

        /** An enum sorts otherwise than its text, by which its image is read. */
        @Test
        void rowsAreOrderedByTheColumnAndNotByItsImage() throws SQLException {
            database.run(
                    "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')",
                    "CREATE TABLE person (mood mood PRIMARY KEY, n INT)",
                    "INSERT INTO person VALUES ('happy', 3), ('ok', 2), ('sad', 1)");
            Participation participation = application.begin();
            List<Integer> read = inLocal(participation, dataSource, connection -> {
                try (Statement select = connection.createStatement();
                        ResultSet rows = select.executeQuery("SELECT n FROM person ORDER BY mood LIMIT 2 FOR UPDATE")) {
                    List<Integer> found = new ArrayList<>();
                    while (rows.next()) {
                        found.add(rows.getInt(1));
                    }
                    return found;
                }
            });
            assertThat(read).containsExactly(1, 2);
            rollBackAndAwait(participation);
        }
    }
}
