package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.dtx.client.Ended;
import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.model.BranchId;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.runtime.LeaderSettings;
import io.dtx.sql.Dialect;
import io.dtx.test.Database;
import io.dtx.test.EmbeddedCoordinator;
import io.dtx.undo.UndoLogCreation;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Branches on a real database against a real coordinator: what happens too late, too early, twice, or not at all. */
abstract class ProtocolContract extends ResourceContract {

    private static final Duration TOO_LONG = Duration.ofMinutes(11);

    private final AtomicLong wallAheadMillis = new AtomicLong();
    private final AtomicLong monotonicAheadNanos = new AtomicLong();
    private Faults faults;
    /** Over {@link #faults}, with clocks that a test can put forward. */
    private Application slow;

    private DataSource slowData;

    @BeforeEach
    void startSlowApplication() throws SQLException {
        wallAheadMillis.set(0);
        monotonicAheadNanos.set(0);
        faults = new Faults(database.dataSource());
        InstantSource wall = () -> Instant.now().plusMillis(wallAheadMillis.get());
        slow = Application.on(coordinator, "slow", wall, () -> System.nanoTime() + monotonicAheadNanos.get());
        slowData = slow.manage(faults.dataSource());
        slowData.getConnection().close(); // the resource is opened here, and not when a fault waits
    }

    @AfterEach
    void stopSlowApplication() {
        slow.close();
    }

    private void awaitBranch(Participation participation) {
        Awaitility.await()
                .until(() -> coordinator.read(state -> state.transaction(participation.xid())
                        .map(transaction -> !transaction.branches().isEmpty())
                        .orElse(false)));
    }

    @Test
    @DisplayName("I3: another transaction's write of a locked row is refused, and goes through after the decision")
    void i3_aLockedRowIsNotWrittenByAnother() throws SQLException {
        Participation first = application.begin();
        debit(first, 10);
        Participation second = application.begin();
        assertState("40001", () -> debit(second, 1));
        assertThat(second.openCaptures()).isZero();
        assertThat(second.vetoed()).isNull();
        assertThat(balance(1)).isEqualTo("90.00");
        application.commit(first);
        debit(second, 1);
        assertThat(application.commit(second).status()).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(balance(1)).isEqualTo("89.00");
    }

    @Test
    void rowsAreReadForUpdateOnlyOnceTheirLockIsFree() throws SQLException {
        Participation writer = application.begin();
        debit(writer, 10);
        Participation reader = application.begin();
        String query = "SELECT balance FROM account WHERE id = 1 FOR UPDATE";
        assertState("40001", () -> inLocal(reader, dataSource, connection -> read(connection, query)));
        assertState("40001", () -> bound(reader, dataSource, connection -> read(connection, query)));
        rollBackAndAwait(writer);
        String inLocal = inLocal(reader, dataSource, connection -> read(connection, query));
        assertThat(inLocal).isEqualTo("100.00");
        String inAutocommit = bound(reader, dataSource, connection -> read(connection, query));
        assertThat(inAutocommit).isEqualTo("100.00");
    }

    private static String read(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            result.next();
            return result.getString(1);
        }
    }

    @Test
    @DisplayName("I10, T1: a local transaction that is still open when the transaction is committed can not commit")
    void t1_aLocalTransactionThatOutlivesTheDecisionIsRolledBack() throws SQLException {
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 0 WHERE id = 1");
            assertThat(participation.openCaptures()).isEqualTo(1);
            assertThat(application.commit(participation).status()).isEqualTo(TransactionStatus.COMMITTED);
            assertThatThrownBy(connection::commit)
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("already committed");
            return true;
        });
        assertThat(balance(1)).isEqualTo("100.00");
        assertThat(Rows.inUndoLog(database, 0)).isZero();
        assertThat(participation.openCaptures()).isZero();
    }

    @Test
    @DisplayName("I3: a registration after the rollback was decided is refused")
    void i3_aLateRegistrationIsRefused() throws SQLException {
        Participation participation = application.begin(Duration.ofMillis(50));
        awaitEnd(participation);
        assertState("40001", () -> debit(participation, 5));
        assertThat(balance(1)).isEqualTo("100.00");
    }

    @Test
    @DisplayName("I5: a phase one that comes after its branch was restored fails on the guard row")
    void i5_aPhaseOneAfterItsRestoreFails() throws SQLException {
        Participation participation = slow.begin();
        faults.beforeUndoInsert(() -> {
            awaitBranch(participation);
            rollBackAndAwait(participation);
        });
        assertState("40001", () -> debit(participation, slowData, 5));
        assertThat(balance(1)).isEqualTo("100.00");
        assertThat(Rows.inUndoLog(database, 1)).isEqualTo(1);
        assertThat(participation.vetoed()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("I5, T5: paused before the undo insert until the guard row was swept, the branch does not commit")
    void t5_aPauseBeforeTheUndoInsertDoesNotCommit(boolean wallStandsStill) throws SQLException {
        Participation participation = slow.begin();
        faults.beforeUndoInsert(() -> {
            awaitBranch(participation);
            rollBackAndAwait(participation);
            database.run("DELETE FROM undo_log WHERE log_status = 1");
            if (wallStandsStill) {
                monotonicAheadNanos.set(TOO_LONG.toNanos());
            } else {
                wallAheadMillis.set(TOO_LONG.toMillis());
            }
        });
        assertState("40001", () -> debit(participation, slowData, 5));
        assertThat(balance(1)).isEqualTo("100.00");
        assertThat(Rows.inUndoLog(database, 0)).isZero();
    }

    @Test
    @DisplayName("I4, T7: a restore that comes late does not overwrite what was written since")
    void t7_aLateRestoreChangesNothing() throws SQLException {
        Participation first = application.begin();
        debit(first, 10);
        BranchId branch = coordinator.read(state -> new BranchId(
                first.xid(),
                state.transaction(first.xid()).orElseThrow().branches().get(0).number()));
        rollBackAndAwait(first);
        Participation second = application.begin();
        debit(second, 10);
        application.commit(second);
        RestorePool agent = agentOf(database);
        RestoreReport report = agent.restore(new RestoreOrder(branch, agent.resource(), 1, false));
        assertThat(report.result()).isEqualTo(RestoreReport.Result.RESTORED);
        assertThat(balance(1)).isEqualTo("90.00");
    }

    private static RestorePool agentOf(Database database) throws SQLException {
        try (Connection connection = database.connect()) {
            return new RestorePool(
                    OpenResource.of(connection, Application.SETTINGS, UndoLogCreation.NEVER),
                    database.dataSource(),
                    Set.of(),
                    () -> {},
                    (pool, refused) -> {});
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("I10, I11, T11: a local COMMIT whose outcome is unknown vetoes, and leaves nothing either way")
    void t11_anUnknownCommitVetoes(boolean happened) throws SQLException {
        Participation participation = slow.begin();
        Faults.Fault cut = () -> {
            throw new SQLException("the connection was cut", "08006");
        };
        if (happened) {
            faults.afterCommit(cut);
        } else {
            faults.beforeCommit(cut);
        }
        assertState("08007", () -> debit(participation, slowData, 5));
        assertThat(participation.vetoed()).isNotNull();
        assertThat(slow.commit(participation).status())
                .isIn(TransactionStatus.ROLLING_BACK, TransactionStatus.ROLLED_BACK);
        awaitEnd(participation);
        assertThat(balance(1)).isEqualTo("100.00");
        assertThat(Rows.inUndoLog(database, 0)).isZero();
    }

    @Test
    @DisplayName("T11: after a deadlock that the application swallows only a rollback is accepted")
    void t11_aSwallowedDeadlockDoesNotCommitTheRest() throws SQLException {
        Participation participation = slow.begin();
        bound(participation, slowData, connection -> {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 0 WHERE id = 1");
            faults.before(database.dialect() == Dialect.POSTGRESQL ? "RETURNING WITH" : "FOR UPDATE", () -> {
                throw new SQLException("Deadlock found when trying to get lock", "40001", 1213);
            });
            assertState("40001", () -> update(connection, "UPDATE account SET balance = 0 WHERE id = 2"));
            assertState("25000", () -> update(connection, "UPDATE account SET balance = 0 WHERE id = 3"));
            assertState("25000", connection::commit);
            return true;
        });
        assertThat(participation.vetoed()).isNotNull();
        assertThat(participation.openCaptures()).isZero();
        assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00");
        assertThat(Rows.inUndoLog(database, 0)).isZero();
    }

    @Test
    @DisplayName("T11: after a timeout that a driver raises for a write that took effect only a rollback is accepted")
    void t11_aSwallowedTimeoutDoesNotCommitTheWrite() throws SQLException {
        Participation participation = slow.begin();
        bound(participation, slowData, connection -> {
            connection.setAutoCommit(false);
            faults.after(database.dialect() == Dialect.POSTGRESQL ? "RETURNING WITH" : "\nUPDATE", () -> {
                throw new SQLTimeoutException("Statement cancelled due to timeout or client request");
            });
            assertThatThrownBy(() -> update(connection, "UPDATE account SET balance = 0 WHERE id = 1"))
                    .isInstanceOf(SQLTimeoutException.class);
            assertState("25000", () -> update(connection, "UPDATE account SET balance = 0 WHERE id = 2"));
            assertState("25000", connection::commit);
            return true;
        });
        assertThat(participation.vetoed()).isNotNull();
        assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("I10, T11: a write whose image could not be read is not committed, whoever swallows the error")
    void t11_aWriteWithoutItsImageDoesNotCommit(boolean checked) throws SQLException {
        Assumptions.assumeTrue(
                database.dialect() != Dialect.POSTGRESQL, "it returns the images with the answer to the statement");
        Participation participation = slow.begin();
        bound(participation, slowData, connection -> {
            connection.setAutoCommit(false);
            faults.betweenImageAndStatement(() -> faults.before("SELECT", () -> {
                if (checked) {
                    throw new SQLException("not now", "HY000");
                }
                throw new IllegalStateException("not now");
            }));
            assertThatThrownBy(() -> update(connection, "UPDATE account SET owner = 'x' WHERE id = 1"))
                    .hasMessage("not now");
            assertState("25000", connection::commit);
            return true;
        });
        assertThat(participation.vetoed()).isNotNull();
        assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00");
    }

    /** MariaDB and MySQL do not look at their case. */
    @ParameterizedTest
    @ValueSource(strings = {"part", "PART"})
    @DisplayName("T11: two savepoints of one name: what the database keeps is not forgotten")
    void t11_savepointsOfOneName(String again) throws SQLException {
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            Savepoint outer = connection.setSavepoint("part");
            update(connection, "UPDATE account SET balance = 0 WHERE id = 1");
            Savepoint inner = connection.setSavepoint(again);
            update(connection, "UPDATE account SET balance = 0 WHERE id = 2");
            connection.rollback(inner);
            update(connection, "UPDATE account SET balance = 7 WHERE id = 3");
            connection.rollback(outer);
            assertState("25000", connection::commit);
            return true;
        });
        assertThat(participation.vetoed()).isNotNull();
        rollBackAndAwait(participation);
        assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00");
    }

    @Test
    @DisplayName("I11: a local commit that is refused by the database vetoes and keeps its error")
    void i11_aRefusedCommitVetoes() throws SQLException {
        Participation participation = slow.begin();
        faults.beforeCommit(() -> {
            throw new SQLException("deferred constraint", "23505");
        });
        assertState("23505", () -> debit(participation, slowData, 5));
        assertThat(slow.commit(participation).status())
                .isIn(TransactionStatus.ROLLING_BACK, TransactionStatus.ROLLED_BACK);
        assertThat(balance(1)).isEqualTo("100.00");
    }

    @Test
    @DisplayName("T16: two databases behind one URL are not mixed up")
    void t16_aConnectionToAnotherDatabaseDoesNotCommit() throws SQLException {
        Database other = freshDatabase();
        Switching switching = new Switching(database.dataSource());
        DataSource both = application.manage(switching.dataSource());
        Participation participation = application.begin();
        debit(participation, both, 1);
        switching.to(other.dataSource());
        assertThatThrownBy(() -> debit(participation, both, 5))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("does not lead to the resource");
        switching.to(database.dataSource());
        assertThat(Rows.of(other, "SELECT balance FROM account WHERE id = 1")).containsExactly("100.00");
        assertThat(participation.vetoed()).isNotNull();
        awaitEnd(participation);
        assertThat(balance(1)).isEqualTo("100.00");
    }

    @Test
    @DisplayName("T16: one database behind two URLs is one resource")
    void t16_oneDatabaseBehindTwoUrlsIsOneResource() throws SQLException {
        DataSource otherWay = application.manage(otherUrl());
        Participation first = application.begin();
        debit(first, 10);
        Participation second = application.begin();
        assertState("40001", () -> debit(second, otherWay, 1));
        debit(first, otherWay, 10);
        rollBackAndAwait(first);
        assertThat(balance(1)).isEqualTo("100.00");
    }

    private DataSource otherUrl() {
        String url = database.url() + (database.dialect() == Dialect.H2 ? ";LOCK_TIMEOUT=2000" : "?loginTimeout=30");
        return new Database(database.dialect(), database.name(), url, database.user(), database.password())
                .dataSource();
    }

    @Test
    @DisplayName("T16: one table under two spellings is locked once; a table elsewhere is refused")
    void t16_spellingsOfATableAreOneTable() throws SQLException {
        String schema;
        try (Connection connection = database.connect()) {
            schema = connection.getSchema() == null ? connection.getCatalog() : connection.getSchema();
        }
        String elsewhere = database.name() + "_2";
        database.run(
                "CREATE SCHEMA " + elsewhere,
                "CREATE TABLE " + elsewhere + ".account (id BIGINT PRIMARY KEY, balance DECIMAL(18,2))");
        Participation first = application.begin();
        debit(first, 10);
        Participation second = application.begin();
        assertState(
                "40001",
                () -> inLocal(
                        second,
                        dataSource,
                        connection ->
                                update(connection, "UPDATE " + schema + ".account SET balance = 1 WHERE id = 1")));
        assertState(
                "0A000",
                () -> inLocal(
                        second,
                        dataSource,
                        connection ->
                                update(connection, "UPDATE " + elsewhere + ".account SET balance = 1 WHERE id = 1")));
    }

    @Test
    @DisplayName("T16, I10: where names lead, and how it runs, is not changed in the middle of a local transaction")
    void t16_whereNamesLeadIsNotChangedInTheMiddle() throws SQLException {
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            String schema = connection.getSchema();
            String catalogue = connection.getCatalog();
            int level = connection.getTransactionIsolation();
            update(connection, "UPDATE account SET balance = 0 WHERE id = 1");
            assertState("0A000", () -> connection.setSchema(schema));
            assertState("0A000", () -> connection.setCatalog(catalogue));
            assertState("0A000", () -> connection.setTransactionIsolation(level));
            assertState("0A000", () -> connection.setReadOnly(false));
            return true;
        });
        rollBackAndAwait(participation);
        assertThat(balance(1)).isEqualTo("100.00");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COMMIT",
                "ROLLBACK",
                "BEGIN",
                "START TRANSACTION",
                "SET autocommit = 1",
                "SAVEPOINT a",
                "LOCK TABLES account WRITE",
                "DELETE FROM account; COMMIT",
                "TRUNCATE TABLE account",
                "DROP TABLE account"
            })
    @DisplayName("T17: transaction control and DDL as SQL text are refused before they run")
    void t17_transactionControlAsTextIsRefused(String sql) throws SQLException {
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 0 WHERE id = 1");
            assertThatThrownBy(() -> update(connection, sql)).isInstanceOfSatisfying(SQLException.class, refused -> {
                assertThat(refused.getSQLState()).isEqualTo("0A000");
                assertThat(refused.getMessage()).contains(participation.xid().toString());
            });
            connection.rollback();
            return true;
        });
        assertThat(balance(1)).isEqualTo("100.00");
    }

    @Test
    @DisplayName("T17: setAutoCommit(true) in the middle takes the commit path")
    void t17_setAutoCommitCommitsABranch() throws SQLException {
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 0 WHERE id = 1");
            connection.setAutoCommit(true);
            assertThat(Rows.inUndoLog(database, 0)).isEqualTo(1);
            return true;
        });
        rollBackAndAwait(participation);
        assertThat(balance(1)).isEqualTo("100.00");
    }

    @Test
    @DisplayName("T17: a commit inside setAutoCommit(true) that fails vetoes, whoever swallows the failure")
    void t17_anImplicitCommitThatFailsVetoes() throws SQLException {
        Participation holder = application.begin();
        debit(holder, 10);
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 0 WHERE id = 1");
            assertState("40001", () -> connection.setAutoCommit(true));
            connection.rollback();
            return true;
        });
        assertThat(participation.vetoed()).contains("an implicit commit failed", "held by");
        application.commit(holder);
        assertThat(balance(1)).isEqualTo("90.00");
    }

    @Test
    @DisplayName("T17: setAutoCommit that changes nothing does not end what ran before the global transaction")
    void t17_setAutoCommitThatChangesNothingBeginsNothing() throws SQLException {
        Participation participation = application.begin();
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 7 WHERE id = 2");
            connection.setAutoCommit(false);
            CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
            assertThatThrownBy(() -> update(connection, "UPDATE account SET balance = 8 WHERE id = 1"))
                    .hasMessageContaining("before the global transaction began");
            connection.setAutoCommit(true);
            assertThat(update(connection, "UPDATE account SET balance = 8 WHERE id = 1"))
                    .isEqualTo(1);
            scope.close();
        }
        rollBackAndAwait(participation);
        assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Bob|7.00", "3|null|0.00");
    }

    @Test
    @DisplayName("T17: a batch that ran before the global transaction is remembered as any other statement is")
    void t17_aBatchOfBeforeIsNotPartOfIt() throws SQLException {
        Participation participation = application.begin();
        try (Connection connection = dataSource.getConnection();
                Statement before = connection.createStatement()) {
            connection.setAutoCommit(false);
            before.addBatch("UPDATE account SET balance = 7 WHERE id = 2");
            before.executeBatch();
            CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
            assertThatThrownBy(() -> update(connection, "UPDATE account SET balance = 8 WHERE id = 1"))
                    .hasMessageContaining("before the global transaction began");
            scope.close();
            connection.rollback();
        }
        rollBackAndAwait(participation);
    }

    @Test
    @DisplayName(
            "T17: what was only read before the global transaction is in nobody's way, unless its rows were locked")
    void t17_readsOfBeforeNeedNoUndo() throws SQLException {
        Participation participation = application.begin();
        try (Connection connection = dataSource.getConnection();
                Statement before = connection.createStatement()) {
            connection.setAutoCommit(false);
            before.executeQuery("SELECT balance FROM account WHERE id = 2").close();
            CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
            assertThat(update(connection, "UPDATE account SET balance = 8 WHERE id = 1"))
                    .isEqualTo(1);
            connection.commit();
            scope.close();
            before.executeQuery("SELECT balance FROM account WHERE id = 2 FOR UPDATE")
                    .close();
            scope = CurrentTransaction.bind(participation);
            assertThatThrownBy(() -> update(connection, "UPDATE account SET balance = 9 WHERE id = 1"))
                    .hasMessageContaining("before the global transaction began");
            scope.close();
            connection.rollback();
        }
        rollBackAndAwait(participation);
        assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00");
    }

    private interface RowChange {
        void on(ResultSet rows) throws SQLException;
    }

    @Test
    @DisplayName(
            "T17: what was written through the rows of a mere query before the global transaction can not be undone")
    void t17_rowsChangedThroughAQueryOfBeforeAreInTheWay() throws SQLException {
        Participation participation = application.begin();
        List<RowChange> changes = List.of(
                rows -> {
                    rows.updateInt("balance", 7);
                    rows.updateRow();
                },
                ResultSet::deleteRow,
                rows -> {
                    rows.moveToInsertRow();
                    rows.updateInt("id", 8);
                    rows.updateString("owner", "Eve");
                    rows.updateInt("balance", 7);
                    rows.insertRow();
                });
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            for (RowChange change : changes) {
                try (Statement before = connection.createStatement(
                                ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
                        ResultSet rows = before.executeQuery("SELECT id, owner, balance FROM account WHERE id = 2")) {
                    assertThat(rows.next()).isTrue();
                    change.on(rows);
                }
                CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
                try {
                    assertThatThrownBy(() -> update(connection, "UPDATE account SET balance = 9 WHERE id = 1"))
                            .hasMessageContaining("before the global transaction began");
                } finally {
                    scope.close();
                    connection.rollback();
                }
            }
        }
        rollBackAndAwait(participation);
        assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00");
    }

    @Test
    @DisplayName("I10: a local transaction that ends without a commit leaves a mark, unless there was no work in it")
    void i10_lostWorkIsRemembered() throws SQLException {
        String write = "UPDATE account SET balance = 0 WHERE id = 1";
        Participation kept = application.begin();
        inLocal(kept, dataSource, connection -> {
            update(connection, "UPDATE account SET balance = 0 WHERE id = 2");
            Savepoint savepoint = connection.setSavepoint();
            update(connection, write);
            connection.rollback(savepoint);
            return true;
        });
        bound(kept, dataSource, connection -> {
            connection.setAutoCommit(false);
            read(connection, "SELECT balance FROM account WHERE id = 3 FOR UPDATE");
            connection.rollback();
            assertThatThrownBy(() -> update(connection, "INSERT INTO account VALUES (1, 'Ann', 1)"));
            connection.rollback();
            return true;
        });
        assertThat(kept.lostWork()).isFalse();

        Participation rolledBack = application.begin();
        bound(rolledBack, dataSource, connection -> {
            connection.setAutoCommit(false);
            update(connection, write);
            connection.rollback();
            return true;
        });
        assertThat(rolledBack.lostWork()).isTrue();

        debit(application.begin(), 10);
        Participation refused = application.begin();
        assertState("40001", () -> debit(refused, 1));
        assertThat(refused.lostWork()).isTrue();
        Participation refusedAtOnce = application.begin();
        assertState("40001", () -> bound(refusedAtOnce, dataSource, connection -> update(connection, write)));
        assertThat(refusedAtOnce.lostWork()).isTrue();
    }

    @Test
    @DisplayName("T17: close() with work open rolls back and vetoes")
    void t17_closeWithWorkOpenRollsBackAndVetoes() throws SQLException {
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            return update(connection, "UPDATE account SET balance = 0 WHERE id = 1");
        });
        assertThat(balance(1)).isEqualTo("100.00");
        assertThat(participation.openCaptures()).isZero();
        assertThat(participation.vetoed()).contains("closed");
    }

    @Test
    void aLocalTransactionBelongsToOneGlobalTransaction() throws SQLException {
        Participation participation = application.begin();
        Participation other = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 0 WHERE id = 1");
            CurrentTransaction.Scope scope = CurrentTransaction.bind(other);
            assertState("0A000", () -> update(connection, "UPDATE account SET balance = 1 WHERE id = 2"));
            assertState("0A000", () -> read(connection, "SELECT 1 FROM account"));
            scope.close();
            CurrentTransaction.Scope none = CurrentTransaction.bind(null);
            assertState("0A000", () -> update(connection, "UPDATE account SET balance = 1 WHERE id = 2"));
            none.close();
            connection.commit();
            return true;
        });
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 5 WHERE id = 3");
            CurrentTransaction.Scope scope = CurrentTransaction.bind(other);
            assertState("0A000", () -> update(connection, "UPDATE account SET balance = 1 WHERE id = 2"));
            scope.close();
            connection.rollback();
        }
        rollBackAndAwait(participation);
        assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00");
    }

    @Test
    void whatCanNotBeCapturedIsRefusedAndChangesNothing() throws SQLException {
        database.run("CREATE TABLE keyless (n INT)", "INSERT INTO keyless VALUES (1)");
        Participation participation = application.begin();
        for (String sql : List.of(
                "UPDATE keyless SET n = 2",
                "INSERT INTO keyless VALUES (3)",
                "UPDATE account SET id = id + 10",
                "CREATE TABLE more (n INT)")) {
            assertThatThrownBy(() -> inLocal(participation, dataSource, connection -> update(connection, sql)))
                    .as(sql)
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            refused -> assertThat(refused.getSQLState()).isEqualTo("0A000"));
        }
        assertState(
                "0A000",
                () -> bound(participation, dataSource, connection -> {
                    try (Statement call = connection.prepareCall("{call something()}")) {
                        return ((CallableStatement) call).execute();
                    }
                }));
        assertThat(Rows.of(database, "SELECT n FROM keyless")).containsExactly("1");
        assertThat(accounts()).hasSize(3);
    }

    @Test
    void withoutUndoLogOnlyWritesInsideAreRefusedAndTheScriptIsTold() throws SQLException {
        database.run("DROP TABLE undo_log");
        Participation participation = application.begin();
        DataSource fresh = application.manage(database.dataSource());
        try (Connection connection = fresh.getConnection()) {
            update(connection, "UPDATE account SET balance = 5 WHERE id = 1");
        }
        bound(participation, fresh, connection -> {
            assertThat(read(connection, "SELECT balance FROM account WHERE id = 1"))
                    .isEqualTo("5.00");
            assertThatThrownBy(() -> update(connection, "UPDATE account SET balance = 6 WHERE id = 1"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("CREATE TABLE IF NOT EXISTS undo_log");
            return true;
        });
        assertThat(balance(1)).isEqualTo("5.00");
    }

    @Test
    @DisplayName("I10: two databases in one transaction stay or are undone together, without Spring")
    void i10_theTemplateKeepsTwoDatabasesTogether() throws SQLException {
        Database bank2 = freshDatabase();
        DataSource other = application.manage(bank2);
        String sum = "SELECT SUM(balance) FROM account";
        application.template().withName("transfer").executeWithoutResult(() -> transfer(other, 30));
        assertThat(balance(1)).isEqualTo("70.00");
        assertThat(Rows.of(bank2, "SELECT balance FROM account WHERE id = 1")).containsExactly("130.00");
        Participation[] seen = new Participation[1];
        assertThatThrownBy(() -> application.template().executeWithoutResult(() -> {
                    seen[0] = CurrentTransaction.get();
                    transfer(other, 40);
                    throw new IllegalStateException("after both");
                }))
                .isInstanceOf(IllegalStateException.class);
        awaitEnd(seen[0]);
        assertThat(Rows.of(database, sum)).containsExactly("120.00");
        assertThat(Rows.of(bank2, sum)).containsExactly("180.00");
        Awaitility.await().until(() -> Rows.inUndoLog(database, 0) + Rows.inUndoLog(bank2, 0) == 0);
    }

    private void transfer(DataSource to, int amount) throws SQLException {
        try (Connection from = dataSource.getConnection()) {
            update(from, "UPDATE account SET balance = balance - ? WHERE id = 1", amount);
        }
        try (Connection connection = to.getConnection()) {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = balance + ? WHERE id = 1", amount);
            connection.commit();
        }
    }

    @Test
    @DisplayName("I6: the sweep deletes what its own coordinator has forgotten, and nothing else")
    void i6_theSweepAsksBeforeItDeletes() throws SQLException {
        LeaderSettings forgetful = LeaderSettings.STANDARD.withOutcomeRetention(Duration.ofMillis(1));
        try (EmbeddedCoordinator forgets = EmbeddedCoordinator.start(null, forgetful);
                Application sweeper = Application.on(forgets, "sweeper")) {
            DataSource swept = sweeper.manage(database);
            Participation committed = sweeper.begin();
            debit(committed, swept, 1);
            sweeper.commit(committed);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !sweeper.unknown(committed.xid()).isEmpty() && Rows.inUndoLog(database, 0) == 0);
            Participation open = sweeper.begin();
            debit(open, swept, 1);
            String gone = committed.xid().toString();
            insertRow(gone, 11, 0);
            insertRow(gone, 12, 1);
            insertRow("abcdefgh" + gone.substring(8), 13, 0);
            insertRow("somebody-elses", 14, 0);
            Resource resource = sweeper.manager().resources().get(0);
            resource.sweep();
            assertThat(rowsOfUndoLog()).as("too young").hasSize(5);
            age("INTERVAL '6' MINUTE");
            resource.sweep();
            assertThat(rowsOfUndoLog())
                    .as("a guard row is kept for 2X, a row of an open transaction for ever")
                    .hasSize(4)
                    .doesNotContain(gone + "|11");
            age("INTERVAL '9' MINUTE");
            resource.sweep();
            assertThat(rowsOfUndoLog())
                    .as(
                            "a registration of just before the guard row may be used for X, and its undo row take X to come")
                    .contains(gone + "|12");
            age("INTERVAL '12' MINUTE");
            resource.sweep();
            assertThat(rowsOfUndoLog()).hasSize(3).doesNotContain(gone + "|12");
            sweeper.rollBack(open);
            Awaitility.await().until(() -> balance(1).equals("99.00"));
        }
    }

    @Test
    @DisplayName(
            "I6: an undo row that outlives its transaction's rollback is told, no sweep takes it, and a person restores it")
    void i6_theUndoRowOfALostRestoreStaysUntilAPersonRestoresIt() throws SQLException {
        Participation rolledBack = application.begin();
        debit(rolledBack, 10);
        String columns = "branch_id, xid, context, rollback_info, log_status, log_created, log_modified, ext";
        database.run("CREATE TABLE replicated AS SELECT " + columns + " FROM undo_log WHERE log_status = 0");
        rollBackAndAwait(rolledBack);
        assertThat(balance(1)).isEqualTo("100.00");
        // A fail-over to where the restore has not arrived.
        database.run(
                "INSERT INTO undo_log (" + columns + ") SELECT " + columns + " FROM replicated",
                "UPDATE account SET balance = 90.00 WHERE id = 1");
        Xid xid = rolledBack.xid();
        Losses losses = new Losses();
        Coordinator known = Coordinator.of(application.client());
        try (SweepLines log = new SweepLines()) {
            Sweep sweep = sweep(known, losses);
            sweep.run(Duration.ZERO);
            assertThat(statusOf(xid)).containsExactly("3");
            sweep.run(Duration.ZERO);
            assertThat(log.errors())
                    .singleElement()
                    .asString()
                    .contains(xid + " was rolled back", "lost the restore", "LeftUndoTool", "A restore that was lost");
            assertThat(losses.told).isEqualTo(1);
        }
        coordinator.operate(new Command.ForgetOutcomes(Long.MAX_VALUE));
        assertThat(application.unknown(xid)).containsExactly(xid);
        try (SweepLines log = new SweepLines()) {
            sweep(known, losses).run(Duration.ZERO);
            assertThat(log.errors())
                    .as("by each process, as long as it is there")
                    .hasSize(1);
        }
        assertThat(statusOf(xid)).containsExactly("3");
        assertThat(balance(1)).isEqualTo("90.00");

        try (Connection connection = database.connect()) {
            LeftUndo left = LeftUndo.of(connection);
            left.restore(connection, new LeftUndo.Order(xid, xid.cluster(), "anna", "ticket 4711"));
        }
        assertThat(balance(1)).isEqualTo("100.00");
        assertThat(statusOf(xid)).isEmpty();
    }

    @Test
    @DisplayName("I6: a row that is restored while the sweep asks about it is not called lost")
    void i6_aRowThatIsRestoredWhileTheSweepAsksIsNotCalledLost() throws SQLException {
        Participation participation = application.begin();
        debit(participation, 10);
        Xid xid = participation.xid();
        AtomicReference<Ended> answer = new AtomicReference<>(Ended.NONE);
        Coordinator answersLate = answering(asked -> {
            rollBackAndAwait(participation);
            Ended ended = application.client().ended(asked).join();
            answer.set(ended);
            return ended;
        });
        Losses losses = new Losses();
        try (SweepLines log = new SweepLines()) {
            sweep(answersLate, losses).run(Duration.ZERO);
            assertThat(log.errors()).isEmpty();
        }
        assertThat(Objects.requireNonNull(answer.get()).rolledBack())
                .as("the row was read before")
                .containsExactly(xid);
        assertThat(losses.told).isZero();
        assertThat(statusOf(xid)).isEmpty();
        assertThat(balance(1)).isEqualTo("100.00");
    }

    private Sweep sweep(Coordinator asked, ResourceListener listener) throws SQLException {
        Resource resource = application.manager().resources().get(0);
        resource.attach();
        OpenResource opened = Objects.requireNonNull(resource.openedNow());
        return new Sweep(opened, database.dataSource(), asked, Application.SETTINGS, listener);
    }

    /** The application's coordinator, whose answers to the sweep's question are given by the test. */
    private Coordinator answering(Function<Collection<Xid>, Ended> answers) {
        Coordinator real = Coordinator.of(application.client());
        return (Coordinator) Proxy.newProxyInstance(
                ProtocolContract.class.getClassLoader(),
                new Class<?>[] {Coordinator.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("ended")) {
                        @SuppressWarnings("unchecked")
                        Collection<Xid> asked = (Collection<Xid>) arguments[0];
                        return CompletableFuture.completedFuture(answers.apply(asked));
                    }
                    return method.invoke(real, arguments);
                });
    }

    private List<String> statusOf(Xid xid) {
        return Rows.of(database, "SELECT log_status FROM undo_log WHERE xid = '" + xid + "'");
    }

    private static final class Losses implements ResourceListener {
        private int told;

        @Override
        public void restoreLost() {
            told++;
        }
    }

    /** What the sweep logs while this is open. */
    private static final class SweepLines extends AppenderBase<ILoggingEvent> implements AutoCloseable {

        private final Logger logger = (Logger) LoggerFactory.getLogger(Sweep.class);
        private final List<String> errors = new ArrayList<>();

        SweepLines() {
            start();
            logger.addAppender(this);
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().equals(Level.ERROR)) {
                errors.add(event.getFormattedMessage());
            }
        }

        List<String> errors() {
            return errors;
        }

        @Override
        public void close() {
            logger.detachAppender(this);
        }
    }

    /** A level that is set while a transaction of the pool's own is open does not count for that one. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("T13, I6: the sweep asks about no row that is not committed, and perhaps not registered yet")
    void t13_theSweepAsksOnlyAboutWhatIsCommitted(boolean poolTests) throws SQLException {
        try (EmbeddedCoordinator other = EmbeddedCoordinator.start();
                Application sweeper = Application.on(other, "sweeper");
                Connection under = database.connect()) {
            sweeper.manage(readingUncommitted(database.dataSource(), poolTests));
            under.setAutoCommit(false);
            try (Statement statement = under.createStatement()) {
                statement.executeUpdate(row(sweeper.client().newXid().toString(), 21, 0));
                statement.executeUpdate("UPDATE undo_log SET log_created = log_created - INTERVAL '6' MINUTE"
                        + " WHERE log_status = 0 AND branch_id = 21");
            }

            Resource resource = sweeper.manager().resources().get(0);
            resource.attach();
            resource.sweep();

            assertThat(other.<Optional<Xid>>read(StateMachine::olderThan)).isEmpty();
            under.rollback();
        }
    }

    private static DataSource readingUncommitted(DataSource target, boolean tests) {
        return (DataSource) Proxy.newProxyInstance(
                ProtocolContract.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                    Object result = method.invoke(target, arguments);
                    if (result instanceof Connection connection) {
                        connection.setTransactionIsolation(Connection.TRANSACTION_READ_UNCOMMITTED);
                        if (tests) {
                            connection.setAutoCommit(false);
                            try (Statement test = connection.createStatement()) {
                                test.execute("SELECT id FROM account");
                            }
                        }
                    }
                    return result;
                });
    }

    private List<String> rowsOfUndoLog() {
        return Rows.of(database, "SELECT xid, branch_id FROM undo_log WHERE log_status <> 2");
    }

    private void insertRow(String xid, long branch, int status) {
        database.run(row(xid, branch, status));
    }

    private static String row(String xid, long branch, int status) {
        return "INSERT INTO undo_log (branch_id, xid, context, rollback_info, log_status, log_created, log_modified)"
                + " SELECT " + branch + ", '" + xid + "', context, rollback_info, " + status
                + ", log_created, log_modified FROM undo_log WHERE xid = '#dtx-resource'";
    }

    private void age(String interval) {
        database.run("UPDATE undo_log SET log_created = log_created - " + interval + " WHERE log_status <> 2");
    }

    @Test
    void withoutACoordinatorNothingStaysAndTheStateSaysSo() throws SQLException {
        Participation participation = application.begin();
        debit(participation, 1);
        coordinator.stop();
        try {
            assertState("08006", () -> debit(participation, 5));
            assertThat(balance(1)).isEqualTo("99.00");
            assertThat(participation.vetoed()).isNotNull();
        } finally {
            coordinator.restart();
        }
        rollBackAndAwait(participation);
        assertThat(balance(1)).isEqualTo("100.00");
    }
}
