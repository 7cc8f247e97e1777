package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import io.dtx.undo.UndoLog.Entry;
import io.dtx.undo.UndoLog.Foreign;
import io.dtx.undo.UndoLog.Page;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The table undo_log: whose rows may go when. */
abstract class UndoLogContract {

    private static final Duration HOUR = Duration.ofHours(1);

    UndoSetup setup;

    abstract io.dtx.test.Database fresh();

    /** Moves the session's local time by hours. */
    abstract String otherTimeZone();

    @BeforeEach
    void emptyUndoLog() throws SQLException {
        setup = new UndoSetup(fresh());
    }

    @Test
    @DisplayName("T16: first starts at the same time agree on one resource id, and later ones find it")
    void t16_firstStartsAgreeOnOneResourceId() throws Exception {
        io.dtx.test.Database database = fresh();
        database.runScript(UndoSetup.script(database));
        ExecutorService instances = Executors.newFixedThreadPool(8);
        try {
            CountDownLatch together = new CountDownLatch(1);
            List<Future<String>> ids = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                ids.add(instances.submit(() -> {
                    try (Connection connection = database.connect()) {
                        Database known = Database.of(connection);
                        together.await();
                        return UndoLog.open(connection, known).resource();
                    }
                }));
            }
            together.countDown();
            Set<String> distinct = new HashSet<>();
            for (Future<String> id : ids) {
                distinct.add(id.get());
            }
            assertThat(distinct).hasSize(1);
            assertThat(distinct.iterator().next()).isNotEqualTo(setup.undoLog.resource());
        } finally {
            instances.shutdownNow();
        }
    }

    @Test
    @DisplayName("T16: a connection that was moved to another schema writes no undo row")
    void t16_aMovedConnectionIsNoticed() throws SQLException {
        io.dtx.test.Database database = setup.server;
        database.run("CREATE SCHEMA elsewhere_" + database.name());
        try (Connection connection = database.connect()) {
            if (setup.database.schema().isEmpty()) {
                connection.setCatalog("elsewhere_" + database.name());
            } else {
                connection.setSchema(
                        setup.database.dialect() == io.dtx.sql.Dialect.H2
                                ? ("elsewhere_" + database.name()).toUpperCase(java.util.Locale.ROOT)
                                : "elsewhere_" + database.name());
            }
            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(() ->
                            setup.undoLog.insert(connection, UndoSetup.newBranch(), new EncodedUndo("", new byte[0])));
        }
    }

    @Test
    void theScriptIsTheRemedyForAMissingOrMalformedTable() throws SQLException {
        for (String wrong : List.of(
                "SELECT 1",
                "CREATE TABLE undo_log (id INT PRIMARY KEY)",
                "CREATE TABLE undo_log (id INT PRIMARY KEY, branch_id BIGINT, xid VARCHAR(64), context VARCHAR(128),"
                        + " rollback_info INT, log_status INT, log_created INT, log_modified INT, ext INT,"
                        + " UNIQUE (branch_id))")) {
            io.dtx.test.Database database = fresh();
            database.run(wrong);
            try (Connection connection = database.connect()) {
                Database known = Database.of(connection);
                assertThatExceptionOfType(UndoLogException.class)
                        .isThrownBy(() -> UndoLog.open(connection, known))
                        .withMessageContaining("CREATE TABLE IF NOT EXISTS undo_log");
            }
        }
    }

    @Test
    void aMalformedTableThatIsThereIsNotMadeAndTheScriptIsTheRemedy() throws SQLException {
        io.dtx.test.Database database = fresh();
        database.run("CREATE TABLE undo_log (branch_id BIGINT PRIMARY KEY, xid VARCHAR(128))");
        try (Connection connection = database.connect()) {
            Database known = Database.of(connection);
            UndoLog.createIfMissing(connection, known, UndoLogCreation.ALWAYS);
            assertThatExceptionOfType(UndoLogException.class)
                    .isThrownBy(() -> UndoLog.open(connection, known))
                    .withMessageContaining("undo_log has no column ")
                    .withMessageContaining("CREATE TABLE IF NOT EXISTS undo_log");
        }
    }

    @Test
    void theRightsAreTheRemedyWhereTheUserHasNone() throws SQLException {
        io.dtx.test.Database server = setup.server;
        boolean mysql = server.dialect() == io.dtx.sql.Dialect.MYSQL;
        String user = server.name().replace("test_", "u");
        server.run("CREATE USER " + user + (mysql ? " IDENTIFIED BY 'pw'" : " PASSWORD 'pw'"));
        if (mysql) {
            server.run("GRANT CREATE VIEW ON `" + server.name() + "`.* TO " + user);
        }
        String url = server.url().replace(";DB_CLOSE_DELAY=-1", ""); // H2 lets only its administrator set it
        try (Connection connection = DriverManager.getConnection(url, user, "pw")) {
            assertThatExceptionOfType(UndoLogException.class)
                    .isThrownBy(() -> UndoLog.createIfMissing(connection, setup.database, UndoLogCreation.ALWAYS))
                    .withMessageContaining("SELECT, INSERT, UPDATE and DELETE");
            assertThatExceptionOfType(UndoLogException.class)
                    .isThrownBy(() -> UndoLog.open(connection, setup.database))
                    .withMessageContaining("SELECT, INSERT, UPDATE and DELETE");
        } finally {
            server.run("DROP USER " + user);
        }
    }

    @Test
    @DisplayName("I5: the unique key of another schema's undo_log does not pass for that of this one's")
    void i5_aKeyInAnotherSchemaIsNone() throws SQLException {
        io.dtx.test.Database database = fresh();
        database.runScript(UndoSetup.script(database));
        boolean schemas;
        try (Connection connection = database.connect()) {
            schemas = !Database.of(connection).schema().isEmpty();
        }
        assumeThat(schemas).isTrue();
        database.run(
                "CREATE SCHEMA another",
                "CREATE TABLE another.undo_log AS SELECT * FROM undo_log",
                "ALTER TABLE another.undo_log ALTER COLUMN log_status SET NOT NULL");
        try (Connection connection = database.connect()) {
            connection.setSchema(database.dialect() == io.dtx.sql.Dialect.H2 ? "ANOTHER" : "another");
            Database another = Database.of(connection);
            assertThatExceptionOfType(UndoLogException.class)
                    .isThrownBy(() -> UndoLog.open(connection, another))
                    .withMessageContaining("no unique key on (xid, branch_id) in " + another.schema());
        }
    }

    @Test
    @DisplayName("I6: a commit notice deletes undo rows of its branches, and never a guard row")
    void i6_releaseLeavesGuardRows() throws SQLException {
        BranchId committed = undoRow(UndoSetup.newBranch());
        BranchId other = undoRow(UndoSetup.newBranch());
        BranchId guarded = UndoSetup.newBranch();
        setup.restore(guarded);

        try (Connection connection = setup.server.connect()) {
            assertThat(setup.undoLog.release(connection, List.of(committed, guarded, UndoSetup.newBranch())))
                    .isEqualTo(1);
        }

        assertThat(setup.undoLogOf(committed)).isEmpty();
        assertThat(setup.undoLogOf(other)).containsExactly("0");
        assertThat(setup.undoLogOf(guarded)).containsExactly("1");
    }

    @Test
    void manyBranchesAreReleasedAtOnce() throws SQLException {
        List<BranchId> branches = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            branches.add(undoRow(UndoSetup.newBranch()));
        }
        try (Connection connection = setup.server.connect()) {
            assertThat(setup.undoLog.release(connection, branches)).isEqualTo(250);
        }
    }

    /** A database that looks at all rows of so small a table, instead of going by the key, locks them all. */
    @Test
    @Timeout(20)
    void aReleaseWaitsForNoOtherBranchAndNoneForIt() throws SQLException {
        List<BranchId> committed = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            committed.add(undoRow(UndoSetup.newBranch()));
        }
        EncodedUndo undo = new EncodedUndo("", new byte[0]);
        try (Connection writing = setup.server.connect();
                Connection releasing = setup.server.connect()) {
            writing.setAutoCommit(false);
            releasing.setAutoCommit(false);
            setup.undoLog.insert(writing, UndoSetup.newBranch(), undo);
            assertThat(setup.undoLog.release(releasing, committed)).isEqualTo(40);
            setup.undoLog.insert(writing, UndoSetup.newBranch(), undo);
            writing.commit();
            releasing.commit();
        }
    }

    @Test
    @DisplayName("I6: a guard row goes only when it is old by the database's clock, whatever the session's time zone")
    void i6_guardRowsGoByTheDatabasesClock() throws SQLException {
        BranchId old = UndoSetup.newBranch();
        BranchId young = UndoSetup.newBranch();
        try (Connection connection = setup.server.connect()) {
            connection.createStatement().execute(otherTimeZone());
            setup.restore.restore(connection, young);
            setup.restore.restore(connection, old);
        }
        setup.run("UPDATE undo_log SET log_created = "
                + setup.database.rules().undoLogSql().ago().replace("?", "3700") + " WHERE branch_id = "
                + old.number());
        BranchId undo = undoRow(UndoSetup.newBranch());

        try (Connection connection = setup.server.connect()) {
            assertThat(setup.undoLog
                            .guards(connection, UndoSetup.CLUSTER, HOUR, 0, 10)
                            .entries())
                    .extracting(Entry::branch)
                    .containsExactly(old);
            assertThat(setup.undoLog.releaseGuards(connection, List.of(old, young, undo), HOUR))
                    .isEqualTo(1);
        }
        assertThat(setup.undoLogOf(old)).isEmpty();
        assertThat(setup.undoLogOf(young)).containsExactly("1");
        assertThat(setup.undoLogOf(undo)).containsExactly("0");
    }

    @Test
    @DisplayName(
            "I6, I9, T13: the sweep sees old undo rows of its own cluster only, oldest first; the others are listed")
    void i6_theSweepSeesRowsOfItsOwnClusterOnly() throws SQLException {
        List<BranchId> ours = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ours.add(undoRow(UndoSetup.newBranch()));
            undoRow(UndoSetup.newBranch("cluster2"));
        }
        setup.restore(UndoSetup.newBranch());
        setup.run("UPDATE undo_log SET log_created = "
                + setup.database.rules().undoLogSql().ago().replace("?", "3700"));
        undoRow(UndoSetup.newBranch());
        for (String junk : List.of(
                "cluster1-nothing",
                "cluster1",
                "10.0.0.1:8091:123",
                "CLUSTER1-" + ours.get(0).xid().ulid())) {
            setup.run(
                    "INSERT INTO undo_log (branch_id, xid, context, rollback_info, log_status, log_created, log_modified)"
                            + " SELECT 7, '" + junk
                            + "', context, rollback_info, 0, log_created, log_modified FROM undo_log"
                            + " WHERE xid = '#dtx-resource'");
        }

        List<BranchId> found = new ArrayList<>();
        try (Connection connection = setup.server.connect()) {
            long after = 0;
            for (boolean more = true; more; ) {
                Page page = setup.undoLog.leftovers(connection, UndoSetup.CLUSTER, HOUR, after, 2);
                page.entries().forEach(entry -> found.add(entry.branch()));
                more = page.last().isPresent();
                after = page.last().orElse(0L);
            }
            assertThat(found).isEqualTo(ours);
            assertThat(setup.undoLog.foreign(connection, UndoSetup.CLUSTER, 1))
                    .as("behind one of ours")
                    .singleElement()
                    .extracting(row -> Xid.parse(row.xid()).cluster())
                    .isEqualTo("cluster2");
            assertThat(setup.undoLog.foreign(connection, UndoSetup.CLUSTER, 100))
                    .hasSize(9)
                    .extracting(Foreign::xid)
                    .contains("cluster1-nothing", "10.0.0.1:8091:123")
                    .noneMatch(xid ->
                            ours.stream().anyMatch(our -> our.xid().toString().equals(xid)));
        }
    }

    @Test
    @DisplayName(
            "I6, T13: rows of a lost cluster are found by XID, newest first, and dropped with all that is of that XID")
    void i6_rowsOfOneTransactionAreFoundAndDropped() throws SQLException {
        BranchId first = undoRow(UndoSetup.newBranch("anOther1"));
        BranchId second = undoRow(new BranchId(first.xid(), first.number() ^ 1));
        BranchId another = undoRow(UndoSetup.newBranch("anOther1"));
        try (Connection connection = setup.server.connect()) {
            setup.undoLog.insertGuard(connection, new BranchId(first.xid(), first.number() ^ 2));

            assertThat(setup.undoLog.newestFirst(connection, first.xid()))
                    .extracting(Foreign::branch, Foreign::status)
                    .containsExactly(
                            tuple(first.number() ^ 2, UndoLog.GUARD),
                            tuple(second.number(), UndoLog.UNDO),
                            tuple(first.number(), UndoLog.UNDO));
            assertThat(setup.undoLog.drop(connection, first.xid())).isEqualTo(3);
            assertThat(setup.undoLog.newestFirst(connection, first.xid())).isEmpty();
            assertThat(setup.undoLog.rows(connection, 0, 1_000))
                    .extracting(Foreign::xid)
                    .contains(another.xid().toString())
                    .doesNotContain(first.xid().toString(), "#dtx-resource");
            assertThat(setup.undoLog.dated(connection, 0, 1_000))
                    .filteredOn(dated -> dated.row().branch() == another.number())
                    .singleElement()
                    .satisfies(dated -> {
                        assertThat(dated.row().xid()).isEqualTo(another.xid().toString());
                        assertThat(dated.created()).isCloseTo(Instant.now(), within(5, ChronoUnit.MINUTES));
                    });
        }
    }

    @Test
    void theSecondUndoRowOfOneBranchIsRefused() throws SQLException {
        BranchId branch = undoRow(UndoSetup.newBranch());

        assertThatExceptionOfType(SQLException.class)
                .isThrownBy(() -> undoRow(branch))
                .satisfies(e -> assertThat(UndoLog.violatesConstraint(e)).isTrue());
    }

    @Test
    void theLimitOfRecordsIsBelowTheDatabasesOwn() throws SQLException {
        try (Connection connection = setup.server.connect()) {
            assertThat(setup.database.maxUndoSize(connection)).isBetween(1_000_000L, 64L * 1024 * 1024);
        }
    }

    private BranchId undoRow(BranchId branch) throws SQLException {
        try (Connection connection = setup.server.connect()) {
            setup.undoLog.insert(connection, branch, setup.codec.encode(branch, List.of()));
        }
        return branch;
    }
}
