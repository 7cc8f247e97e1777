package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.CurrentTransaction.Scope;
import io.dtx.context.Participation;
import io.dtx.model.TransactionStatus;
import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import io.dtx.test.EmbeddedCoordinator;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** What every contract of the resource manager starts from: a coordinator, an application, a database with accounts. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
abstract class ResourceContract {

    EmbeddedCoordinator coordinator;
    Application application;
    Database database;
    DataSource dataSource;

    abstract DatabaseServer server();

    /** The database's words for some types. */
    abstract String autoKey();

    abstract String blob();

    @BeforeAll
    void startCoordinator() {
        coordinator = EmbeddedCoordinator.start();
    }

    @AfterAll
    void stopCoordinator() {
        coordinator.close();
    }

    @BeforeEach
    void startApplication() {
        database = freshDatabase();
        application = Application.on(coordinator, "application");
        dataSource = application.manage(database);
    }

    @AfterEach
    void stopApplication() {
        application.close();
    }

    Database freshDatabase() {
        Database fresh = server().createFresh();
        String folder = switch (fresh.dialect()) {
            case MYSQL -> "mysql";
            case POSTGRESQL -> "postgresql";
            case H2 -> "h2";
        };
        fresh.runScript(Path.of("..", "sql", folder, "undo_log.sql"));
        fresh.run(
                "CREATE TABLE account (id BIGINT PRIMARY KEY, owner VARCHAR(40), balance DECIMAL(18,2) NOT NULL)",
                "INSERT INTO account VALUES (1, 'Ann', 100.00), (2, 'Bob', 50.00), (3, NULL, 0.00)");
        return fresh;
    }

    List<String> accounts() {
        return Rows.of(database, "SELECT id, owner, balance FROM account ORDER BY id");
    }

    String balance(int id) {
        return Rows.of(database, "SELECT balance FROM account WHERE id = " + id).get(0);
    }

    /** Waits until the coordinator has nothing left to do for a transaction. */
    void awaitEnd(Participation participation) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> coordinator.read(state -> state.outcome(participation.xid())
                        .map(outcome -> outcome.status().finished())
                        .orElse(false)));
    }

    void rollBackAndAwait(Participation participation) {
        assertThat(application.rollBack(participation).status())
                .isIn(TransactionStatus.ROLLING_BACK, TransactionStatus.ROLLED_BACK);
        awaitEnd(participation);
    }

    /** Takes an amount from account 1 in a local transaction of its own. */
    void debit(Participation participation, int amount) throws SQLException {
        debit(participation, dataSource, amount);
    }

    static void debit(Participation participation, DataSource from, int amount) throws SQLException {
        inLocal(
                participation,
                from,
                connection -> update(connection, "UPDATE account SET balance = balance - ? WHERE id = 1", amount));
    }

    /** Runs work while the thread is bound. */
    static <T> T bound(Participation participation, DataSource from, Application.Work<T> work) throws SQLException {
        Scope scope = CurrentTransaction.bind(participation);
        try (Connection connection = from.getConnection()) {
            return work.on(connection);
        } finally {
            scope.close();
        }
    }

    static void assertState(String sqlState, org.assertj.core.api.ThrowableAssert.ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        SQLException.class,
                        error -> assertThat(error.getSQLState())
                                .as(error.toString())
                                .isEqualTo(sqlState));
    }
}
