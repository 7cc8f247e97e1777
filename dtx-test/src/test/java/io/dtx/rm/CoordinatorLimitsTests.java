package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.Participation;
import io.dtx.server.runtime.LeaderSettings;
import io.dtx.server.runtime.Limits;
import io.dtx.test.Database;
import io.dtx.test.Databases;
import io.dtx.test.EmbeddedCoordinator;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an application's SQL meets where a limit of the coordinator refuses a local transaction: nothing of it stays. */
@SuppressWarnings("NullAway.Init")
class CoordinatorLimitsTests {

    private static final int LOCKS = 2;
    private static final int BRANCHES = 2;
    private static final int UNDECIDED = 3;

    private static EmbeddedCoordinator coordinator;

    private final Database database = Databases.h2().createFresh();
    private Application application;
    private DataSource dataSource;

    @BeforeAll
    static void startCoordinator() {
        Limits limits = new Limits(LOCKS, BRANCHES, UNDECIDED, 100, 100);
        coordinator = EmbeddedCoordinator.start(null, LeaderSettings.STANDARD.withLimits(limits));
    }

    @AfterAll
    static void stopCoordinator() {
        coordinator.close();
    }

    @BeforeEach
    void start() {
        database.runScript(Path.of("..", "sql", "h2", "undo_log.sql"));
        database.run(
                "CREATE TABLE account (id BIGINT PRIMARY KEY, balance INT NOT NULL)",
                "INSERT INTO account VALUES (1, 100), (2, 100), (3, 100), (4, 100)");
        application = Application.on(coordinator, "application");
        dataSource = application.manage(database);
    }

    @AfterEach
    void stop() {
        application.close();
    }

    @Test
    void moreLocksThanTheLimitAreRefusedWithoutAnInvitationToTryAgain() throws SQLException {
        Participation participation = application.begin();

        refused("dtx.server.limits.locks-per-branch", "0A000", () -> debit(participation, "id > 0"));

        assertThat(balances()).containsExactly("100", "100", "100", "100");
        debit(participation, "id < 3");
        application.commit(participation);
        assertThat(balances()).containsExactly("90", "90", "100", "100");
    }

    @Test
    void moreLocalTransactionsThanTheLimitAreRefusedLikewise() throws SQLException {
        Participation participation = application.begin();
        debit(participation, "id = 1");
        debit(participation, "id = 2");

        refused("dtx.server.limits.branches-per-transaction", "0A000", () -> debit(participation, "id = 3"));

        assertThat(balances()).containsExactly("90", "90", "100", "100");
        application.rollBack(participation);
    }

    @Test
    void aGlobalTransactionTooManyIsRefusedUntilAnotherIsDecided() throws SQLException {
        List<Participation> open = new ArrayList<>();
        for (int id = 1; id <= UNDECIDED; id++) {
            Participation participation = application.begin();
            debit(participation, "id = " + id);
            open.add(participation);
        }
        Participation oneMore = application.begin();

        refused("dtx.server.limits.undecided-transactions", "0A000", () -> debit(oneMore, "id = 4"));

        assertThat(balances()).containsExactly("90", "90", "90", "100");
        for (Participation participation : open) {
            application.commit(participation);
        }
        Participation later = application.begin();
        debit(later, "id = 4");
        application.commit(later);
        assertThat(balances()).containsExactly("90", "90", "90", "90");
    }

    private void refused(String property, String state, ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOf(SQLNonTransientException.class)
                .hasMessageContaining(property)
                .extracting(error -> ((SQLException) error).getSQLState())
                .isEqualTo(state);
    }

    private void debit(Participation participation, String where) throws SQLException {
        inLocal(
                participation,
                dataSource,
                connection -> update(connection, "UPDATE account SET balance = balance - 10 WHERE " + where));
    }

    private List<String> balances() {
        return Rows.of(database, "SELECT balance FROM account ORDER BY id");
    }
}
