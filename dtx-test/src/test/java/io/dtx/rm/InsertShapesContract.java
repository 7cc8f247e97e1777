package io.dtx.rm;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.Participation;
import io.dtx.sql.Dialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Every shape of INSERT, and of the upserts. */
abstract class InsertShapesContract extends ShapesContract {

    @Test
    void rowsOfAQueryAreInserted() throws SQLException {
        sameAsWithoutDtx((connection, seen) -> {
            run(
                    connection,
                    seen,
                    "INSERT INTO item (id, code, a) SELECT id + 100, NULL, a + ? FROM item WHERE a > ?",
                    1,
                    15);
            run(connection, seen, "INSERT INTO item SELECT id + 200, NULL, a, b FROM item WHERE id = 77");
            run(
                    connection,
                    seen,
                    "INSERT INTO tag (item, name) SELECT id, b FROM item WHERE b IS NOT NULL AND id < 100");
        });
    }

    @Test
    void rowsOfAQueryGiveTheirGeneratedKeys() throws SQLException {
        sameAsWithoutDtx((connection, seen) ->
                runForKeys(connection, seen, "INSERT INTO tag (item, name) SELECT id, b FROM item WHERE id = ?", 1));
    }

    @Test
    void aQueryMayBeginWithCommonTables() throws SQLException {
        sameAsWithoutDtx((connection, seen) -> run(
                connection,
                seen,
                "INSERT INTO item (id, a) WITH big AS (SELECT id, a FROM item WHERE a > ?) SELECT id + 10, a FROM big",
                20));
    }

    @Test
    void aRowOfDefaultsIsInserted() throws SQLException {
        String sql = is(Dialect.MYSQL) ? "INSERT INTO tag () VALUES ()" : "INSERT INTO tag DEFAULT VALUES";
        sameAsWithoutDtx((connection, seen) -> {
            run(connection, seen, sql);
            runForKeys(connection, seen, sql);
        });
    }

    @Test
    void aSemicolonAndACommentBehindAnInsertChangeNothing() throws SQLException {
        sameAsWithoutDtx((connection, seen) -> {
            run(connection, seen, "INSERT INTO item (id) VALUES (?) ; -- bye", 11);
            run(connection, seen, "/* hint */ INSERT INTO item (id) VALUES (12) -- bye\n ;  ");
            run(connection, seen, "INSERT INTO item (id) VALUES (13) /* ; */");
            runText(connection, seen, "INSERT INTO tag (name) VALUES (';') /* ? */ ; /* -- */");
        });
    }

    @Test
    void expressionsMayComputeAKey() throws SQLException {
        sameAsWithoutDtx((connection, seen) -> {
            run(connection, seen, "INSERT INTO item (id, a) VALUES (? + 50, 1), ((SELECT MAX(n) FROM tag), 2)", 1);
        });
    }

    // The number that was generated last.

    @Test
    void theLastGeneratedNumberIsThatOfTheApplication() throws SQLException {
        Assumptions.assumeFalse(is(Dialect.H2), "H2 has no function for the last number");
        startUndoLogAt(1000);
        sameAsWithoutDtx((connection, seen) -> {
            askForLast(connection, seen, "INSERT INTO tag (name) VALUES ('black')");
            askOnlyForLast(connection, seen, "INSERT INTO tag (name) VALUES ('grey'), ('white')");
            askForLast(connection, seen, "INSERT INTO tag (id, name) VALUES (50, 'pink')");
            askForLast(connection, seen, "UPDATE tag SET n = n + 1 WHERE id = " + last());
            askOnlyForLast(connection, seen, "INSERT INTO tag (item, name) VALUES (" + last() + ", 'child')");
            askForLast(connection, seen, "DELETE FROM tag WHERE name = 'red'");
            if (is(Dialect.MYSQL)) {
                String update = " ON DUPLICATE KEY UPDATE n = n + 1";
                askForLast(connection, seen, "INSERT INTO tag (name) VALUES ('blue')" + update);
                askOnlyForLast(connection, seen, "INSERT INTO tag (name) VALUES ('gold')" + update);
                askOnlyForLast(connection, seen, "INSERT IGNORE INTO tag (name) VALUES ('gold'), ('silver')");
                askForLast(connection, seen, "REPLACE INTO tag (name) VALUES ('gold')");
                run(connection, seen, "SELECT @@identity, @@last_insert_id");
            } else {
                String update = " ON CONFLICT (name) DO UPDATE SET n = tag.n + 1";
                askForLast(connection, seen, "INSERT INTO tag (name) VALUES ('blue')" + update);
                askForLast(connection, seen, "INSERT INTO tag (name) VALUES ('gold')" + update);
            }
        });
    }

    private String last() {
        return is(Dialect.MYSQL) ? "LAST_INSERT_ID()" : "lastval()";
    }

    /** As a generated key of the driver's, and then by its function. */
    private void askForLast(Connection connection, List<String> seen, String sql) throws SQLException {
        runForKeys(connection, seen, sql);
        run(connection, seen, "SELECT " + last());
    }

    /** By its function alone. */
    private void askOnlyForLast(Connection connection, List<String> seen, String sql) throws SQLException {
        run(connection, seen, sql);
        run(connection, seen, "SELECT " + last());
    }

    private void startUndoLogAt(int number) throws SQLException {
        Application.inLocal(application.begin(), dataSource, connection -> 0);
        database.run(
                is(Dialect.MYSQL)
                        ? "ALTER TABLE undo_log AUTO_INCREMENT = " + number
                        : "ALTER TABLE undo_log ALTER COLUMN id RESTART WITH " + number);
    }

    @Test
    void theLastGeneratedNumberIsThatOfTheApplicationAfterLocalCommits() throws SQLException {
        Assumptions.assumeTrue(is(Dialect.MYSQL), "on MariaDB alone a number is put back");
        startUndoLogAt(1000);
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            for (String insert : List.of(
                    "INSERT INTO tag (name) VALUES ('a')",
                    "INSERT INTO tag (name) VALUES ('b'), ('bb')",
                    "INSERT INTO tag (id, name) VALUES (77, 'c')",
                    "UPDATE tag SET n = 1 WHERE id = 1",
                    "INSERT INTO item (id, a) VALUES (LAST_INSERT_ID(), 1)",
                    "INSERT INTO tag (name) VALUES ('d')")) {
                run(connection, new ArrayList<>(), insert);
                assertThat(lastOf(connection))
                        .as(insert)
                        .isEqualTo(
                                switch (insert) {
                                    case "INSERT INTO tag (name) VALUES ('a')" -> 4L;
                                    case "INSERT INTO tag (name) VALUES ('d')" -> 78L;
                                    default -> 5L;
                                });
            }
            return true;
        });
        assertThat(Rows.of(database, "SELECT id FROM item WHERE a = 1")).containsExactly("5");
        rollBackAndAwait(participation);
    }

    @Test
    void aNumberThatIsNotKnownAfterALocalCommitIsRefusedAndTheNextOneGiven() throws SQLException {
        Assumptions.assumeFalse(is(Dialect.H2), "H2 has no function for the last number");
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            run(connection, new ArrayList<>(), "INSERT INTO tag (name) VALUES ('a')");
            assertThat(lastOf(connection)).isEqualTo(4);
            connection.commit();
            assertState("0A000", () -> lastOf(connection));
            if (is(Dialect.MYSQL)) {
                run(connection, new ArrayList<>(), "INSERT INTO tag (id, name) VALUES (77, 'c')");
                assertState("0A000", () -> lastOf(connection));
                run(connection, new ArrayList<>(), "INSERT INTO tag (name) VALUES ('b')");
                assertThat(lastOf(connection)).isEqualTo(78);
            }
            connection.commit();
            return true;
        });
        rollBackAndAwait(participation);
    }

    /** It may be the number of an undo row, which dtx inserted for whoever had the connection before. */
    @Test
    void theLastGeneratedNumberIsRefusedBeforeAnInsertOnTheConnection() throws SQLException {
        Assumptions.assumeFalse(is(Dialect.H2), "H2 has no function for the last number");
        refused("SELECT " + last(), "asked for before an INSERT on this connection");
    }

    /** Columns, aliases, literals and comments may hold the letters of the functions. */
    @Test
    void whatOnlyLooksLikeAskingForTheLastGeneratedNumberRunsAsItIs() throws SQLException {
        database.run("ALTER TABLE item ADD COLUMN lastValue INT", "ALTER TABLE item ADD COLUMN last_insert_id INT");
        for (String sql : List.of(
                "UPDATE item SET lastValue = 2, last_insert_id = 3 WHERE id = 1",
                "SELECT lastValue AS lastValid, last_insert_id, 'lastval() @@identity LAST_INSERT_ID()' FROM item",
                "/* select i.lastValue, lastval() from Item i */ SELECT id FROM item",
                "INSERT INTO item (id, lastValue) VALUES (9, 5) -- lastval()",
                "DELETE FROM item WHERE lastValue > 100")) {
            List<String> before = tables();
            Participation participation = application.begin();
            Application.inLocal(participation, dataSource, connection -> {
                run(connection, new ArrayList<>(), sql);
                return true;
            });
            rollBackAndAwait(participation);
            assertThat(tables()).as(sql).isEqualTo(before);
        }
    }

    @Test
    void whatDtxPutsInPlaceOfANumberThatIsNotKnownNeverReachesTheApplication() throws SQLException {
        Assumptions.assumeTrue(is(Dialect.MYSQL), "on MariaDB alone a number is put back");
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            run(connection, new ArrayList<>(), "UPDATE tag SET n = 1 WHERE id = 1");
            run(connection, new ArrayList<>(), "INSERT IGNORE INTO tag (id, name) VALUES (1, 'there already')");
            assertState("0A000", () -> lastOf(connection));
            assertState(
                    "0A000",
                    () -> run(connection, new ArrayList<>(), "INSERT INTO item (id) VALUES (LAST_INSERT_ID())"));
            run(connection, new ArrayList<>(), "INSERT INTO tag (name) VALUES ('a')");
            assertThat(lastOf(connection)).isEqualTo(4);
            return true;
        });
        rollBackAndAwait(participation);
    }

    @Test
    void aStatementThatAsksForTheLastGeneratedNumberIsNotRunAgainAndNoOtherTakesItAway() throws SQLException {
        Assumptions.assumeTrue(is(Dialect.MYSQL), "on MariaDB alone a number is put back");
        Faults faults = new Faults(database.dataSource());
        Faults.Fault deadlock = () -> {
            throw new SQLException("Deadlock found when trying to get lock", "40001", 1213);
        };
        Participation participation = application.begin();
        bound(participation, application.manage(faults.dataSource()), connection -> {
            run(connection, new ArrayList<>(), "INSERT INTO tag (name) VALUES ('a')");
            faults.before("FOR UPDATE", deadlock);
            assertState(
                    "40001",
                    () -> run(connection, new ArrayList<>(), "UPDATE tag SET n = 9 WHERE id = LAST_INSERT_ID()"));
            faults.before("FOR UPDATE", deadlock);
            run(connection, new ArrayList<>(), "UPDATE tag SET n = 9 WHERE id = 1");
            assertThat(lastOf(connection)).isEqualTo(4);
            return true;
        });
        assertThat(Rows.of(database, "SELECT id FROM tag WHERE n = 9")).containsExactly("1");
        rollBackAndAwait(participation);
    }

    private long lastOf(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT " + last())) {
            result.next();
            return result.getLong(1);
        }
    }

    // Upserts.

    @Test
    @DisplayName(
            "way 1: INSERT IGNORE and ON CONFLICT DO NOTHING leave a row that is there, and so does their rollback")
    void way1_ignoringARowThatIsThereLeavesItAndNeverDeletesIt() throws SQLException {
        Assumptions.assumeFalse(is(Dialect.H2), "H2 has MERGE only");
        String ignore = is(Dialect.MYSQL) ? "IGNORE " : "";
        String nothing = is(Dialect.MYSQL) ? "" : " ON CONFLICT DO NOTHING";
        sameAsWithoutDtx((connection, seen) -> {
            run(connection, seen, "INSERT " + ignore + "INTO item VALUES (1, 'new', 1, 'q')" + nothing);
            run(
                    connection,
                    seen,
                    "INSERT " + ignore + "INTO item VALUES (9, 'two', 1, 'q'), (8, 'eight', ?, 'q')" + nothing,
                    5);
            run(connection, seen, "INSERT " + ignore + "INTO tag (name) VALUES ('red')" + nothing);
            run(connection, seen, "INSERT " + ignore + "INTO tag (name) SELECT code FROM item" + nothing);
        });
    }

    @Test
    @DisplayName("way 1: a row that an upsert updates is as before after its rollback")
    void way1_anUpsertUpdatesWhatIsThereAndInsertsWhatIsNot() throws SQLException {
        sameAsWithoutDtx((connection, seen) -> {
            switch (database.dialect()) {
                case MYSQL -> {
                    String update = " ON DUPLICATE KEY UPDATE a = a + VALUES(a), b = ?";
                    run(connection, seen, "INSERT INTO item VALUES (1, 'uno', 5, 'q')" + update, "u");
                    run(connection, seen, "INSERT INTO item (id, code, a) VALUES (9, 'two', 5)" + update, "v");
                    run(connection, seen, "INSERT INTO item (id, code, a) VALUES (7, 'seven', 5)" + update, "w");
                    run(connection, seen, "INSERT INTO item (id, a) VALUES (?, 1)" + update, 4, "y");
                    run(
                            connection,
                            seen,
                            "INSERT INTO item (id, code, a) VALUES (?, NULL, 1), (?, 'twenty', 2), (?, 'two', 3),"
                                    + " (4, NULL, 5), (22, NULL, 1)" + update,
                            4,
                            20,
                            21,
                            "z");
                    run(
                            connection,
                            seen,
                            "INSERT INTO item (id, a) VALUES (31, 1), (32, 2) ON DUPLICATE KEY UPDATE a = 0");
                    run(
                            connection,
                            seen,
                            "INSERT INTO tag (name, n) VALUES ('red', 1), ('pink', 2) ON DUPLICATE KEY UPDATE n = 3");
                    run(connection, seen, "INSERT INTO item (id, a) VALUES (2, 0) ON DUPLICATE KEY UPDATE a = a");
                    run(
                            connection,
                            seen,
                            "INSERT INTO tag (name, n) VALUES ('red', 1)"
                                    + " ON DUPLICATE KEY UPDATE n = n + VALUES(n)");
                    runForKeys(
                            connection, seen, "INSERT INTO tag (name) VALUES ('black') ON DUPLICATE KEY UPDATE n = 0");
                }
                case POSTGRESQL -> {
                    String update = " DO UPDATE SET a = t.a + EXCLUDED.a, b = ? WHERE t.a < 40";
                    run(
                            connection,
                            seen,
                            "INSERT INTO item AS t VALUES (1, 'uno', 5, 'q') ON CONFLICT (id)" + update,
                            "u");
                    run(
                            connection,
                            seen,
                            "INSERT INTO item AS t (id, code, a) VALUES (9, 'two', 5) ON CONFLICT ON CONSTRAINT item_code"
                                    + update,
                            "v");
                    run(
                            connection,
                            seen,
                            "INSERT INTO item AS t (id, a) VALUES (4, 1), (20, 2), (3, 3) ON CONFLICT (id)" + update
                                    + " RETURNING id, a AS sum",
                            "y");
                    runForKeys(
                            connection,
                            seen,
                            "INSERT INTO tag (name, n) VALUES ('red', 1), ('pink', 2)"
                                    + " ON CONFLICT (name) DO UPDATE SET n = tag.n + EXCLUDED.n");
                }
                case H2 -> {
                    run(
                            connection,
                            seen,
                            "MERGE INTO item (id, code, a) KEY (id) VALUES (1, 'uno', ?), (30, 'dertig', 2)",
                            5);
                    run(connection, seen, "MERGE INTO item (id, code, a) VALUES (2, 'two', 6)");
                    run(connection, seen, "MERGE INTO tag (name, n) KEY (name) VALUES ('red', 1), ('pink', 2)");
                }
            }
        });
    }

    @Test
    void aMergeUpdatesDeletesAndInserts() throws SQLException {
        if (is(Dialect.MYSQL)) {
            refused("MERGE INTO item t USING tag s ON t.id = s.item WHEN MATCHED THEN DELETE", "MERGE");
            return;
        }
        sameAsWithoutDtx((connection, seen) -> {
            run(
                    connection,
                    seen,
                    "MERGE INTO item t USING (SELECT item, COUNT(*) AS c FROM tag GROUP BY item) s ON t.id = s.item"
                            + " WHEN MATCHED AND s.c > ? THEN UPDATE SET a = t.a + 1, b = CASE WHEN t.a > 5 THEN 'm' ELSE 'n' END"
                            + " WHEN MATCHED THEN DELETE"
                            + " WHEN NOT MATCHED THEN INSERT (id, a) VALUES (s.item, 1)",
                    1);
            run(
                    connection,
                    seen,
                    "MERGE INTO tag t USING (VALUES ('red', 5, ?), ('lilac', 6, 1), ('mauve', 7, 1)) AS s(name, n, item)"
                            + " ON t.name = s.name WHEN MATCHED AND t.n = ? THEN UPDATE SET n = s.n"
                            + " WHEN NOT MATCHED THEN INSERT (item, name, n) VALUES (s.item, s.name, s.n)",
                    1,
                    7);
            run(
                    connection,
                    seen,
                    "MERGE INTO item USING (SELECT item + 50 AS i FROM tag WHERE name = 'green') s ON item.id = s.i"
                            + " WHEN NOT MATCHED THEN INSERT VALUES (s.i, 'm', ?, 'b')",
                    3);
        });
    }

    @Test
    @DisplayName("way 1: rows that REPLACE takes the place of come back")
    void way1_aReplacedRowComesBack() throws SQLException {
        if (!is(Dialect.MYSQL)) {
            refused("REPLACE INTO item VALUES (1, 'uno', 5, 'q')", "REPLACE");
            return;
        }
        sameAsWithoutDtx((connection, seen) -> {
            run(connection, seen, "REPLACE INTO item VALUES (1, 'two', 5, 'q')");
            run(connection, seen, "REPLACE INTO item VALUES (?, 'three', 5, 'q')", 3);
            run(connection, seen, "REPLACE INTO item SET id = 4, code = 'four', a = 40, b = 'w'");
            run(connection, seen, "REPLACE INTO tag (name) VALUES ('red')");
            runForKeys(connection, seen, "REPLACE INTO tag (name) VALUES ('brown')");
        });
    }

    @Test
    @DisplayName("way 5: unique values that one REPLACE would swap between rows are refused: they could not go back")
    void way5_aReplaceOfSeveralRowsWithSeveralUniqueKeysIsRefused() throws SQLException {
        Assumptions.assumeTrue(is(Dialect.MYSQL), "MariaDB alone has REPLACE");
        refused("REPLACE INTO item VALUES (1, 'two', 5, 'q'), (2, 'one', 6, 'r')", "several unique keys");
    }

    @Test
    void aRowThatOneStatementWritesTwiceIsRefusedWithTheReasonOrFailsAsWithoutDtx() throws SQLException {
        switch (database.dialect()) {
            case MYSQL ->
                refused(
                        "INSERT INTO item (id, a) VALUES (50, 1), (50, 2) ON DUPLICATE KEY UPDATE a = VALUES(a)",
                        "an upsert of several rows");
            case POSTGRESQL -> {
                Participation participation = application.begin();
                assertState(
                        "21000",
                        () -> Application.inLocal(participation, dataSource, connection -> {
                            run(
                                    connection,
                                    new ArrayList<>(),
                                    "INSERT INTO item (id, a) VALUES (50, 1), (50, 2) ON CONFLICT (id) DO UPDATE SET a = 9");
                            return true;
                        }));
                rollBackAndAwait(participation);
            }
            case H2 -> {
                refused("MERGE INTO item (id, a) KEY (id) VALUES (50, 1), (50, 2)", "writes one row twice");
                sameAsWithoutDtx((connection, seen) -> {
                    try (java.sql.Statement twice = connection.createStatement()) {
                        twice.execute("MERGE INTO item (id, a) KEY (id) VALUES (1, 5), (1, 6)");
                        seen.add("count " + twice.getUpdateCount());
                    }
                });
            }
        }
    }

    @Test
    void valuesMayBeGivenWithSet() throws SQLException {
        if (!is(Dialect.MYSQL)) {
            refused("INSERT INTO item SET id = 9", "");
            return;
        }
        sameAsWithoutDtx((connection, seen) -> {
            run(connection, seen, "INSERT INTO item SET id = ?, a = 1 + ?, b = DEFAULT", 9, 2);
            runForKeys(connection, seen, "INSERT INTO tag SET name = 'set', n = (SELECT 4)");
        });
    }

    @Test
    @DisplayName("way 7: an INSERT that lists no columns gives no values to invisible ones")
    void way7_invisibleColumns() throws SQLException {
        Assumptions.assumeFalse(is(Dialect.POSTGRESQL), "PostgreSQL has no invisible columns");
        database.run(
                "CREATE TABLE note (tenant INT INVISIBLE DEFAULT 1, id INT PRIMARY KEY, account INT)",
                "INSERT INTO note (id, account) VALUES (1, 9), (2, 9), (3, 9), (20, 9)");
        List<String> before = Rows.of(database, "SELECT tenant, id, account FROM note ORDER BY id");
        List<Steps> ways = new ArrayList<>(List.of(
                (connection, seen) -> {
                    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO note VALUES (?, ?)")) {
                        for (int i = 0; i < 2; i++) {
                            insert.setInt(1, 10 + i);
                            insert.setInt(2, 1 + i);
                            insert.addBatch();
                        }
                        insert.executeBatch();
                    }
                },
                (connection, seen) -> runForKeys(connection, seen, "INSERT INTO note VALUES (10, 1), (11, 2)")));
        if (is(Dialect.MYSQL)) {
            String update = " ON DUPLICATE KEY UPDATE account = 1";
            ways.add((connection, seen) -> run(connection, seen, "INSERT INTO note VALUES (10, 1)" + update));
            ways.add((connection, seen) -> run(connection, seen, "INSERT INTO note VALUES (20, 3)" + update));
            ways.add((connection, seen) -> run(connection, seen, "REPLACE INTO note VALUES (20, 3)"));
        } else {
            // Its MERGE takes a value for every column, as its INSERT does not.
            ways.add((connection, seen) -> run(connection, seen, "MERGE INTO note KEY (id) VALUES (5, 20, 3)"));
            ways.add((connection, seen) -> run(connection, seen, "MERGE INTO note VALUES (5, 10, 3)"));
        }
        for (Steps way : ways) {
            Participation participation = application.begin();
            Application.inLocal(participation, dataSource, connection -> {
                way.on(connection, new ArrayList<>());
                return true;
            });
            assertThat(Rows.of(database, "SELECT tenant, id, account FROM note ORDER BY id"))
                    .isNotEqualTo(before);
            rollBackAndAwait(participation);
            assertThat(Rows.of(database, "SELECT tenant, id, account FROM note ORDER BY id"))
                    .isEqualTo(before);
        }
    }

    @Test
    void anInsertReturnsWhatTheApplicationAsksFor() throws SQLException {
        if (is(Dialect.H2)) {
            refused("SELECT * FROM FINAL TABLE (INSERT INTO item (id) VALUES (9))", "the function TABLE");
            return;
        }
        sameAsWithoutDtx((connection, seen) -> {
            run(connection, seen, "INSERT INTO item (id, a) VALUES (?, ?), (51, 2) RETURNING a + ? AS x, id", 50, 1, 7);
            run(connection, seen, "INSERT INTO tag (name) VALUES ('ret') RETURNING *;");
            run(
                    connection,
                    seen,
                    "INSERT INTO tag (name) SELECT b FROM item WHERE b IS NOT NULL AND id < 10 RETURNING name, id -- all");
        });
    }

    /** A row appears after the before image was taken: it is never taken for one that the statement inserted. */
    @Test
    @DisplayName("way 1: a row that appears just before an upsert is not deleted by its rollback")
    void way1_aRowThatAppearsBeforeAnUpsertIsNeverDeletedByTheRollback() throws SQLException {
        switch (database.dialect()) {
            case MYSQL -> {
                String insert = "INSERT INTO item (id, a) VALUES ";
                appearing(insert + "(50, 1) ON DUPLICATE KEY UPDATE a = 9", "\nRETURNING", true);
                appearing(
                        "INSERT INTO item (id, code, a) VALUES (50, 'one', 1) ON DUPLICATE KEY UPDATE a = 9",
                        "\nINSERT",
                        true);
                appearing(insert + "(1, 1), (50, 1) ON DUPLICATE KEY UPDATE a = 9", "\nINSERT", true);
                appearing("REPLACE INTO item (id, a) VALUES (50, 1)", "\nRETURNING", true);
                appearing("REPLACE INTO item (id, code, a) VALUES (50, 'one', 1)", "\nREPLACE", true);
                appearing("INSERT IGNORE INTO item (id, a) VALUES (50, 1), (51, 2)", "\nRETURNING", false);
            }
            case POSTGRESQL -> {
                String insert = "INSERT INTO item (id, a) VALUES (50, 1), (1, 2) ON CONFLICT (id) ";
                appearing(insert + "DO UPDATE SET a = 9", "\nRETURNING", false);
                appearing(insert + "DO NOTHING", "\nRETURNING", false);
            }
            case H2 -> {
                appearing("MERGE INTO item (id, a) KEY (id) VALUES (50, 1), (1, 2)", "OLD TABLE (", true);
                appearing(
                        "MERGE INTO item t USING (SELECT 50 AS i) s ON t.id = s.i WHEN MATCHED THEN UPDATE SET a = 9"
                                + " WHEN NOT MATCHED THEN INSERT (id, a) VALUES (s.i, 9)",
                        "FINAL TABLE (",
                        true);
            }
        }
    }

    private void appearing(String sql, String part, boolean noticed) throws SQLException {
        database.run("DELETE FROM item WHERE id = 50");
        Faults faults = new Faults(database.dataSource());
        DataSource faulty = application.manage(faults.dataSource());
        Participation participation = application.begin();
        List<String> before = new ArrayList<>();
        Application.Work<Boolean> work = connection -> {
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            connection.setAutoCommit(false);
            faults.before(part, () -> {
                database.run("INSERT INTO item VALUES (50, 'appeared', 5, 'x')");
                before.addAll(tables());
            });
            run(connection, new ArrayList<>(), sql);
            connection.commit();
            return true;
        };
        if (noticed) {
            assertState("40001", () -> bound(participation, faulty, work));
        } else {
            bound(participation, faulty, work);
        }
        assertThat(before).as("the row appeared").isNotEmpty();
        rollBackAndAwait(participation);
        assertThat(tables()).as(sql).isEqualTo(before);
    }
}
