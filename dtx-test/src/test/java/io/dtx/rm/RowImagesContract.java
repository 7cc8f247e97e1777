package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.Participation;
import io.dtx.model.TransactionStatus;
import io.dtx.sql.Dialect;
import io.dtx.test.Database;
import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Ways 2, 3, 5, 6, 7, 9 and 13: which rows a statement changed, what they were, and whether they are still what it left. */
abstract class RowImagesContract extends ResourceContract {

    private void run(Participation participation, String... statements) throws SQLException {
        inLocal(participation, dataSource, connection -> {
            for (String sql : statements) {
                update(connection, sql);
            }
            return true;
        });
    }

    private List<String> rows(String query) {
        return Rows.of(database, query);
    }

    private boolean is(Dialect dialect) {
        return database.dialect() == dialect;
    }

    // ---- way 2 ----

    @Test
    @DisplayName("way 2: under READ COMMITTED, a row that begins to match after the before image is not written")
    void way2_aRowThatBeginsToMatchIsNotWritten() throws SQLException {
        List<String> changes = new ArrayList<>(List.of("DELETE FROM account WHERE owner = 'Ann'"));
        if (database.dialect() != Dialect.POSTGRESQL) { // whose UPDATE is one statement with its images
            changes.add("UPDATE account SET balance = balance + 1000 WHERE owner = 'Ann'");
        }
        for (String sql : changes) {
            Faults faults = new Faults(database.dataSource());
            faults.betweenImageAndStatement(() -> database.run(
                    "UPDATE account SET owner = 'Ann' WHERE id = 2", "INSERT INTO account VALUES (9, 'Ann', 9)"));
            Participation participation = application.begin();

            inLocal(participation, application.manage(faults.dataSource()), connection -> {
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
                assertThat(update(connection, sql)).isEqualTo(1);
                return true;
            });

            assertThat(balance(2)).isEqualTo("50.00");
            assertThat(balance(9)).isEqualTo("9.00");
            rollBackAndAwait(participation);
            assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Ann|50.00", "3|null|0.00", "9|Ann|9.00");
            database.run("UPDATE account SET owner = 'Bob' WHERE id = 2", "DELETE FROM account WHERE id = 9");
        }
    }

    /** The statement waits for the other, as it would without dtx; it is run again, or told to be. */
    @Test
    @DisplayName("way 2: a row that ceases to match by what a subquery reads is a conflict, and not the end")
    void way2_aRowThatASubqueryChoosesNoMoreIsAConflict() throws SQLException {
        Assumptions.assumeFalse(is(Dialect.MYSQL), "MariaDB locks what the subquery reads: MariaDbOnly");
        String sql = "DELETE FROM account WHERE id IN (SELECT id FROM vip)";
        database.run("CREATE TABLE vip (id BIGINT PRIMARY KEY)");
        try (Application patient =
                Application.on(coordinator, "patient", Duration.ofSeconds(30), Application.SETTINGS)) {
            for (boolean autocommit : new boolean[] {true, false}) {
                database.run("INSERT INTO vip VALUES (1)");
                Faults faults = new Faults(database.dataSource());
                DataSource faulty = patient.manage(faults.dataSource());
                faults.betweenImageAndStatement(() -> database.run("DELETE FROM vip"));
                Participation participation = patient.begin();
                if (autocommit) {
                    assertThat((int) bound(participation, faulty, connection -> update(connection, sql)))
                            .isZero();
                } else {
                    assertThatThrownBy(() -> inLocal(participation, faulty, connection -> update(connection, sql)))
                            .isInstanceOf(SQLException.class)
                            .extracting(error -> ((SQLException) error).getSQLState())
                            .isEqualTo("40001");
                }
                rollBackAndAwait(participation);
            }
        }
        assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00");
    }

    // ---- way 3 ----

    /** A type of key, and values that are all different keys. */
    private record Keys(String type, List<String> values) {}

    private Stream<Keys> keys() {
        List<String> texts = List.of(
                "''",
                "'a'",
                "'a_b'",
                "'a,b'",
                "'a;b'",
                "'it''s \"so\"'",
                "'\u00e9\ud83d\ude00'",
                "'b '",
                "'(c)'",
                "'null'");
        Stream<Keys> everywhere = Stream.of(
                new Keys("VARCHAR(40)", texts),
                new Keys("DECIMAL(20,5)", List.of("0", "1.00001", "-1.5", "100000000000000")),
                new Keys("DATE", List.of("'2024-02-29'", "'0001-01-01'", "'9999-12-31'")),
                new Keys(
                        is(Dialect.MYSQL) ? "DATETIME(6)" : "TIMESTAMP(6)",
                        List.of("'2024-10-27 02:30:00'", "'2024-10-27 02:30:00.000001'")));
        return Stream.concat(
                everywhere,
                switch (database.dialect()) {
                    case MYSQL ->
                        Stream.of(
                                new Keys(
                                        "VARCHAR(40) COLLATE utf8mb4_general_ci",
                                        List.of("'a'", "'b'", "'\u00df'", "'A b'")),
                                new Keys("VARCHAR(40) COLLATE utf8mb4_nopad_bin", List.of("'a'", "'a '", "'A'")),
                                new Keys("VARBINARY(20)", List.of("x''", "x'00'", "x'0000'", "x'275c22'", "x'61'")),
                                new Keys("BINARY(3)", List.of("x'000000'", "x'000001'", "x'616200'")),
                                new Keys("BIGINT UNSIGNED", List.of("0", "18446744073709551615")),
                                new Keys("BIT(9)", List.of("b'0'", "b'100000001'")));
                    case POSTGRESQL ->
                        Stream.of(
                                new Keys("text", texts),
                                new Keys("bytea", List.of("'\\x'", "'\\x00'", "'\\x0000'", "'\\x275c22'")),
                                new Keys("uuid", List.of("'123e4567-e89b-12d3-a456-426614174000'")),
                                new Keys(
                                        "timestamptz",
                                        List.of(
                                                "'2024-10-27 02:30:00.1+02'",
                                                "'2024-10-27 02:30:00.1+01'",
                                                "'infinity'")));
                    case H2 ->
                        Stream.of(
                                new Keys("VARCHAR_IGNORECASE(40)", List.of("'a'", "'b'", "'A b'")),
                                new Keys("VARBINARY(20)", List.of("X''", "X'00'", "X'0000'", "X'275C22'")),
                                new Keys("UUID", List.of("'123e4567-e89b-12d3-a456-426614174000'")),
                                new Keys(
                                        "TIMESTAMP(6) WITH TIME ZONE",
                                        List.of("'2024-10-27 02:30:00.1+02:00'", "'2024-10-27 02:30:00.1+01:00'")));
                });
    }

    @TestFactory
    @DisplayName("way 3: rows with difficult keys are told apart, found again and locked one by one")
    Stream<DynamicTest> way3_difficultKeys() {
        int[] number = {0};
        return keys().map(keys -> DynamicTest.dynamicTest(
                "way 3: " + keys.type(), () -> way3_tellsKeysApart("keyed" + number[0]++, keys)));
    }

    private void way3_tellsKeysApart(String table, Keys keys) throws SQLException {
        database.run("CREATE TABLE " + table + " (k " + keys.type() + " NOT NULL PRIMARY KEY, n INT)");
        int n = 0;
        for (String value : keys.values()) {
            database.run("INSERT INTO " + table + " VALUES (" + value + ", " + n++ + ")");
        }
        List<String> before = rows("SELECT k, n FROM " + table + " ORDER BY n");
        Participation all = application.begin();
        run(all, "UPDATE " + table + " SET n = n + 100");
        for (int i = 0; i < before.size(); i++) {
            Participation one = application.begin();
            String delete = "DELETE FROM " + table + " WHERE n = " + (100 + i);
            assertState("40001", () -> run(one, delete));
        }
        rollBackAndAwait(all);
        assertThat(rows("SELECT k, n FROM " + table + " ORDER BY n")).isEqualTo(before);
        List<Participation> each = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
            Participation one = application.begin();
            run(one, "DELETE FROM " + table + " WHERE n = " + i);
            each.add(one);
        }
        assertThat(rows("SELECT k FROM " + table)).isEmpty();
        for (Participation one : each) {
            rollBackAndAwait(one);
        }
        assertThat(rows("SELECT k, n FROM " + table + " ORDER BY n")).isEqualTo(before);
    }

    @Test
    @DisplayName(
            "way 3: (\"a_b\", \"c\") is not (\"a\", \"b_c\"), nor is a key whose parts only look alike when joined")
    void way3_partsOfAKeyAreNotJoined() throws SQLException {
        database.run("CREATE TABLE pair (a VARCHAR(20) NOT NULL, b VARCHAR(20) NOT NULL, n INT, PRIMARY KEY (a, b))");
        List<String> keys = List.of(
                "'a_b', 'c'",
                "'a', 'b_c'",
                "'a,b', 'c'",
                "'a', 'b,c'",
                "'a'';', 'c'",
                "'a', ''';c'",
                "'', 'ac'",
                "'ac', ''");
        for (int i = 0; i < keys.size(); i++) {
            database.run("INSERT INTO pair VALUES (" + keys.get(i) + ", " + i + ")");
        }
        List<String> before = rows("SELECT * FROM pair ORDER BY n");
        List<Participation> each = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            Participation one = application.begin();
            run(one, (i % 2 == 0 ? "DELETE FROM pair" : "UPDATE pair SET n = n + 50") + " WHERE n = " + i);
            each.add(one);
        }
        for (Participation one : each) {
            rollBackAndAwait(one);
        }
        assertThat(rows("SELECT * FROM pair ORDER BY n")).isEqualTo(before);
    }

    @Test
    @DisplayName("way 3: keys that cannot be told apart or locked are refused")
    void way3_keysThatCannotBeLockedAreRefused() throws SQLException {
        List<String> tables = switch (database.dialect()) {
            case MYSQL ->
                List.of(
                        "CREATE TABLE odd (k TIMESTAMP NOT NULL PRIMARY KEY, n INT)",
                        "CREATE TABLE odd (k VARCHAR(300) NOT NULL, n INT, PRIMARY KEY (k(10)))");
            case POSTGRESQL ->
                List.of(
                        "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
                                + "CREATE TABLE odd (k text COLLATE ci PRIMARY KEY, n INT)",
                        "CREATE TABLE odd (k jsonb PRIMARY KEY, n INT)",
                        "CREATE TABLE odd (k int[] PRIMARY KEY, n INT)");
            case H2 -> List.of("CREATE TABLE odd (k TIME WITH TIME ZONE PRIMARY KEY, n INT)");
        };
        for (String table : tables) {
            database.run(table.split(";"));
            String now = database.dialect() == Dialect.MYSQL
                    ? "'2024-01-01 00:00:00'"
                    : table.contains("jsonb") ? "'1'" : table.contains("[]") ? "'{1}'" : "'12:00:00+01:00'";
            Participation participation = application.begin();
            assertState("0A000", () -> run(participation, "INSERT INTO odd VALUES (" + now + ", 1)"));
            assertThat(rows("SELECT n FROM odd")).isEmpty();
            database.run("DROP TABLE odd");
        }
    }

    // ---- way 5 ----

    @Test
    @DisplayName("way 5: unique values that went round in a circle, in one statement and in several, go back")
    void way5_swappedValuesGoBack() throws SQLException {
        database.run(
                "CREATE TABLE place (id INT PRIMARY KEY, pos INT" + (is(Dialect.POSTGRESQL) ? "" : " NOT NULL UNIQUE")
                        + (is(Dialect.POSTGRESQL) ? ", UNIQUE (pos) DEFERRABLE" : "") + ")",
                "INSERT INTO place VALUES (1, 1), (2, 2), (3, 3), (4, 4)");
        List<String> before = rows("SELECT * FROM place ORDER BY id");
        Participation participation = application.begin();
        run(
                participation,
                "UPDATE place SET pos = 99 WHERE id = 1",
                "UPDATE place SET pos = 1 WHERE id = 2",
                "UPDATE place SET pos = 2 WHERE id = 1",
                "DELETE FROM place WHERE id = 3",
                "UPDATE place SET pos = 3 WHERE id = 4",
                "INSERT INTO place VALUES (3, 4)",
                is(Dialect.MYSQL)
                        ? "UPDATE place SET pos = pos + 1 ORDER BY pos DESC"
                        : "UPDATE place SET pos = CASE id WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 3 ELSE 4 END");
        rollBackAndAwait(participation);
        assertThat(rows("SELECT * FROM place ORDER BY id")).isEqualTo(before);
    }

    @Test
    @DisplayName(
            "way 5: parents and children of one table, of one statement and of several, go back in an order that holds")
    void way5_rowsThatReferToEachOtherGoBack() throws SQLException {
        database.run(
                "CREATE TABLE node (id INT PRIMARY KEY, up INT, rank_ INT, FOREIGN KEY (up) REFERENCES node (id))",
                "INSERT INTO node VALUES (10, NULL, 1), (5, 10, 2), (7, 5, 3), (1, 7, 4)");
        List<String> before = rows("SELECT * FROM node ORDER BY id");
        Participation participation = application.begin();
        run(participation, "INSERT INTO node VALUES (20, 10, 5), (21, 20, 6), (22, 21, 7)");
        run(
                participation,
                "INSERT INTO node VALUES (30, 30, 8)",
                "UPDATE node SET up = 30 WHERE id = 20",
                "UPDATE node SET up = 22 WHERE id = 30");
        run(
                participation,
                "UPDATE node SET up = NULL WHERE id = 30",
                is(Dialect.MYSQL)
                        ? "DELETE FROM node WHERE id IN (1, 7, 5) ORDER BY rank_ DESC"
                        : is(Dialect.POSTGRESQL)
                                ? "DELETE FROM node WHERE id IN (1, 7, 5)"
                                : "DELETE FROM node WHERE id = 1");
        rollBackAndAwait(participation);
        assertThat(rows("SELECT * FROM node ORDER BY id")).isEqualTo(before);
    }

    @Test
    @DisplayName("way 5: children go before their parents and come after them, over several local transactions")
    void way5_childrenGoBeforeTheirParents() throws SQLException {
        database.run(
                "CREATE TABLE orders (id INT PRIMARY KEY, code VARCHAR(10) UNIQUE)",
                "CREATE TABLE line (id INT PRIMARY KEY, order_id INT NOT NULL, FOREIGN KEY (order_id) REFERENCES orders (id))",
                "INSERT INTO orders VALUES (1, 'one')",
                "INSERT INTO line VALUES (1, 1), (2, 1)");
        List<String> before =
                rows("SELECT o.id, o.code, l.id FROM orders o JOIN line l ON l.order_id = o.id ORDER BY 3");
        Participation participation = application.begin();
        run(participation, "INSERT INTO orders VALUES (2, 'two')", "UPDATE line SET order_id = 2");
        run(participation, "DELETE FROM orders WHERE id = 1", "UPDATE orders SET code = 'one' WHERE id = 2");
        run(participation, "DELETE FROM line WHERE id = 2", "INSERT INTO orders VALUES (1, 'two')");
        run(participation, "UPDATE line SET order_id = 1", "DELETE FROM orders WHERE id = 2");
        rollBackAndAwait(participation);
        assertThat(rows("SELECT o.id, o.code, l.id FROM orders o JOIN line l ON l.order_id = o.id ORDER BY 3"))
                .isEqualTo(before);
    }

    // ---- way 6 ----

    @Test
    @DisplayName("way 6: generated columns come back by themselves, and columns that the database changes as they were")
    void way6_generatedAndAutoUpdatedColumns() throws SQLException {
        String onUpdate = is(Dialect.POSTGRESQL) ? "" : " ON UPDATE CURRENT_TIMESTAMP(6)";
        String stored = is(Dialect.H2) ? "" : " STORED";
        database.run(
                "CREATE TABLE item (id INT PRIMARY KEY, n INT, doubled INT GENERATED ALWAYS AS (n * 2)" + stored
                        + " UNIQUE, changed " + (is(Dialect.MYSQL) ? "DATETIME(6)" : "TIMESTAMP(6)")
                        + " DEFAULT '2020-01-01 00:00:00'" + onUpdate + ")",
                "INSERT INTO item (id, n) VALUES (1, 10), (2, 20)");
        List<String> before = rows("SELECT * FROM item ORDER BY id");
        Participation participation = application.begin();
        run(participation, "UPDATE item SET n = n + 5 WHERE id = 1");
        assertThat(rows("SELECT doubled FROM item WHERE id = 1")).containsExactly("30");
        assertThat(rows("SELECT changed FROM item WHERE id = 1").equals(rows("SELECT changed FROM item WHERE id = 2")))
                .isEqualTo(is(Dialect.POSTGRESQL));
        Participation other = application.begin();
        assertState("40001", () -> run(other, "INSERT INTO item (id, n) VALUES (3, 10)"));
        run(participation, "UPDATE item SET n = n + 5, changed = changed WHERE id = 2");
        run(participation, "DELETE FROM item", "INSERT INTO item (id, n) VALUES (1, 1)");
        rollBackAndAwait(participation);
        assertThat(rows("SELECT * FROM item ORDER BY id")).isEqualTo(before);
    }

    // ---- way 7 ----

    @Test
    @DisplayName("way 7: generated keys with a step other than 1 are the ones that are taken back")
    void way7_generatedKeysWithAStep() throws SQLException {
        String auto = is(Dialect.MYSQL)
                ? "BIGINT AUTO_INCREMENT PRIMARY KEY"
                : "BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 3 INCREMENT BY 7) PRIMARY KEY";
        database.run("CREATE TABLE entry (id " + auto + ", note VARCHAR(20))");
        database.run("INSERT INTO entry (note) VALUES ('old')", "INSERT INTO entry (note) VALUES ('old')");
        Participation participation = application.begin();
        List<Long> seen = inLocal(participation, steppingByFive(), RowImagesContract::insertThree);
        assertThat(rows("SELECT id FROM entry WHERE note <> 'old' ORDER BY id"))
                .hasSize(3)
                .startsWith(seen.stream().map(String::valueOf).toArray(String[]::new));
        assertThat(rows("SELECT MAX(id) - MIN(id) FROM entry WHERE note <> 'old'"))
                .containsExactly(is(Dialect.MYSQL) ? "10" : "14");
        rollBackAndAwait(participation);
        assertThat(rows("SELECT note FROM entry")).containsExactly("old", "old");
    }

    private DataSource steppingByFive() {
        if (!is(Dialect.MYSQL)) {
            return dataSource;
        }
        String url = database.url() + "?sessionVariables=auto_increment_increment=5,auto_increment_offset=3";
        return application.manage(
                new Database(database.dialect(), database.name(), url, database.user(), database.password())
                        .dataSource());
    }

    private static List<Long> insertThree(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO entry (note) VALUES ('a'), ('b'), ('c')", Statement.RETURN_GENERATED_KEYS)) {
            insert.executeUpdate();
            List<Long> keys = new ArrayList<>();
            try (ResultSet result = insert.getGeneratedKeys()) {
                while (result.next()) {
                    keys.add(result.getLong(1));
                }
            }
            return keys;
        }
    }

    @Test
    @DisplayName("way 7: a sequence as default, and an explicit value for an identity column")
    void way7_sequencesAndExplicitValues() throws SQLException {
        Assumptions.assumeFalse(is(Dialect.MYSQL), "MariaDbOnly has a test of its own");
        database.run(
                "CREATE SEQUENCE numbers START WITH 100 INCREMENT BY 10",
                "CREATE TABLE entry (id BIGINT DEFAULT "
                        + (is(Dialect.H2) ? "NEXT VALUE FOR numbers" : "nextval('numbers')")
                        + " PRIMARY KEY, note VARCHAR(20))",
                "CREATE TABLE strict_entry (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note VARCHAR(20))",
                "INSERT INTO strict_entry (note) VALUES ('old')",
                "INSERT INTO entry (note) VALUES ('old')");
        List<String> before = rows("SELECT id, note FROM strict_entry");
        Participation participation = application.begin();
        run(
                participation,
                "INSERT INTO entry (note) VALUES ('a'), ('b')",
                "INSERT INTO entry (id, note) VALUES (0, 'zero'), (DEFAULT, 'default')",
                "INSERT INTO strict_entry (note) VALUES ('c')",
                "DELETE FROM strict_entry WHERE note = 'old'");
        assertThat(rows("SELECT id FROM entry ORDER BY id")).containsExactly("0", "100", "110", "120", "130");
        rollBackAndAwait(participation);
        assertThat(rows("SELECT id, note FROM entry")).containsExactly("100|old");
        assertThat(rows("SELECT id, note FROM strict_entry")).isEqualTo(before);
    }

    @Test
    @DisplayName("way 7: rows whose number only the database may give, beside the key, go back")
    void way7_numbersThatNoUpdateMayAssign() throws SQLException {
        Assumptions.assumeFalse(is(Dialect.MYSQL), "MySQL and MariaDB let any number be assigned");
        database.run(
                "CREATE TABLE item (no VARCHAR(9) PRIMARY KEY, seq BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE, n INT UNIQUE)",
                "INSERT INTO item (no, n) VALUES ('a', 100), ('b', 200), ('c', 300), ('d', 400)");
        List<String> before = rows("SELECT * FROM item ORDER BY no");
        for (String sql : List.of(
                is(Dialect.POSTGRESQL)
                        ? "INSERT INTO item (no, n) VALUES ('a', 5), ('e', 6) ON CONFLICT (no) DO UPDATE SET n = item.n + EXCLUDED.n"
                        : "MERGE INTO item (no, seq, n) KEY (no) VALUES ('a', DEFAULT, 5), ('e', DEFAULT, 6)",
                "MERGE INTO item USING (SELECT 'b' AS no, 7 AS n) s ON item.no = s.no WHEN MATCHED THEN UPDATE SET n = s.n",
                "UPDATE item SET n = n + 1 WHERE no = 'c'",
                "DELETE FROM item WHERE no = 'd'")) {
            Participation participation = application.begin();
            run(participation, sql);
            assertThat(rows("SELECT * FROM item ORDER BY no")).as(sql).isNotEqualTo(before);
            rollBackAndAwait(participation);
            assertThat(rows("SELECT * FROM item ORDER BY no")).as(sql).isEqualTo(before);
        }
    }

    // ---- way 9 (each column type: TypesContract) ----

    @Test
    @DisplayName("way 9: a blob and a text of megabytes come back exactly, and what the undo record can not hold stays")
    void way9_largeValues() throws SQLException {
        String types = switch (database.dialect()) {
            case MYSQL -> "body LONGBLOB, words LONGTEXT";
            case POSTGRESQL -> "body BYTEA, words TEXT";
            case H2 -> "body BLOB, words CLOB";
        };
        database.run("CREATE TABLE document (id INT PRIMARY KEY, " + types + ")");
        Random random = new Random(9);
        byte[] held = new byte[1 << 20]; // four of them fit in the record
        byte[] tooLarge = new byte[5 << 20];
        random.nextBytes(held);
        random.nextBytes(tooLarge);
        String words = "it's \u00e9\\ \ud83d\ude00\n".repeat(20_000);
        try (Connection connection = database.connect()) {
            update(connection, "INSERT INTO document VALUES (?, ?, ?)", 1, held, words);
            update(connection, "INSERT INTO document VALUES (?, ?, ?)", 2, tooLarge, "short");
        }
        byte[] other = new byte[1 << 20];
        random.nextBytes(other);
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            try (PreparedStatement change =
                    connection.prepareStatement("UPDATE document SET body = ?, words = ? WHERE id = 1")) {
                change.setBinaryStream(1, new ByteArrayInputStream(other));
                change.setCharacterStream(2, new StringReader(words.toUpperCase(Locale.ROOT)));
                return change.executeUpdate();
            }
        });
        assertThat(body(1)).isEqualTo(other);
        run(participation, "DELETE FROM document WHERE id = 1");
        assertThatThrownBy(() -> run(participation, "DELETE FROM document WHERE id = 2"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("dtx.undo-log.max-size");
        assertThat(body(2)).isEqualTo(tooLarge);
        rollBackAndAwait(participation);
        assertThat(body(1)).isEqualTo(held);
        assertThat(rows("SELECT words FROM document WHERE id = 1")).containsExactly(words);
    }

    private byte[] body(int id) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT body FROM document WHERE id = " + id)) {
            row.next();
            return row.getBytes(1);
        }
    }

    // ---- way 13 ----

    private Participation changeAndDelete() throws SQLException {
        Participation participation = application.begin();
        run(
                participation,
                "UPDATE account SET balance = balance + 1, owner = 'changed' WHERE id IN (1, 2)",
                "DELETE FROM account WHERE id = 3",
                "INSERT INTO account VALUES (4, 'Dan', 4)");
        return participation;
    }

    private void assertStalls(Participation participation, String... because) {
        List<String> now = accounts();
        application.rollBack(participation);
        assertThat(stalled(participation).toLowerCase(Locale.ROOT)).contains(because);
        assertThat(accounts()).as("nothing is touched").isEqualTo(now);
        assertThat(Rows.inUndoLog(database, 0)).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "way 13: a row changed by someone outside dtx stalls the rollback, nothing is touched, and a retry ends it")
    void way13_aRowChangedByOthersStalls() throws SQLException {
        List<String> before = accounts();
        Participation participation = changeAndDelete();
        database.run("UPDATE account SET balance = 7 WHERE id = 2");
        assertStalls(participation, "id=2", "balance");
        database.run("UPDATE account SET balance = 51 WHERE id = 2");
        retry(participation);
        awaitEnd(participation);
        assertThat(accounts()).isEqualTo(before);
    }

    @Test
    @DisplayName("way 13: a row changed by others and changed back is restored")
    void way13_aRowChangedAndChangedBackIsRestored() throws SQLException {
        List<String> before = accounts();
        Participation participation = changeAndDelete();
        database.run("UPDATE account SET balance = 7 WHERE id = 2", "UPDATE account SET balance = 51 WHERE id = 2");
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(before);
    }

    @Test
    @DisplayName("way 13: a row deleted by others stalls, one that they delete and insert again as it was is restored")
    void way13_aRowDeletedByOthersStalls() throws SQLException {
        List<String> before = accounts();
        Participation participation = changeAndDelete();
        database.run("DELETE FROM account WHERE id = 1");
        assertStalls(participation, "id=1");
        database.run("INSERT INTO account VALUES (1, 'changed', 101)");
        retry(participation);
        awaitEnd(participation);
        assertThat(accounts()).isEqualTo(before);
    }

    @Test
    @DisplayName(
            "way 13: a row that others inserted in the place of a deleted one stalls; as it was before, it is restored")
    void way13_aRowInsertedAgainByOthersStalls() throws SQLException {
        List<String> before = accounts();
        Participation participation = changeAndDelete();
        database.run("INSERT INTO account VALUES (3, 'other', 0)");
        assertStalls(participation, "id=3");
        database.run("UPDATE account SET owner = NULL WHERE id = 3");
        retry(participation);
        awaitEnd(participation);
        assertThat(accounts()).isEqualTo(before);
    }

    @Test
    @DisplayName(
            "way 13: a row of someone else that a unique or foreign key puts in the way stalls instead of failing for ever")
    void way13_aRowInTheWayOfAKeyStalls() throws SQLException {
        database.run(
                "CREATE TABLE parent (id INT PRIMARY KEY, code VARCHAR(10) UNIQUE)",
                "CREATE TABLE child (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES parent (id))",
                "INSERT INTO parent VALUES (1, 'a')");
        Participation unique = application.begin();
        run(unique, "UPDATE parent SET code = 'b' WHERE id = 1");
        database.run("INSERT INTO parent VALUES (2, 'a')");
        application.rollBack(unique);
        assertThat(stalled(unique)).contains("key");
        database.run("DELETE FROM parent WHERE id = 2");
        retry(unique);
        awaitEnd(unique);
        assertThat(rows("SELECT * FROM parent")).containsExactly("1|a");

        Participation foreign = application.begin();
        run(foreign, "INSERT INTO parent VALUES (3, 'c')");
        database.run("INSERT INTO child VALUES (1, 3)");
        application.rollBack(foreign);
        assertThat(stalled(foreign)).contains("key");
        database.run("DELETE FROM child");
        retry(foreign);
        awaitEnd(foreign);
        assertThat(rows("SELECT * FROM parent")).containsExactly("1|a");
        Participation next = application.begin();
        run(next, "UPDATE parent SET code = 'z'");
        assertThat(application.commit(next).status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    @DisplayName("way 13: a row changed within the local transaction past dtx keeps it from committing")
    void way13_aRowChangedPastDtxKeepsTheLocalTransactionFromCommitting() throws SQLException {
        List<String> before = accounts();
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 1 WHERE id = 1");
            update(physical(connection), "UPDATE account SET balance = 2 WHERE id = 1");
            update(connection, "UPDATE account SET balance = 3 WHERE id = 1");
            assertThatThrownBy(connection::commit)
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("not by a statement that dtx captured");
            return true;
        });
        assertThat(accounts()).isEqualTo(before);
        assertThat(participation.openCaptures()).isZero();
    }

    private Connection physical(Connection connection) throws SQLException {
        return switch (database.dialect()) {
            case MYSQL -> connection.unwrap(org.mariadb.jdbc.Connection.class);
            case POSTGRESQL -> (Connection) connection.unwrap(org.postgresql.PGConnection.class);
            case H2 -> connection.unwrap(org.h2.jdbc.JdbcConnection.class);
        };
    }
}
