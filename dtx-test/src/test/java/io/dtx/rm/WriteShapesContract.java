package io.dtx.rm;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.CurrentTransaction.Scope;
import io.dtx.context.Participation;
import io.dtx.model.TransactionStatus;
import io.dtx.sql.Dialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every shape of UPDATE, DELETE and locking reads beside the plain ones. */
abstract class WriteShapesContract extends ShapesContract {

    @Test
    void rowsAreChosenByAliasesAndSubqueries() throws SQLException {
        sameAsWithoutDtx((connection, seen) -> {
            run(
                    connection,
                    seen,
                    "UPDATE item AS i SET a = i.a + ? WHERE i.id IN (SELECT t.item FROM tag t WHERE t.name <> ?)",
                    1,
                    "green");
            run(
                    connection,
                    seen,
                    "UPDATE item SET b = (SELECT MAX(name) FROM tag WHERE tag.item = item.id), a = CASE WHEN a > ? THEN 0"
                            + " ELSE a END WHERE EXISTS (SELECT 1 FROM tag WHERE tag.item = item.id)",
                    15);
            run(
                    connection,
                    seen,
                    "DELETE FROM item WHERE NOT EXISTS (SELECT 1 FROM tag t WHERE t.item = item.id) AND id > ?",
                    3);
            run(connection, seen, "UPDATE item SET a = 1 WHERE id IN (SELECT item FROM tag WHERE name = 'none')");
        });
    }

    @Test
    void commonTablesMayStandBeforeAWrite() throws SQLException {
        Assumptions.assumeFalse(is(Dialect.MYSQL), "MariaDB has them before SELECT only");
        sameAsWithoutDtx((connection, seen) -> {
            if (is(Dialect.POSTGRESQL)) {
                run(
                        connection,
                        seen,
                        "WITH c (i) AS (SELECT item FROM tag WHERE name = ?) UPDATE item SET a = ? WHERE id IN (SELECT i FROM c)",
                        "red",
                        9);
                run(
                        connection,
                        seen,
                        "WITH c AS (SELECT item FROM tag) DELETE FROM item USING c WHERE c.item = item.id AND item.a < ?",
                        15);
                run(
                        connection,
                        seen,
                        "WITH c AS (SELECT id FROM item WHERE a > ?) INSERT INTO tag (item) SELECT id FROM c",
                        15);
            } else {
                run(
                        connection,
                        seen,
                        "UPDATE item SET a = ? WHERE id IN (WITH c (i) AS (SELECT item FROM tag WHERE name = ?) SELECT i FROM c)",
                        9,
                        "red");
            }
        });
    }

    @Test
    void joinedTablesChooseRowsAndGiveValues() throws SQLException {
        if (is(Dialect.H2)) {
            refused("UPDATE item SET a = 1 FROM tag WHERE tag.item = item.id", "FROM");
            return;
        }
        sameAsWithoutDtx((connection, seen) -> {
            if (is(Dialect.MYSQL)) {
                run(
                        connection,
                        seen,
                        "UPDATE item i JOIN tag t ON t.item = i.id AND t.name <> ? SET i.a = i.a + t.n, i.b = ? WHERE i.a < ?",
                        "blue",
                        "joined",
                        1000);
                run(connection, seen, "UPDATE item i LEFT JOIN tag t ON t.item = i.id SET t.n = 5 WHERE i.id > ?", 1);
                run(connection, seen, "UPDATE tag, item SET tag.name = NULL WHERE tag.item = item.id AND item.id = 2");
                run(
                        connection,
                        seen,
                        "DELETE i FROM item i LEFT JOIN tag t ON t.item = i.id WHERE t.id IS NULL AND i.id > ?",
                        3);
                run(connection, seen, "DELETE FROM t USING tag AS t, item AS i WHERE t.item = i.id AND i.id = 1");
            } else {
                run(
                        connection,
                        seen,
                        "UPDATE item i SET a = i.a + t.n, b = ? FROM tag t WHERE t.item = i.id AND t.name <> ? AND i.a < ?",
                        "joined",
                        "blue",
                        1000);
                run(
                        connection,
                        seen,
                        "UPDATE item SET a = 1 FROM tag t JOIN (SELECT ? AS k) s ON t.n = s.k WHERE t.item = item.id",
                        7);
                run(connection, seen, "DELETE FROM item i USING tag t WHERE t.item = i.id AND t.name = ?", "green");
            }
        });
    }

    @Test
    void rowsOfValuesAndOfFunctionsMayBeJoined() throws SQLException {
        Assumptions.assumeTrue(is(Dialect.POSTGRESQL), "PostgreSQL alone joins such rows in an UPDATE or DELETE");
        sameAsWithoutDtx((connection, seen) -> {
            run(
                    connection,
                    seen,
                    "UPDATE item SET a = v.a FROM unnest(?::int[], ?::int[]) AS v (i, a) WHERE item.id = v.i",
                    "{1,2}",
                    "{5,6}");
            run(
                    connection,
                    seen,
                    "UPDATE item x SET b = v.b FROM (VALUES (?, ?), (?, ?)) v(i, b) WHERE x.id = v.i",
                    2,
                    "two",
                    3,
                    "three");
            run(connection, seen, "DELETE FROM item USING generate_series(3, ?) g WHERE item.id = g", 4);
        });
    }

    /** As jOOQ writes them. */
    @Test
    void columnsMayBeNamedInFull() throws SQLException {
        Assumptions.assumeFalse(is(Dialect.POSTGRESQL), "PostgreSQL has plain names only");
        sameAsWithoutDtx((connection, seen) -> {
            String schema = is(Dialect.MYSQL) ? "`" + connection.getCatalog() + "`" : connection.getSchema();
            String item = schema + ".item";
            run(
                    connection,
                    seen,
                    "UPDATE " + item + " SET " + item + ".a = " + item + ".a + ?, " + item + ".b = ? WHERE " + item
                            + ".id = ?",
                    5,
                    "full",
                    1);
            try (PreparedStatement batch = connection.prepareStatement(
                    "UPDATE " + item + " SET " + item + ".a = ? WHERE " + item + ".id = ?")) {
                for (int id = 2; id <= 3; id++) {
                    bind(batch, 7 * id, id);
                    batch.addBatch();
                }
                for (int count : batch.executeBatch()) {
                    seen.add("batch " + count);
                }
            }
            if (is(Dialect.MYSQL)) {
                run(
                        connection,
                        seen,
                        "INSERT INTO " + item + " (id, a) VALUES (?, ?), (?, ?) ON DUPLICATE KEY UPDATE " + item
                                + ".a = " + item + ".a + VALUES(a)",
                        4,
                        1,
                        5,
                        2);
                run(
                        connection,
                        seen,
                        "UPDATE " + item + " JOIN " + schema + ".tag ON " + schema + ".tag.item = " + item + ".id AND "
                                + schema + ".tag.name = ? SET " + item + ".a = " + schema + ".tag.n",
                        "red");
            }
        });
    }

    /** MariaDB assigns from left to right, but not where it runs the statement as one of several tables: found by generated tests. */
    @Test
    void aValueThatReadsWhatWasJustAssignedIsTheSameAsWithoutDtxOrRefused() throws SQLException {
        sameAsWithoutDtx((connection, seen) -> {
            run(connection, seen, "UPDATE item SET b = 'B', code = b WHERE id = ?", 2);
            run(connection, seen, "UPDATE item SET a = a + 1, b = CONCAT(a, b) WHERE id > 2 AND a < 100");
            run(
                    connection,
                    seen,
                    "UPDATE item SET code = b, b = CONCAT(b, '!') WHERE id IN (SELECT item FROM tag WHERE item > 1)");
            if (!is(Dialect.MYSQL)) {
                run(connection, seen, "UPDATE item SET b = 'B', code = b WHERE id IN (SELECT item FROM tag)");
            }
        });
        if (is(Dialect.MYSQL)) {
            refused(
                    "UPDATE item SET b = 'B', code = b WHERE id IN (SELECT item FROM tag)",
                    "reads b, which it assigns");
            refused(
                    "UPDATE item i JOIN tag t ON t.item = i.id SET i.b = 'B', i.code = i.b",
                    "reads b, which it assigns");
            refused(
                    "UPDATE item SET a = a + 1, a = a * 2 WHERE EXISTS (SELECT 1 FROM tag WHERE tag.item = item.id)",
                    "reads a, which it assigns");
        }
    }

    @Test
    void aRowThatIsJoinedWithSeveralTakesTheValuesOfNone() throws SQLException {
        Assumptions.assumeFalse(is(Dialect.H2), "H2 has no joins in an UPDATE");
        boolean mysql = is(Dialect.MYSQL);
        String update = mysql ? "UPDATE item i JOIN tag t ON t.item = i.id SET i." : "UPDATE item i SET ";
        String where = mysql ? "" : " FROM tag t WHERE t.item = i.id";
        refused(update + "a = t.id" + where, "is joined with several others");
        sameAsWithoutDtx((connection, seen) -> run(connection, seen, update + "a = i.a + ?" + where, 1));
        if (!mysql) {
            refused(update + "a = 1" + where + " RETURNING t.id", "is joined with several others");
        }
    }

    @Test
    void ordersAndLimitsChooseRows() throws SQLException {
        if (is(Dialect.POSTGRESQL)) {
            refused("DELETE FROM item WHERE id > 0 LIMIT 1", "ORDER BY or LIMIT");
            return;
        }
        sameAsWithoutDtx((connection, seen) -> {
            if (is(Dialect.MYSQL)) {
                run(connection, seen, "UPDATE item SET a = a + 100 ORDER BY a DESC LIMIT ?", 2);
                run(connection, seen, "DELETE FROM item WHERE id > ? ORDER BY id LIMIT 1", 1);
            } else {
                run(connection, seen, "DELETE FROM item WHERE id > ? LIMIT 1", 3);
            }
        });
    }

    @Test
    void writesReturnWhatTheApplicationAsksFor() throws SQLException {
        if (is(Dialect.H2)) {
            refused("SELECT * FROM OLD TABLE (DELETE FROM item)", "TABLE");
            return;
        }
        sameAsWithoutDtx((connection, seen) -> {
            if (is(Dialect.POSTGRESQL)) {
                run(connection, seen, "UPDATE item i SET a = a + ? WHERE id < ? RETURNING i.id, a * ? AS x", 1, 3, 2);
                run(connection, seen, "UPDATE item SET a = 0 WHERE id = 77 RETURNING *");
                run(
                        connection,
                        seen,
                        "UPDATE item i SET b = t.name FROM tag t WHERE t.item = i.id AND i.id = 2 RETURNING i.*, t.name");
            }
            run(connection, seen, "DELETE FROM item WHERE id > ? RETURNING id, b;", 3);
            runText(connection, seen, "DELETE FROM item WHERE id = 1 RETURNING *");
        });
    }

    @Test
    void commentsAndHintsChangeNothing() throws SQLException {
        sameAsWithoutDtx((connection, seen) -> {
            run(
                    connection,
                    seen,
                    "/* lead ' */ UPDATE /*+ hint */ item -- x ?\n SET a /* = 7 */ = ? /* WHERE */ WHERE id = ? -- tail",
                    5,
                    1);
            run(connection, seen, "-- lead ; \n DELETE FROM item /* ? */ WHERE id = ? ; -- tail", 2);
        });
    }

    // Locking reads.

    @Test
    void lockedRowsOfOneTableOfAJoinAreHandedOutWhenFree() throws SQLException {
        Assumptions.assumeTrue(is(Dialect.POSTGRESQL), "PostgreSQL alone locks one table of a join");
        handedOutWhenFree(
                "SELECT i.id, t.name FROM item i JOIN tag t ON t.item = i.id WHERE t.n = ? ORDER BY t.id"
                        + " FOR UPDATE OF i",
                "UPDATE item SET a = 0 WHERE id = 1");
    }

    /** The limit counts the rows of the join: item 1 is there twice, and would come back with both of its tags. */
    @Test
    void aLimitedJoinOfWhichOneTableIsLockedHandsOutNoMoreRows() throws SQLException {
        Assumptions.assumeTrue(is(Dialect.POSTGRESQL), "PostgreSQL alone locks one table of a join");
        handedOutWhenFree(
                "SELECT i.id, t.name FROM item i JOIN tag t ON t.item = i.id WHERE t.n = ? ORDER BY t.id"
                        + " LIMIT 1 OFFSET 1 FOR UPDATE OF i",
                "UPDATE item SET a = 0 WHERE id = 1");
    }

    /** Ordered by the column they would be another row. */
    @Test
    void aLockingReadInAnOrderOfItsListsMakingHandsOutTheRowsOfThatOrder() throws SQLException {
        String written = "UPDATE item SET code = 'changed' WHERE id = 4";
        handedOutWhenFree(
                "SELECT id, b AS a FROM item WHERE a > ? AND b IS NOT NULL ORDER BY a LIMIT 1 FOR UPDATE", written);
        if (is(Dialect.POSTGRESQL)) {
            try (Connection connection = database.connect()) {
                run(connection, new ArrayList<>(), "UPDATE item SET a = 100 WHERE id = 4");
            }
            handedOutWhenFree(
                    "SELECT id, a::text FROM item WHERE a > ? ORDER BY a LIMIT 1 OFFSET 1 FOR UPDATE", written);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"UPDATE item SET a = 0 WHERE id = 1", "UPDATE tag SET item = 1 WHERE id = 2"})
    void lockedRowsOfAllTablesOfAJoinAreHandedOutWhenFree(String written) throws SQLException {
        handedOutWhenFree(
                "SELECT *, i.id + 1 FROM item i JOIN tag ON tag.item = i.id WHERE tag.n = ? ORDER BY tag.id LIMIT 2"
                        + " FOR UPDATE",
                written);
        handedOutWhenFree(
                "SELECT i.id i, t.id t FROM item i, tag t WHERE t.n = ? ORDER BY t, i DESC FOR UPDATE", written);
        String outer = "SELECT i.id, t.name FROM item i LEFT JOIN tag t ON t.item = i.id AND t.n = ?"
                + " ORDER BY i.id, t.id FOR UPDATE";
        switch (database.dialect()) {
            case MYSQL -> handedOutWhenFree(outer, written);
            case H2 -> refused(outer.replace("?", "7"), "of whose optional side H2 locks no rows");
            case POSTGRESQL -> {} // refuses it itself
        }
    }

    private void handedOutWhenFree(String sql, String written) throws SQLException {
        List<String> expected = new ArrayList<>();
        try (Connection connection = database.connect()) {
            run(connection, expected, sql, 7);
        }
        Participation writer = application.begin();
        Participation reader = application.begin();
        Application.inLocal(writer, dataSource, connection -> Application.update(connection, written));
        assertState(
                "40001",
                () -> Application.inLocal(reader, dataSource, connection -> {
                    run(connection, new ArrayList<>(), sql, 7);
                    return true;
                }));
        rollBackAndAwait(writer);
        List<String> seen = new ArrayList<>();
        Application.inLocal(reader, dataSource, connection -> {
            run(connection, seen, sql, 7);
            return true;
        });
        assertThat(seen).isEqualTo(expected);
    }

    /** PostgreSQL locks the rows of a portion when it is fetched, and passes by those that its reader has written since. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE item SET a = 0 WHERE id = 4",
                "DELETE FROM item WHERE id = 3",
                "INSERT INTO item VALUES (5, 'five', 50, 'v')"
            })
    void aReaderMayWriteTheRowsOfALockingReadThatComesInPortions(String write) throws SQLException {
        for (boolean takenBack : new boolean[] {false, true}) {
            fill();
            sameAsWithoutDtx((connection, seen) -> {
                run(connection, seen, "UPDATE tag SET n = 8 WHERE id = 1");
                Savepoint savepoint = null;
                try (PreparedStatement select =
                        connection.prepareStatement("SELECT id, a FROM item WHERE a > 5 ORDER BY id FOR UPDATE")) {
                    select.setFetchSize(2);
                    try (ResultSet rows = select.executeQuery()) {
                        while (rows.next()) {
                            int id = rows.getInt(1);
                            seen.add(id + "|" + rows.getInt(2));
                            if (id == 1) {
                                savepoint = connection.setSavepoint();
                                run(connection, seen, write);
                            } else if (id > 2 && takenBack) {
                                connection.rollback(savepoint);
                            }
                        }
                    }
                }
            });
        }
    }

    /** As if on its way to the database a key became another one: without an error, but for the count. */
    @ParameterizedTest
    @ValueSource(ints = {ResultSet.TYPE_FORWARD_ONLY, ResultSet.TYPE_SCROLL_INSENSITIVE})
    void aLockedRowThatIsNotFoundAgainIsAnErrorAndNoAnswer(int type) throws SQLException {
        Faults faults = new Faults(database.dataSource());
        DataSource faulty = application.manage(faults.dataSource());
        for (String condition : List.of("id = 2", "id IN (1, 2, 3)")) {
            for (boolean found : new boolean[] {true, false}) {
                Participation participation = application.begin();
                String sql = "SELECT id, b FROM item WHERE " + condition + " ORDER BY id FOR UPDATE";
                if (!found) {
                    faults.mistakesLong("\nSELECT id, b FROM item", 2);
                }
                Application.Work<Integer> read = connection -> {
                    try (PreparedStatement select =
                            connection.prepareStatement(sql, type, ResultSet.CONCUR_READ_ONLY)) {
                        select.setFetchSize(condition.equals("id = 2") ? 0 : 2);
                        try (ResultSet rows = select.executeQuery()) {
                            int count = 0;
                            while (rows.next()) {
                                count++;
                            }
                            return count;
                        }
                    }
                };
                if (found) {
                    assertThat((int) Application.inLocal(participation, faulty, read))
                            .isEqualTo(condition.equals("id = 2") ? 1 : 3);
                } else {
                    org.assertj.core.api.Assertions.assertThatThrownBy(
                                    () -> Application.inLocal(participation, faulty, read))
                            .isInstanceOf(SQLException.class)
                            .hasMessageContaining("a locking read has locked");
                }
                application.rollBack(participation);
            }
        }
    }

    @Test
    void rowsThatAreLockedInTheDatabaseAreSkippedOrFailAtOnce() throws SQLException {
        Participation participation = application.begin();
        try (Connection other = database.connect();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement
                    .executeQuery("SELECT id FROM item WHERE id = 2 FOR UPDATE")
                    .close();
            List<Integer> seen = Application.inLocal(participation, dataSource, connection -> {
                List<Integer> ids = new ArrayList<>();
                try (PreparedStatement select = connection.prepareStatement(
                        "SELECT id, b FROM item WHERE a > ? ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED")) {
                    select.setInt(1, 0);
                    try (ResultSet result = select.executeQuery()) {
                        while (result.next()) {
                            ids.add(result.getInt(1));
                        }
                    }
                }
                return ids;
            });
            assertThat(seen).containsExactly(1, 3);
            Application.inLocal(participation, dataSource, connection -> {
                org.assertj.core.api.Assertions.assertThatThrownBy(() -> run(
                                connection, new ArrayList<>(), "SELECT id FROM item WHERE id = 2 FOR UPDATE NOWAIT"))
                        .isInstanceOf(SQLException.class);
                connection.rollback();
                return true;
            });
            other.rollback();
        }
    }

    @Test
    void aSharedLockIsHandedOutWhenFree() throws SQLException {
        String lock = switch (database.dialect()) {
            case MYSQL -> "LOCK IN SHARE MODE";
            case POSTGRESQL -> "FOR SHARE";
            case H2 -> "FOR UPDATE WAIT 1";
        };
        Participation writer = application.begin();
        Participation reader = application.begin();
        Application.inLocal(
                writer, dataSource, connection -> Application.update(connection, "UPDATE item SET a = 0 WHERE id = 1"));
        String sql = "SELECT a FROM item WHERE id = ? " + lock;
        assertState(
                "40001",
                () -> Application.inLocal(reader, dataSource, connection -> {
                    run(connection, new ArrayList<>(), sql, 1);
                    return true;
                }));
        rollBackAndAwait(writer);
        List<String> seen = new ArrayList<>();
        Application.inLocal(reader, dataSource, connection -> {
            run(connection, seen, sql, 1);
            return true;
        });
        assertThat(seen).contains("row [10]");
    }

    // Refused, with the reason.

    @Test
    void whatCanNotBeCapturedIsRefusedWithItsReason() throws SQLException {
        refused("TRUNCATE TABLE item", "TRUNCATE");
        refused("CREATE TABLE other (a INT)", "a change of the schema");
        refused("CALL something()", "CALL");
        refused("UPDATE item SET a = 1; DELETE FROM item", "several statements");
        refused("UPDATE item SET id = id + 1", "a column of the primary key");
        refused("UPDATE item SET a = own_function(1)", "not known to be free of side effects");
        refused(
                "INSERT INTO item (id, a) SELECT own_function(id), 1 FROM item",
                "not known to be free of side effects");
        refused("SELECT own_function(1)", "not known to be free of side effects");
        refused(
                "DELETE FROM item WHERE a < " + (is(Dialect.POSTGRESQL) ? "random()" : "rand()"),
                "where rows are chosen");
        refused("EXPLAIN ANALYZE DELETE FROM item", "EXPLAIN ANALYZE");
        switch (database.dialect()) {
            case MYSQL -> {
                refused("/*! DELETE FROM item */", "an executable comment");
                refused("/*M!100100 DELETE FROM item */", "an executable comment");
                refused("UPDATE item i JOIN tag t ON t.item = i.id SET i.a = 1, t.n = 2", "several tables");
                refused("DELETE i, t FROM item i JOIN tag t ON t.item = i.id", "several tables");
                refused("LOAD DATA INFILE 'x' INTO TABLE item", "LOAD");
                refused("SELECT a FROM item INTO @x", "INTO");
                refused(
                        "INSERT INTO item (id) VALUES (1) ON DUPLICATE KEY UPDATE id = 9",
                        "a column of the primary key");
                refused("REPLACE INTO item (id) SELECT id FROM item", "an upsert of a query's rows");
                refused(
                        "INSERT INTO item (id, code) VALUES (77, UUID()) ON DUPLICATE KEY UPDATE a = 9",
                        "another each time");
            }
            case POSTGRESQL -> {
                refused("WITH d AS (DELETE FROM item RETURNING id) SELECT * FROM d", "DELETE within");
                refused(
                        "WITH d AS (DELETE FROM tag RETURNING item) UPDATE item SET a = 1 FROM d WHERE d.item = id",
                        "DELETE within");
                refused("COPY item FROM STDIN", "COPY");
                refused("SELECT * INTO other FROM item", "INTO");
                refused(
                        "INSERT INTO item (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 9",
                        "a column of the primary key");
                refused(
                        "MERGE INTO item USING tag ON item.id = tag.item WHEN MATCHED THEN UPDATE SET id = 9",
                        "a column of the primary key");
            }
            case H2 -> {
                refused(
                        "MERGE INTO item USING tag ON item.id = tag.item WHEN MATCHED THEN UPDATE SET id = 9",
                        "a column of the primary key");
                refused("MERGE INTO item (id, a) KEY (a) VALUES (1, 10)", "a column of the primary key");
            }
        }
    }

    @Test
    void aTableWithoutAKeyIsRefused() throws SQLException {
        database.run("CREATE TABLE keyless (a INT)");
        refused("INSERT INTO keyless VALUES (1)", "no primary key");
        refused("UPDATE keyless SET a = 1", "no primary key");
        refused("DELETE FROM keyless", "no primary key");
    }

    @Test
    void proceduresAndUpdatableResultSetsAreRefused() throws SQLException {
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            assertState("0A000", () -> connection.prepareCall("{call something()}"));
            try (Statement statement =
                            connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
                    ResultSet rows = statement.executeQuery("SELECT id, a FROM item ORDER BY id")) {
                rows.next();
                rows.updateInt(2, 5);
                assertState("0A000", rows::updateRow);
                assertState("0A000", rows::deleteRow);
            }
            return true;
        });
        assertThat(application.commit(participation).status().finished()).isTrue();
    }

    /** Round trips are the cost: before image, statement, after image, undo row; or the first three in one, or one computed. */
    @Test
    void anUpdatedRowTakesNoMoreStatementsThanItMust() throws SQLException {
        Counting counting = new Counting(database.dataSource());
        DataSource counted = application.manage(counting.dataSource());
        Participation participation = application.begin();
        int executions = 0;
        for (int run = 0; run < 2; run++) { // the first reads the catalogue
            counting.executions();
            Application.inLocal(
                    participation,
                    counted,
                    connection -> Application.update(connection, "UPDATE item SET a = a + 1 WHERE id = ?", 1));
            executions = counting.executions();
        }
        assertThat(executions)
                .isEqualTo(
                        switch (database.dialect()) {
                            case POSTGRESQL -> 2;
                            case MYSQL -> 3;
                            case H2 -> 4;
                        });
        assertThat(application.commit(participation).status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    /** One text is a string with a quote in it to one session, and a string without its end to another. */
    @Test
    void stringsAndQuotesAreReadAsTheSessionReadsThem() throws SQLException {
        String escaped = "UPDATE item SET b = 'a\\'' WHERE id = 1";
        switch (database.dialect()) {
            case MYSQL -> {
                inSession("SET SESSION sql_mode = ''", escaped, "a'");
                inSession("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'", escaped, null);
                inSession(
                        "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'", "UPDATE item SET b = '\\' WHERE id = 1", "\\");
                inSession(
                        "SET SESSION sql_mode = 'ANSI_QUOTES'",
                        "UPDATE \"item\" SET \"b\" = 'quoted' WHERE id = 1",
                        "quoted");
                inSession("SET SESSION sql_mode = ''", "UPDATE item SET b = \"text\" WHERE id = 1", "text");
            }
            case POSTGRESQL -> {
                inSession("SET standard_conforming_strings = off", escaped, "a'");
                inSession("SET standard_conforming_strings = on", escaped, null);
                inSession("SET standard_conforming_strings = on", "UPDATE item SET b = '\\' WHERE id = 1", "\\");
            }
            case H2 -> inSession("SET LOCK_TIMEOUT 1000", "UPDATE item SET b = '\\' WHERE id = 1", "\\");
        }
    }

    /** @param written what the column b of the first row is then, and "x" again after the rollback; null for a refusal */
    private void inSession(String setting, String sql, @Nullable String written) throws SQLException {
        Participation participation = application.begin();
        try (Connection connection = dataSource.getConnection()) {
            runText(connection, new ArrayList<>(), setting);
            Scope scope = CurrentTransaction.bind(participation);
            try {
                if (written == null) {
                    assertState("0A000", () -> runText(connection, new ArrayList<>(), sql));
                } else {
                    runText(connection, new ArrayList<>(), sql);
                    assertThat(Rows.of(database, "SELECT b FROM item WHERE id = 1"))
                            .containsExactly(written);
                }
            } finally {
                scope.close();
            }
        }
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT b FROM item WHERE id = 1")).containsExactly("x");
    }

    @Test
    void aSessionWhoseModeChangesTheGrammarIsRefused() throws SQLException {
        Assumptions.assumeTrue(is(Dialect.MYSQL), "sql_mode is MySQL's and MariaDB's");
        try (Connection connection = dataSource.getConnection()) {
            runText(connection, new ArrayList<>(), "SET SESSION sql_mode = 'ORACLE'");
            Participation participation = application.begin();
            Scope scope = CurrentTransaction.bind(participation);
            try {
                assertState("0A000", () -> run(connection, new ArrayList<>(), "UPDATE item SET a = 1"));
            } finally {
                scope.close();
            }
        }
    }

    @Test
    void anUnprotectedStatementRunsAsItIsAndStays() throws SQLException {
        database.run("CREATE TABLE keyless (a INT)");
        String optOut = "/* dtx:unprotected an audit trail that may stay */ ";
        Participation participation = application.begin();
        Application.inLocal(participation, dataSource, connection -> {
            assertThat(Application.update(connection, "UPDATE item SET a = 0 WHERE id = 1"))
                    .isEqualTo(1);
            assertThat(Application.update(connection, optOut + "INSERT INTO keyless VALUES (?)", 1))
                    .isEqualTo(1);
            try (Statement batch = connection.createStatement()) {
                batch.addBatch(optOut + "INSERT INTO keyless VALUES (2)");
                batch.addBatch(optOut + "UPDATE keyless SET a = a + 10");
                assertThat(batch.executeBatch()).containsExactly(1, 2);
                batch.addBatch(optOut + "INSERT INTO keyless VALUES (3)");
                batch.addBatch("UPDATE item SET a = 1 WHERE id = 1");
                assertState("0A000", batch::executeBatch);
            }
            assertState("0A000", () -> Application.update(connection, optOut + "COMMIT"));
            return true;
        });
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT a FROM keyless ORDER BY a")).containsExactly("11", "12");
        assertThat(Rows.of(database, "SELECT a FROM item WHERE id = 1")).containsExactly("10");
    }

    @Test
    void anUnprotectedStatementGoesWithItsLocalTransaction() throws SQLException {
        database.run("CREATE TABLE keyless (a INT)");
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            Application.update(connection, "/* dtx:unprotected may go or stay */ INSERT INTO keyless VALUES (1)");
            Application.update(connection, "UPDATE item SET a = 0 WHERE id = 1");
            connection.rollback();
            return true;
        });
        assertThat(Rows.of(database, "SELECT a FROM keyless")).isEmpty();
        assertThat(application.commit(participation).status()).isEqualTo(TransactionStatus.COMMITTED);
    }
}
