package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.Participation;
import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Ways to lose data that only PostgreSQL has. */
abstract class PostgreSqlOnly extends ResourceContract {

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
}
