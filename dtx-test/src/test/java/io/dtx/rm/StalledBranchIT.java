package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.Participation;
import io.dtx.model.BranchId;
import io.dtx.model.RowDifference;
import io.dtx.model.RowDifference.Cell;
import io.dtx.model.RowDifference.What;
import io.dtx.model.TransactionStatus;
import io.dtx.server.coordinator.AuditEntry;
import io.dtx.server.coordinator.AuditEntry.Action;
import io.dtx.server.coordinator.Branch;
import io.dtx.server.coordinator.BranchState;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import io.dtx.server.coordinator.Transaction;
import io.dtx.test.Database;
import io.dtx.test.Databases;
import io.dtx.test.EmbeddedCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A stalled branch from the row that was changed to the operator who has seen to it, across changes of leader and restarts. */
class StalledBranchIT {

    @Test
    @DisplayName(
            "I7, I8: a stalled branch, what is in its way and what operators did to it outlive leaders and restarts")
    void i7_nothingOfAStalledBranchIsForgotten() throws Exception {
        ResourceSettings settings = Application.SETTINGS.showingValuesOf(Set.of("Account"));
        try (EmbeddedCluster cluster = EmbeddedCluster.start();
                Application application = Application.on(cluster.addresses(), "bank", settings)) {
            stalledAndSkipped(cluster, application);
        }
    }

    private void stalledAndSkipped(EmbeddedCluster cluster, Application application) throws Exception {
        Database database = bank();
        DataSource dataSource = application.manage(database);
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            update(connection, "UPDATE account SET balance = balance - 10 WHERE id = 1");
            return update(connection, "UPDATE entry SET amount = 11 WHERE id = 7");
        });
        database.run("UPDATE account SET balance = 55 WHERE id = 1", "DELETE FROM entry WHERE id = 7");
        application.rollBack(participation);

        Transaction stalled = await(cluster, participation, found -> found.stalledBranches() == 1);
        assertThat(theBranch(stalled).differences().rows())
                .containsExactly(
                        new RowDifference(
                                "PUBLIC.ACCOUNT",
                                "ID=1",
                                What.CHANGED,
                                List.of("BALANCE"),
                                new RowDifference.Contents(row("100.00"), row("90.00"), row("55.00"))),
                        new RowDifference("PUBLIC.ENTRY", "ID=7", What.MISSING, List.of(), null));

        changeLeader(cluster);
        assertThat(known(cluster, participation)).isEqualTo(stalled);
        restart(cluster);
        assertThat(known(cluster, participation)).isEqualTo(stalled);

        BranchId branch = new BranchId(participation.xid(), theBranch(stalled).number());
        operate(cluster, new Command.RetryBranch(branch, "anna", "row 1 repaired, I think"));
        Transaction again = await(
                cluster,
                participation,
                found -> found.stalledBranches() == 1 && theBranch(found).attempt() == 2);
        assertThat(theBranch(again).differences()).isEqualTo(theBranch(stalled).differences());
        changeLeader(cluster);
        assertThat(known(cluster, participation)).isEqualTo(again);

        operate(cluster, new Command.SkipBranch(branch, "anna", "ticket 4711", false));
        Transaction forced = await(
                cluster, participation, found -> found.status() == TransactionStatus.ROLLED_BACK && found.forced());
        assertThat(theBranch(forced).state()).isEqualTo(BranchState.SKIPPED);
        assertThat(theBranch(forced).differences()).isEqualTo(theBranch(stalled).differences());
        assertThat(forced.audit()).extracting(AuditEntry::action).containsExactly(Action.RETRY, Action.SKIP);
        restart(cluster);
        assertThat(known(cluster, participation)).isEqualTo(forced);

        assertThat(operate(cluster, new Command.ForgetForced(participation.xid(), "anna", "seen to")))
                .isEqualTo(new Result.Done());
        changeLeader(cluster);
        assertThat(cluster.<Boolean>read(
                        state -> state.transaction(participation.xid()).isEmpty()))
                .isTrue();
        assertThat(Rows.of(database, "SELECT balance FROM account WHERE id = 1"))
                .as("what was skipped stays as it was found")
                .containsExactly("55.00");
    }

    private static Database bank() {
        Database database = Databases.h2().createFresh();
        database.runScript(Path.of("..", "sql", "h2", "undo_log.sql"));
        database.run(
                "CREATE TABLE account (id BIGINT PRIMARY KEY, balance DECIMAL(18,2) NOT NULL)",
                "CREATE TABLE entry (id BIGINT PRIMARY KEY, what VARCHAR(40), amount DECIMAL(18,2))",
                "INSERT INTO account VALUES (1, 100.00)",
                "INSERT INTO entry VALUES (7, 'rent', 10.00)");
        return database;
    }

    private static List<Cell> row(String balance) {
        return List.of(new Cell("ID", "1"), new Cell("BALANCE", balance));
    }

    private static Branch theBranch(Transaction transaction) {
        return transaction.branches().get(0);
    }

    private static Transaction known(EmbeddedCluster cluster, Participation participation) {
        return cluster.read(state -> state.transaction(participation.xid()).orElseThrow());
    }

    private static Transaction await(
            EmbeddedCluster cluster, Participation participation, Predicate<Transaction> condition) {
        return Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> known(cluster, participation), condition);
    }

    private static Result operate(EmbeddedCluster cluster, Command command) throws Exception {
        return cluster.node(cluster.leader()).coordinator().operate(command).get(30, TimeUnit.SECONDS);
    }

    private static void changeLeader(EmbeddedCluster cluster) {
        String leader = cluster.leader();
        cluster.stop(leader);
        cluster.leader();
        cluster.start(leader);
    }

    private static void restart(EmbeddedCluster cluster) {
        cluster.nodes().forEach(cluster::stop);
        cluster.startAll();
    }
}
