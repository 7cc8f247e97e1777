package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.dtx.model.BranchId;
import io.dtx.model.RowDifference;
import io.dtx.sql.Dialect;
import io.dtx.undo.Restoration.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a restore does, on every database. */
abstract class RestoreContract {

    static final String ALL = "SELECT id, code, amount, note FROM item ORDER BY id";

    UndoSetup setup;
    List<String> original;

    abstract io.dtx.test.Database fresh();

    @BeforeEach
    void threeItems() throws SQLException {
        setup = new UndoSetup(fresh());
        setup.run(
                "CREATE TABLE item (id BIGINT PRIMARY KEY, code VARCHAR(20) UNIQUE, amount DECIMAL(18,2) NOT NULL,"
                        + " note VARCHAR(100))",
                "INSERT INTO item VALUES (1, 'a', 10.00, 'one'), (2, 'b', 20.50, NULL), (3, 'c', 0.00, '')");
        original = setup.rows(ALL);
    }

    @Test
    void anUpdateIsPutBack() throws SQLException {
        BranchId branch = setup.begin()
                .update("item", "amount = amount - 3; note = 'x'", "id < 3")
                .commit();
        assertThat(setup.rows(ALL)).isNotEqualTo(original);

        assertThat(setup.restore(branch).result()).isEqualTo(Result.RESTORED);

        assertThat(setup.rows(ALL)).isEqualTo(original);
        assertThat(setup.undoLogOf(branch)).isEmpty();
    }

    @Test
    void branchesAreRestoredOneAfterTheOtherOnOneConnection() throws SQLException {
        BranchId first =
                setup.begin().update("item", "amount = amount - 3", "id = 1").commit();
        BranchId overwritten =
                setup.begin().update("item", "amount = 7", "id = 2").commit();
        BranchId deleted = setup.begin().delete("item", "id = 3").commit();
        BranchId unheard = UndoSetup.newBranch();
        setup.run("UPDATE item SET amount = 8 WHERE id = 2");

        List<Result> results = new ArrayList<>();
        try (Connection connection = setup.server.connect()) {
            connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            try (Restore.Run run = setup.restore.begin(connection)) {
                for (BranchId branch : List.of(deleted, overwritten, unheard, first)) {
                    results.add(run.restore(branch).result());
                }
                setup.run("UPDATE item SET amount = 7 WHERE id = 2");
                results.add(run.restore(overwritten).result());
                results.add(run.skip(first).result());
            }
            assertThat(connection.getAutoCommit()).isTrue();
            assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
        }

        assertThat(results)
                .containsExactly(
                        Result.RESTORED,
                        Result.STALLED,
                        Result.NO_EFFECT,
                        Result.RESTORED,
                        Result.RESTORED,
                        Result.SKIPPED);
        assertThat(setup.rows(ALL)).isEqualTo(original);
    }

    @Test
    void anInsertIsTakenBack() throws SQLException {
        BranchId branch = setup.begin()
                .insert("item", "VALUES (7, 'x', 1, NULL), (8, NULL, 2, 'y')", "id > 3")
                .commit();

        assertThat(setup.restore(branch).result()).isEqualTo(Result.RESTORED);

        assertThat(setup.rows(ALL)).isEqualTo(original);
    }

    @Test
    void aDeleteIsPutBack() throws SQLException {
        BranchId branch = setup.begin().delete("item", "id >= 2").commit();
        assertThat(setup.rows(ALL)).hasSize(1);

        assertThat(setup.restore(branch).result()).isEqualTo(Result.RESTORED);

        assertThat(setup.rows(ALL)).isEqualTo(original);
    }

    @Test
    void aRowTouchedManyTimesIsPutBackAsItWasFirst() throws SQLException {
        BranchId branch = setup.begin()
                .update("item", "amount = 11", "id = 1")
                .update("item", "note = 'second'", "id = 1")
                .update("item", "amount = 12; note = 'third'", "id = 1")
                .delete("item", "id = 1")
                .insert("item", "VALUES (1, 'new', 99, 'again')", "id = 1")
                .update("item", "amount = 100", "id = 1")
                .insert("item", "VALUES (9, 'nine', 9, '')", "id = 9")
                .update("item", "code = 'neun'", "id = 9")
                .delete("item", "id = 9")
                .commit();

        assertThat(setup.restore(branch).result()).isEqualTo(Result.RESTORED);

        assertThat(setup.rows(ALL)).isEqualTo(original);
    }

    @Test
    void valuesOfAUniqueKeyThatWereSwappedAreSwappedBack() throws SQLException {
        BranchId branch = setup.begin()
                .update("item", "code = 'tmp'", "id = 1")
                .update("item", "code = 'a'", "id = 2")
                .update("item", "code = 'b'", "id = 1")
                .delete("item", "id = 3")
                .insert("item", "VALUES (4, 'c', 0, '')", "id = 4")
                .commit();

        assertThat(setup.restore(branch).result()).isEqualTo(Result.RESTORED);

        assertThat(setup.rows(ALL)).isEqualTo(original);
    }

    @Test
    void rowsOfOneStatementArePutBackInReverse() throws SQLException {
        CapturedTransaction shifted = setup.begin()
                .update("item", "code = 'd'", "id = 3")
                .update("item", "code = 'c'", "id = 2")
                .update("item", "code = 'b'", "id = 1");
        UndoEntry last = shifted.entries.get(0);
        UndoEntry asOneStatement = new UndoEntry(
                last.kind(),
                last.catalogue(),
                last.schema(),
                last.table(),
                last.columns(),
                shifted.entries.stream()
                        .flatMap(entry -> entry.before().stream())
                        .toList(),
                shifted.entries.stream()
                        .flatMap(entry -> entry.after().stream())
                        .toList());
        shifted.entries.clear();
        shifted.entries.add(asOneStatement);
        BranchId branch = shifted.commit();

        assertThat(setup.restore(branch).result()).isEqualTo(Result.RESTORED);

        assertThat(setup.rows(ALL)).isEqualTo(original);
    }

    @Test
    void childRowsAreTakenBackBeforeTheirParents() throws SQLException {
        setup.run("CREATE TABLE line (id BIGINT PRIMARY KEY, item_id BIGINT NOT NULL,"
                + " FOREIGN KEY (item_id) REFERENCES item (id))");
        setup.run("INSERT INTO line VALUES (1, 3)");
        BranchId branch = setup.begin()
                .insert("item", "VALUES (4, 'd', 0, '')", "id = 4")
                .insert("line", "VALUES (2, 4)", "id = 2")
                .delete("line", "id = 1")
                .delete("item", "id = 3")
                .commit();

        assertThat(setup.restore(branch).result()).isEqualTo(Result.RESTORED);

        assertThat(setup.rows(ALL)).isEqualTo(original);
        assertThat(setup.rows("SELECT id, item_id FROM line")).containsExactly("1|3");
    }

    @Test
    void aCompositeKeyInAnotherOrderThanTheColumnsIsFound() throws SQLException {
        setup.run(
                "CREATE TABLE pair (b VARCHAR(20) NOT NULL, v INT, a VARCHAR(20) NOT NULL, PRIMARY KEY (a, b))",
                "INSERT INTO pair VALUES ('c', 1, 'a_b'), ('b_c', 2, 'a'), ('c', 3, 'a')");
        List<String> before = setup.rows("SELECT a, b, v FROM pair ORDER BY v");
        BranchId branch = setup.begin()
                .update("pair", "v = v + 10", "v < 3")
                .delete("pair", "v = 3")
                .commit();

        assertThat(setup.restore(branch).result()).isEqualTo(Result.RESTORED);

        assertThat(setup.rows("SELECT a, b, v FROM pair ORDER BY v")).isEqualTo(before);
    }

    @Test
    void thousandsOfRowsArePutBack() throws SQLException {
        try (Connection connection = setup.server.connect();
                var insert = connection.prepareStatement("INSERT INTO item VALUES (?, ?, 1, 'many')")) {
            connection.setAutoCommit(false);
            for (int i = 100; i < 3100; i++) {
                insert.setInt(1, i);
                insert.setString(2, "many" + i);
                insert.addBatch();
            }
            insert.executeBatch();
            connection.commit();
        }
        List<String> before = setup.rows(ALL);
        BranchId branch = setup.begin()
                .update("item", "amount = amount + id", "note = 'many'")
                .commit();

        assertThat(setup.restore(branch).result()).isEqualTo(Result.RESTORED);

        assertThat(setup.rows(ALL)).isEqualTo(before);
    }

    @Test
    @DisplayName("I5: without an undo row the guard row goes in, and a phase one that comes later fails")
    void i5_aLatePhaseOneFailsOnTheGuardRow() throws SQLException {
        BranchId branch = UndoSetup.newBranch();

        assertThat(setup.restore(branch).result()).isEqualTo(Result.NO_EFFECT);

        assertThat(setup.undoLogOf(branch)).containsExactly("1");
        CapturedTransaction late = setup.begin().update("item", "amount = 0", "id = 1");
        assertThatThrownBy(() -> late.commitAs(branch))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).startsWith("23"));
        assertThat(setup.rows(ALL)).isEqualTo(original);
        assertThat(setup.restore(branch).result()).isEqualTo(Result.NO_EFFECT);
    }

    @Test
    @DisplayName("I5, T5: a phase one that has inserted its undo row and not committed is waited for, then restored")
    void t5_aPhaseOneThatIsJustCommittingIsRestored() throws Exception {
        BranchId branch = UndoSetup.newBranch();
        CapturedTransaction phaseOne = setup.begin().update("item", "amount = 0", "id = 1");
        phaseOne.insertUndo(branch);
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            Future<Restoration> restoration = other.submit(() -> restoreWithRetries(branch));
            awaitWaiting(restoration);
            phaseOne.connection.commit();
            phaseOne.close();

            assertThat(restoration.get().result()).isEqualTo(Result.RESTORED);
        } finally {
            other.shutdownNow();
        }
        assertThat(setup.rows(ALL)).isEqualTo(original);
        assertThat(setup.undoLogOf(branch)).isEmpty();
    }

    private Restoration restoreWithRetries(BranchId branch) throws SQLException {
        return withRetries(connection -> setup.restore.restore(connection, branch));
    }

    private interface Order {
        Restoration carryOut(Connection connection) throws SQLException;
    }

    private Restoration withRetries(Order order) throws SQLException {
        for (int i = 0; ; i++) {
            try (Connection connection = setup.server.connect()) {
                return order.carryOut(connection);
            } catch (SQLException e) {
                if (i == 10) {
                    throw e;
                }
            }
        }
    }

    /** Until what was begun waits in the database for another local transaction. */
    private void awaitWaiting(Future<?> begun) {
        Awaitility.await().atMost(1, TimeUnit.MINUTES).until(() -> {
            assertThat(begun).isNotDone();
            return !setup.rows(whoWaits()).isEmpty();
        });
    }

    /** Asks for the sessions of this database that wait for another's local transaction. */
    private String whoWaits() {
        return switch (setup.database.dialect()) {
            case MYSQL ->
                "SELECT p.id FROM information_schema.innodb_trx t JOIN information_schema.processlist p"
                        + " ON p.id = t.trx_mysql_thread_id WHERE p.db = DATABASE() AND t.trx_state = 'LOCK WAIT'";
            case POSTGRESQL ->
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
            // It tries an INSERT that meets a row which is not committed again and again, and names nobody.
            case H2 ->
                "SELECT session_id FROM information_schema.sessions WHERE blocker_id IS NOT NULL"
                        + " OR executing_statement LIKE 'INSERT INTO undo_log%'";
        };
    }

    @Test
    void aSecondRestoreHasNoEffect() throws SQLException {
        BranchId branch = setup.begin().update("item", "amount = 1", "id = 1").commit();
        setup.restore(branch);
        setup.run("UPDATE item SET amount = 77 WHERE id = 1");

        assertThat(setup.restore(branch).result()).isEqualTo(Result.NO_EFFECT);

        assertThat(setup.rows("SELECT amount FROM item WHERE id = 1")).containsExactly("77.00");
    }

    @Test
    @DisplayName("way 12, I4, T7: two instances that restore one branch come one after the other; a later write stays")
    void t7_twoRestoresAtOnceWriteOnce() throws Exception {
        for (int round = 0; round < 5; round++) {
            BranchId branch = setup.begin()
                    .update("item", "amount = amount + 1", "id = 1")
                    .commit();
            ExecutorService instances = Executors.newFixedThreadPool(4);
            try {
                CountDownLatch together = new CountDownLatch(1);
                List<Future<Restoration>> restorations = IntStream.range(0, 4)
                        .mapToObj(i -> instances.submit(() -> {
                            together.await();
                            Restoration restoration = restoreWithRetries(branch);
                            if (restoration.result() == Result.RESTORED) {
                                setup.run("UPDATE item SET amount = amount + 100 WHERE id = 1");
                            }
                            return restoration;
                        }))
                        .toList();
                together.countDown();
                int restored = 0;
                for (Future<Restoration> restoration : restorations) {
                    restored += restoration.get().result() == Result.RESTORED ? 1 : 0;
                }
                assertThat(restored).isEqualTo(1);
            } finally {
                instances.shutdownNow();
            }
        }
        assertThat(setup.rows("SELECT amount FROM item WHERE id = 1")).containsExactly("510.00");
    }

    @Test
    @DisplayName(
            "I4, T7: a restore that is slow does not overwrite the same value that was written after another restore")
    void t7_aSlowRestoreDoesNotOverwriteTheSameValueWrittenLater() throws Exception {
        BranchId branch = setup.begin().update("item", "amount = 11", "id = 1").commit();
        Order order = connection -> {
            Restoration restoration = setup.restore.restore(connection, branch);
            if (restoration.result() == Result.RESTORED) { // so its locks go, and the next transaction writes
                setup.run("UPDATE item SET amount = 11 WHERE id = 1");
            }
            return restoration;
        };

        assertThat(oneWhileTheOtherStandsStill(order, order)).containsExactly(Result.RESTORED, Result.NO_EFFECT);

        assertThat(setup.rows("SELECT amount FROM item WHERE id = 1")).containsExactly("11.00");
        assertThat(setup.undoLogOf(branch)).containsExactly("1");
    }

    @Test
    @DisplayName("I7, T14: a skip waits for a restore that is at work, and finds it done")
    void t14_aSkipWaitsForARestoreInFlight() throws Exception {
        BranchId branch = setup.begin().update("item", "amount = 11", "id = 1").commit();

        assertThat(oneWhileTheOtherStandsStill(
                        connection -> setup.restore.restore(connection, branch),
                        connection -> setup.restore.skip(connection, branch)))
                .containsExactly(Result.RESTORED, Result.SKIPPED);

        assertThat(setup.rows(ALL)).isEqualTo(original);
        assertThat(setup.undoLogOf(branch)).containsExactly("1");
    }

    @Test
    @DisplayName("I7, T14: a restore waits for a skip that is at work, and changes nothing then")
    void t14_aRestoreWaitsForASkipInFlight() throws Exception {
        BranchId branch = setup.begin().update("item", "amount = 11", "id = 1").commit();
        List<String> changed = setup.rows(ALL);

        assertThat(oneWhileTheOtherStandsStill(
                        connection -> setup.restore.skip(connection, branch),
                        connection -> setup.restore.restore(connection, branch)))
                .containsExactly(Result.SKIPPED, Result.NO_EFFECT);

        assertThat(setup.rows(ALL)).isEqualTo(changed);
        assertThat(setup.undoLogOf(branch)).containsExactly("1");
    }

    /** The first stands still once it has seen the undo row, until the second is seen to wait. */
    private List<Result> oneWhileTheOtherStandsStill(Order first, Order second) throws Exception {
        ExecutorService instances = Executors.newFixedThreadPool(2);
        try (Connection connection = setup.server.connect()) {
            PausingConnection pausing = new PausingConnection(connection, "FROM undo_log WHERE xid");
            try {
                Future<Restoration> slow = instances.submit(() -> first.carryOut(pausing.connection()));
                pausing.awaitPause();
                Future<Restoration> fast = instances.submit(() -> withRetries(second));
                awaitWaiting(fast);
                pausing.goOn();
                return List.of(slow.get().result(), fast.get().result());
            } finally {
                pausing.goOn();
            }
        } finally {
            instances.shutdownNow();
        }
    }

    @Test
    void aRowChangedByOthersStallsTheBranchAndNothingIsTouched() throws SQLException {
        setup.run("INSERT INTO item VALUES (4, 'd', 4, '')");
        BranchId branch = setup.begin()
                .update("item", "amount = 1; note = 'mine'", "id IN (1, 2, 4)")
                .delete("item", "id = 3")
                .commit();
        setup.run(
                "UPDATE item SET note = 'theirs' WHERE id = 2",
                "DELETE FROM item WHERE id = 4",
                "INSERT INTO item VALUES (3, 'c', 3, '')");
        List<String> now = setup.rows(ALL);

        Restoration stalled = setup.restore(branch);

        assertThat(stalled.result()).isEqualTo(Result.STALLED);
        assertThat(stalled.differences().rows())
                .extracting(
                        difference -> difference.key().toLowerCase(Locale.ROOT),
                        RowDifference::what,
                        difference -> String.join(",", difference.columns()).toLowerCase(Locale.ROOT))
                .containsExactlyInAnyOrder(
                        tuple("id=2", RowDifference.What.CHANGED, "note"),
                        tuple("id=3", RowDifference.What.THERE_AGAIN, ""),
                        tuple("id=4", RowDifference.What.MISSING, ""));
        assertThat(stalled.detail())
                .containsIgnoringCase("id=2")
                .doesNotContain("theirs")
                .doesNotContain("mine");
        assertThat(stalled.differences().toString()).doesNotContain("theirs", "mine");
        assertThat(contents(stalled, "id=2"))
                .startsWith("before amount=20.50 id=2 note=null, after amount=1.00 id=2 note=mine, now amount=1.00 ")
                .endsWith(" id=2 note=theirs");
        assertThat(contents(stalled, "id=3")).contains(" id=3 ", ", after none, now ");
        assertThat(contents(stalled, "id=4")).contains("now none");
        assertThat(setup.rows(ALL)).isEqualTo(now);
        assertThat(setup.undoLogOf(branch)).containsExactly("0");
    }

    @Test
    void valuesOfTablesThatAreNotShownDoNotLeaveTheApplication() throws SQLException {
        setup.run(
                "CREATE TABLE secret (id INT PRIMARY KEY, pin VARCHAR(20))", "INSERT INTO secret VALUES (1, 'before')");
        BranchId branch =
                setup.begin().update("secret", "pin = 'mine'", "id = 1").commit();
        setup.run("UPDATE secret SET pin = 'theirs' WHERE id = 1");

        Restoration stalled = setup.restore(branch);

        assertThat(stalled.differences().rows()).singleElement().satisfies(row -> {
            assertThat(row.key()).isEqualToIgnoringCase("id=1");
            assertThat(row.columns()).singleElement().asString().isEqualToIgnoringCase("pin");
            assertThat(row.contents()).isNull();
        });
        assertThat(stalled.differences().total()).isEqualTo(1);
    }

    /** As text: the columns' names in lower case, without the key of a changed row. */
    private static String contents(Restoration stalled, String key) {
        RowDifference.Contents contents = Objects.requireNonNull(stalled.differences().rows().stream()
                .filter(row -> row.key().equalsIgnoreCase(key))
                .findFirst()
                .orElseThrow()
                .contents());
        return "before " + cells(contents.before()) + ", after " + cells(contents.after()) + ", now "
                + cells(contents.now());
    }

    private static String cells(@Nullable List<RowDifference.Cell> cells) {
        return cells == null
                ? "none"
                : cells.stream()
                        .map(cell -> cell.column().toLowerCase(Locale.ROOT) + "=" + cell.value())
                        .sorted()
                        .collect(Collectors.joining(" "));
    }

    @Test
    void aRowThatWasChangedAndChangedBackIsRestored() throws SQLException {
        BranchId branch = setup.begin().update("item", "amount = 1", "id = 1").commit();
        setup.run("UPDATE item SET amount = 5 WHERE id = 1", "UPDATE item SET amount = 1 WHERE id = 1");

        assertThat(setup.restore(branch).result()).isEqualTo(Result.RESTORED);

        assertThat(setup.rows(ALL)).isEqualTo(original);
    }

    @Test
    void rowsThatSomeoneHasPutBackAlreadyCountAsRestored() throws SQLException {
        BranchId branch = setup.begin()
                .update("item", "amount = amount + 1", "id < 3")
                .update("item", "amount = amount + 1", "id = 1")
                .insert("item", "VALUES (4, 'd', 4, '')", "id = 4")
                .commit();
        setup.run("UPDATE item SET amount = 10 WHERE id = 1", "DELETE FROM item WHERE id = 4");

        assertThat(setup.restore(branch).result()).isEqualTo(Result.RESTORED);

        assertThat(setup.rows(ALL)).isEqualTo(original);
    }

    @Test
    void aDifferenceInCaseOnlyIsADifference() throws SQLException {
        BranchId branch =
                setup.begin().update("item", "note = 'mine'", "id = 1").commit();
        setup.run("UPDATE item SET note = 'MINE' WHERE id = 1");

        assertThat(setup.restore(branch).result()).isEqualTo(Result.STALLED);

        assertThat(setup.rows("SELECT note FROM item WHERE id = 1")).containsExactly("MINE");
    }

    @Test
    @DisplayName("way 12, I4: a restore that is cut at any step leaves all or nothing, and the next one completes it")
    void i4_aRestoreCutAnywhereIsCompletedByTheNext() throws SQLException {
        for (boolean carryOut : new boolean[] {false, true}) {
            boolean cut = true;
            for (int call = 1; cut; call++) {
                BranchId branch = setup.begin()
                        .update("item", "amount = amount + 1", "id < 3")
                        .insert("item", "VALUES (4, 'd', 4, '')", "id = 4")
                        .delete("item", "id = 3")
                        .commit();
                List<String> changed = setup.rows(ALL);
                cut = false;
                try (Connection connection = setup.server.connect()) {
                    setup.restore.restore(FailingConnection.at(call, carryOut, connection), branch);
                } catch (SQLException e) {
                    cut = true;
                    if (setup.undoLogOf(branch).isEmpty()) {
                        assertThat(setup.rows(ALL)).isEqualTo(original);
                    } else {
                        assertThat(setup.rows(ALL)).isEqualTo(changed);
                    }
                    Result again = restoreWithRetries(branch).result();
                    assertThat(again).isIn(Result.RESTORED, Result.NO_EFFECT);
                }
                assertThat(setup.rows(ALL)).describedAs("cut at call " + call).isEqualTo(original);
                assertThat(call).isLessThan(200);
            }
        }
    }

    @Test
    @DisplayName("I7, T14: skip puts the guard row in the undo row's place; a restore that comes later has no effect")
    void t14_aSkippedBranchIsNeverRestored() throws SQLException {
        BranchId branch = setup.begin().update("item", "amount = 1", "id = 1").commit();
        List<String> changed = setup.rows(ALL);

        assertThat(setup.skip(branch).result()).isEqualTo(Result.SKIPPED);
        assertThat(setup.undoLogOf(branch)).containsExactly("1");
        assertThat(setup.skip(branch).result()).isEqualTo(Result.SKIPPED);

        assertThat(setup.restore(branch).result()).isEqualTo(Result.NO_EFFECT);
        assertThat(setup.rows(ALL)).isEqualTo(changed);
    }

    @Test
    @DisplayName("I7, T14: a phase one that comes after the skip fails")
    void t14_aPhaseOneAfterTheSkipFails() throws SQLException {
        BranchId branch = UndoSetup.newBranch();
        setup.skip(branch);
        CapturedTransaction late = setup.begin().update("item", "amount = 0", "id = 1");

        assertThatThrownBy(() -> late.commitAs(branch)).isInstanceOf(SQLException.class);

        assertThat(setup.rows(ALL)).isEqualTo(original);
    }

    @Test
    @DisplayName("T16: a connection to another database neither inserts undo rows, nor guards, nor restores")
    void t16_anotherDatabaseIsNoticed() throws SQLException {
        BranchId branch = setup.begin().update("item", "amount = 1", "id = 1").commit();
        UndoSetup other = new UndoSetup(fresh());
        assertThat(other.undoLog.resource()).isNotEqualTo(setup.undoLog.resource());

        try (Connection wrong = other.server.connect()) {
            assertThatThrownBy(() -> setup.restore.restore(wrong, branch))
                    .isInstanceOf(UndoLogException.class)
                    .hasMessageContaining("does not lead to the resource");
            assertThatThrownBy(() -> setup.restore.skip(wrong, branch)).isInstanceOf(UndoLogException.class);
            if (setup.database.dialect() == Dialect.MYSQL) {
                try (Statement lax = wrong.createStatement()) {
                    lax.execute("SET SESSION sql_mode = ''"); // which takes many a null for a zero
                }
            }
            assertThatThrownBy(() -> setup.undoLog.insert(wrong, branch, setup.codec.encode(branch, List.of())))
                    .isInstanceOf(UndoLogException.class);
        }
        assertThat(other.undoLogOf(branch)).isEmpty();
        assertThat(setup.restore(branch).result()).isEqualTo(Result.RESTORED);
    }

    @Test
    void aRecordThatWasTamperedWithStallsTheBranch() throws SQLException {
        BranchId branch = setup.begin().update("item", "amount = 1", "id = 1").commit();
        BranchId other = setup.begin().update("item", "amount = 2", "id = 2").commit();
        List<String> now = setup.rows(ALL);
        try (Connection connection = setup.server.connect();
                var copy = connection.prepareStatement("UPDATE undo_log SET rollback_info = (SELECT i FROM"
                        + " (SELECT rollback_info AS i FROM undo_log WHERE branch_id = ?) o) WHERE branch_id = ?")) {
            copy.setLong(1, other.number());
            copy.setLong(2, branch.number());
            assertThat(copy.executeUpdate()).isEqualTo(1);
        }

        Restoration stalled = setup.restore(branch);

        assertThat(stalled.result()).isEqualTo(Result.STALLED);
        assertThat(stalled.detail()).contains("checksum");
        assertThat(setup.rows(ALL)).isEqualTo(now);
    }

    @Test
    void aColumnThatIsGoneStallsTheBranchAndAColumnThatIsNewDoesNot() throws SQLException {
        BranchId gone = setup.begin().update("item", "note = 'x'", "id = 1").commit();
        BranchId stays = setup.begin().update("item", "amount = 4", "id = 2").commit();
        setup.run("ALTER TABLE item DROP COLUMN note", "ALTER TABLE item ADD COLUMN extra INT DEFAULT 5");

        Restoration stalled = setup.restore(gone);

        assertThat(stalled.result()).isEqualTo(Result.STALLED);
        assertThat(stalled.detail()).containsIgnoringCase("note").contains("gone");
        assertThat(setup.restore(stays).result()).isEqualTo(Result.RESTORED);
        assertThat(setup.rows("SELECT amount FROM item WHERE id = 2")).containsExactly("20.50");
    }

    @Test
    void theConnectionComesBackAsItWas() throws SQLException {
        BranchId branch = setup.begin().update("item", "amount = 1", "id = 1").commit();
        try (Connection connection = setup.server.connect()) {
            connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            boolean readOnly = connection.isReadOnly();
            String before = sessionState(connection);
            connection.rollback();

            assertThat(setup.restore.restore(connection, branch).result()).isEqualTo(Result.RESTORED);

            assertThat(connection.getAutoCommit()).isFalse();
            assertThat(connection.isReadOnly()).isEqualTo(readOnly);
            assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
            assertThat(sessionState(connection)).isEqualTo(before);
            connection.rollback();
        }
    }

    /** The settings that a restore changes, in one text. */
    abstract String sessionState(Connection connection) throws SQLException;
}
