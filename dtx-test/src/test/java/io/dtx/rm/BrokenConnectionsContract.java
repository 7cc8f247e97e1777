package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.dtx.context.Participation;
import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.TransactionStatus;
import io.dtx.sql.Dialect;
import io.dtx.test.Database;
import io.dtx.test.TcpProxy;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Way 11, T1 and T10: connections that are cut, statements that are broken off, participants that die. */
abstract class BrokenConnectionsContract extends ResourceContract {

    private static final List<String> UNCHANGED = List.of("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00");

    private Faults faults;
    private DataSource faulty;

    @BeforeEach
    void faultsBelow() throws SQLException {
        faults = new Faults(database.dataSource());
        faulty = application.manage(faults.dataSource());
        faulty.getConnection().close();
    }

    @AfterEach
    void nothingIsLeftOpen() {
        assertThat(Rows.inUndoLog(database, 0)).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("way 11, I11, T11: the connection is cut during COMMIT, after or before the database has seen it")
    void way11_theConnectionIsCutDuringCommit(boolean seen) throws SQLException {
        Assumptions.assumeTrue(database.dialect() != Dialect.H2, "H2 runs in the test's own process");
        URI address = URI.create(database.url().substring("jdbc:".length()));
        try (TcpProxy proxy = TcpProxy.to(address.getPort())) {
            String url = database.url().replace(":" + address.getPort(), ":" + proxy.port());
            Faults through = new Faults(
                    new Database(database.dialect(), database.name(), url, database.user(), database.password())
                            .dataSource());
            DataSource cut = application.manage(through.dataSource());
            cut.getConnection().close();
            Participation participation = application.begin();
            AtomicReference<CompletableFuture<Void>> cutting = new AtomicReference<>();
            through.beforeCommit(() -> {
                if (seen) {
                    proxy.holdAnswers();
                } else {
                    proxy.holdRequests();
                }
                cutting.set(CompletableFuture.runAsync(() -> {
                    if (seen) {
                        Awaitility.await()
                                .atMost(1, TimeUnit.MINUTES)
                                .until(() -> balance(1).equals("95.00"));
                    }
                    proxy.cut();
                }));
            });

            assertState("08007", () -> debit(participation, cut, 5));

            Objects.requireNonNull(cutting.get()).join();
            assertThat(participation.vetoed()).isNotNull();
            assertThat(application.commit(participation).status())
                    .isIn(TransactionStatus.ROLLING_BACK, TransactionStatus.ROLLED_BACK);
            awaitEnd(participation);
            assertThat(accounts()).isEqualTo(UNCHANGED);
        }
    }

    @Test
    @DisplayName("T1: a participant that dies between its registration and its COMMIT turns the commit into a rollback")
    void t1_aParticipantThatDiesBeforeItsCommitDoesNotCommitHalf() throws SQLException {
        Participation participation = application.begin();
        debit(participation, 7);
        Application dying = Application.on(coordinator, "dying");
        Faults death = new Faults(database.dataSource());
        DataSource last = dying.manage(death.dataSource());
        last.getConnection().close();
        death.beforeCommit(() -> {
            dying.close();
            throw new SQLException("the process is gone", "08006");
        });
        assertThatThrownBy(() -> inLocal(
                        new Participation(participation.xid()),
                        last,
                        connection -> update(connection, "UPDATE account SET balance = 1 WHERE id = 2")))
                .isInstanceOf(SQLException.class);

        assertThat(application.commit(participation).status())
                .isIn(TransactionStatus.ROLLING_BACK, TransactionStatus.ROLLED_BACK);
        awaitEnd(participation);
        assertThat(accounts()).isEqualTo(UNCHANGED);
    }

    @Test
    @DisplayName(
            "T10, I9: a branch id that comes again with other keys is refused, and its undo row fails on the unique key")
    void t10_aBranchIdIsNotUsedForOtherKeys() throws SQLException {
        Participation participation = application.begin();
        debit(participation, 7);
        BranchId branch = firstBranch(participation);
        String resource = Objects.requireNonNull(
                application.manager().resources().get(0).state().id());
        Lock other = new Lock(LockKey.on(resource, "", "s", "t", "").number("1").build(), LockMode.EXCLUSIVE);
        assertThatThrownBy(() -> application
                        .client()
                        .register(branch, resource, List.of(other))
                        .join())
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("keys");
        assertThatThrownBy(
                        () -> database.run("INSERT INTO undo_log (branch_id, xid, context, rollback_info, log_status,"
                                + " log_created, log_modified) SELECT branch_id, xid, context, rollback_info, 1, log_created,"
                                + " log_modified FROM undo_log WHERE branch_id = " + branch.number()))
                .hasRootCauseInstanceOf(SQLException.class);
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(UNCHANGED);
    }

    @Test
    void anAutocommitStatementWhoseWaitWasBrokenRunsAgainOnWhatIsThereThen() throws Exception {
        Participation first = application.begin();
        debit(first, 10);
        try (Application patient = Application.on(coordinator, "patient", InstantSource.system(), () -> 0L)) {
            DataSource other = patient.manage(database);
            Participation second = patient.begin();
            CompletableFuture<Integer> waiting = CompletableFuture.supplyAsync(() -> {
                try {
                    return bound(
                            second,
                            other,
                            connection -> update(connection, "UPDATE account SET balance = balance * 2 WHERE id = 1"));
                } catch (SQLException e) {
                    throw new CompletionException(e);
                }
            });
            Awaitility.await().atMost(1, TimeUnit.MINUTES).until(() -> coordinator.waitingForLocks() == 1);
            rollBackAndAwait(first);
            assertThat(waiting.get(1, TimeUnit.MINUTES)).isEqualTo(1);
            assertThat(second.lostWork())
                    .as("its first run, which the second made good")
                    .isFalse();
            assertThat(balance(1)).isEqualTo("200.00");
            rollBackAndAwait(second);
        }
        assertThat(accounts()).isEqualTo(UNCHANGED);
    }

    /** By the rules of JDBC, switching autocommit on again commits whatever is open. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("I11: a virtual machine's error in the middle of a local commit leaves nothing to be committed")
    void i11_anErrorInTheMiddleOfACommitCommitsNothing(boolean autocommit) throws SQLException {
        faults.beforeUndoInsert(() -> {
            throw new OutOfMemoryError("asked for by the test");
        });
        assertACommitIsBrokenOff(faulty, autocommit, OutOfMemoryError.class);
    }

    /** Before the registration is sent, and after. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @DisplayName("I11: whatever fails in the middle of a local commit leaves nothing to be committed")
    void i11_anExceptionInTheMiddleOfACommitCommitsNothing(int look) throws SQLException {
        AtomicInteger looks = new AtomicInteger();
        InstantSource failing = () -> {
            if (looks.incrementAndGet() == look) {
                throw new IllegalStateException("asked for by the test");
            }
            return Instant.now();
        };
        try (Application broken = Application.on(coordinator, "broken", failing, System::nanoTime)) {
            DataSource through = broken.manage(database);
            for (boolean autocommit : new boolean[] {true, false}) {
                looks.set(0);
                assertACommitIsBrokenOff(through, autocommit, IllegalStateException.class);
            }
        }
    }

    private void assertACommitIsBrokenOff(DataSource source, boolean autocommit, Class<? extends Throwable> by)
            throws SQLException {
        Participation participation = application.begin();
        assertThatThrownBy(() -> bound(participation, source, connection -> {
                    connection.setAutoCommit(autocommit);
                    try {
                        update(connection, "UPDATE account SET balance = 0 WHERE id = 1");
                        if (!autocommit) {
                            connection.commit();
                        }
                        return true;
                    } finally {
                        connection.setAutoCommit(true);
                    }
                }))
                .isInstanceOf(by);
        assertThat(participation.vetoed()).contains("broken off");
        assertThat(accounts()).isEqualTo(UNCHANGED);
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(UNCHANGED);
    }

    /** By the rules of JDBC, switching autocommit on again, as pools do, commits whatever is open. */
    private void assertARollbackThatFailsLeavesNothingToCommit(
            Participation participation, Application.Work<?> rollingBack) throws SQLException {
        bound(participation, faulty, connection -> {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 0 WHERE id = 1");
            faults.beforeRollback(() -> {
                throw new SQLException("no answer", "08000");
            });
            assertThatThrownBy(() -> rollingBack.on(connection)).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> connection.setAutoCommit(true)).isInstanceOf(SQLException.class);
            return true;
        });
        assertThat(balance(1)).isNotEqualTo("0.00");
    }

    @Test
    @DisplayName("I10: what the application could not roll back is not committed by what comes next")
    void i10_aRollbackThatFailsLeavesNothingToCommit() throws SQLException {
        Participation participation = application.begin();
        assertARollbackThatFailsLeavesNothingToCommit(participation, connection -> {
            connection.rollback();
            return true;
        });
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(UNCHANGED);
    }

    @Test
    @DisplayName("I5, I11: nor is what dtx could not roll back after a commit that was refused")
    void i11_aRefusedCommitWhoseRollbackFailsLeavesNothingToCommit() throws SQLException {
        Participation holder = application.begin();
        debit(holder, 10);
        Participation participation = application.begin();
        assertARollbackThatFailsLeavesNothingToCommit(participation, connection -> {
            connection.commit();
            return true;
        });
        rollBackAndAwait(participation);
        rollBackAndAwait(holder);
        assertThat(accounts()).isEqualTo(UNCHANGED);
    }

    @Test
    void anAbortedConnectionVetoesAndLeavesNothing() throws SQLException {
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            update(connection, "UPDATE account SET balance = 1 WHERE id = 1");
            connection.abort(Runnable::run);
            assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
            return true;
        });
        assertThat(participation.vetoed()).contains("aborted");
        assertThat(participation.openCaptures()).isZero();
        Awaitility.await().until(() -> balance(1).equals("100.00"));
    }

    @Test
    void aCancelledStatementIsRolledBackWithItsLocalTransaction() throws Exception {
        Participation participation = application.begin();
        try (Connection blocking = database.connect()) {
            blocking.setAutoCommit(false);
            update(blocking, "UPDATE account SET balance = 0 WHERE id = 2");
            bound(participation, faulty, connection -> {
                connection.setAutoCommit(false);
                update(connection, "UPDATE account SET balance = 1 WHERE id = 1");
                try (Statement statement = connection.createStatement()) {
                    CompletableFuture<Void> started = new CompletableFuture<>();
                    faults.before("account", () -> started.complete(null));
                    CompletableFuture<Void> ended = new CompletableFuture<>();
                    CompletableFuture<Void> cancelling = started.thenRunAsync(() -> cancelUntil(ended, statement));
                    assertThatThrownBy(() -> statement.executeUpdate("UPDATE account SET balance = 1 WHERE id = 2"))
                            .isInstanceOf(SQLException.class);
                    ended.complete(null);
                    cancelling.join();
                }
                connection.rollback();
                assertThat(update(connection, "UPDATE account SET balance = 3 WHERE id = 3"))
                        .isEqualTo(1);
                connection.commit();
                return true;
            });
            blocking.rollback();
        }
        assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Bob|50.00", "3|null|3.00");
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(UNCHANGED);
    }

    private static void cancelUntil(CompletableFuture<Void> ended, Statement statement) {
        Awaitility.await().atMost(1, TimeUnit.MINUTES).ignoreExceptions().until(() -> {
            if (!ended.isDone()) {
                statement.cancel();
            }
            return ended.isDone();
        });
    }

    @Test
    void aRollbackToASavepointMakesAnAbortedLocalTransactionUsable() throws SQLException {
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            update(connection, "UPDATE account SET balance = 1 WHERE id = 1");
            Savepoint savepoint = connection.setSavepoint();
            assertThatThrownBy(() -> update(connection, "INSERT INTO account VALUES (2, 'twice', 0)"))
                    .isInstanceOf(SQLException.class);
            if (database.dialect() == Dialect.POSTGRESQL) {
                assertState("25000", () -> update(connection, "UPDATE account SET balance = 2 WHERE id = 2"));
            }
            connection.rollback(savepoint);
            return update(connection, "UPDATE account SET balance = 3 WHERE id = 3");
        });
        assertThat(accounts()).containsExactly("1|Ann|1.00", "2|Bob|50.00", "3|null|3.00");
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(UNCHANGED);
    }

    @Test
    void updatableResultSetsAreReadAndNotWritten() throws SQLException {
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setAutoCommit(false);
            try (Statement statement =
                            connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
                    ResultSet rows = statement.executeQuery("SELECT id, owner, balance FROM account ORDER BY id")) {
                assertThat(rows.next()).isTrue();
                rows.updateInt("balance", 7);
                assertState("0A000", rows::updateRow);
                assertState("0A000", rows::deleteRow);
                rows.moveToInsertRow();
                rows.updateInt("id", 8);
                assertState("0A000", rows::insertRow);
            }
            connection.commit();
            return true;
        });
        assertThat(accounts()).isEqualTo(UNCHANGED);
    }

    @Test
    void aPoolOfOneConnectionServesAllThroughFailuresAndRestores() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database.dataSource());
        config.setMaximumPoolSize(1);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            DataSource pooled = application.manage(pool);
            for (int round = 0; round < 3; round++) {
                Participation participation = application.begin();
                debit(participation, pooled, 10);
                bound(participation, pooled, connection -> update(connection, "DELETE FROM account WHERE id = 3"));
                assertState(
                        "0A000",
                        () -> bound(participation, pooled, connection -> update(connection, "DROP TABLE account")));
                bound(participation, pooled, connection -> {
                    connection.setAutoCommit(false);
                    return update(connection, "UPDATE account SET balance = 0 WHERE id = 2");
                });
                try (Connection next = pool.getConnection()) {
                    assertThat(next.getAutoCommit()).isTrue();
                }
                rollBackAndAwait(participation);
                assertThat(accounts()).isEqualTo(UNCHANGED);
            }
        }
    }

    @Test
    void writesAtReadUncommittedAreRefused() throws SQLException {
        Assumptions.assumeTrue(database.dialect() != Dialect.POSTGRESQL, "it has no such level");
        Participation participation = application.begin();
        bound(participation, dataSource, connection -> {
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_UNCOMMITTED);
            assertState("0A000", () -> update(connection, "UPDATE account SET balance = 1 WHERE id = 1"));
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            return update(connection, "UPDATE account SET balance = 1 WHERE id = 1");
        });
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(UNCHANGED);
    }

    @Test
    void writesAtThePoolsReadUncommittedAreRefused() throws SQLException {
        Assumptions.assumeTrue(database.dialect() != Dialect.POSTGRESQL, "it has no such level");
        HikariConfig config = new HikariConfig();
        config.setDataSource(database.dataSource());
        config.setMaximumPoolSize(1);
        config.setTransactionIsolation("TRANSACTION_READ_UNCOMMITTED");
        try (HikariDataSource pool = new HikariDataSource(config)) {
            DataSource pooled = application.manage(pool);
            Participation participation = application.begin();
            assertState("0A000", () -> debit(participation, pooled, 10));
            rollBackAndAwait(participation);
        }
        assertThat(accounts()).isEqualTo(UNCHANGED);
    }
}
