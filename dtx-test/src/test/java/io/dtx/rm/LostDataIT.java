package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.Participation;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.test.Database;
import io.dtx.test.Databases;
import io.dtx.test.EmbeddedCoordinator;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a lost coordinator leaves in the databases, and the operator's tool for it. */
class LostDataIT {

    private final Database database = Databases.h2().createFresh();

    private void createAccounts(int count) throws Exception {
        database.runScript(Path.of("..", "sql", "h2", "undo_log.sql"));
        database.run(
                "CREATE TABLE account (id BIGINT PRIMARY KEY, balance DECIMAL(18,2) NOT NULL)",
                "INSERT INTO account SELECT x, 100.00 FROM SYSTEM_RANGE(1, " + count + ")");
    }

    @Test
    @DisplayName(
            "I6, T13: undo rows of a lost cluster stay until an operator lists them, and restores or drops them by XID")
    void i6_t13_whatALostClusterLeftIsRestoredOrDroppedByXid() throws Exception {
        createAccounts(3);
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start();
                Application application = Application.on(coordinator, "bank")) {
            DataSource dataSource = application.manage(database);
            String lost = cluster(coordinator);
            Xid restored = debited(application, dataSource, 1, 1);
            Xid dropped = debited(application, dataSource, 2);
            Xid changed = debited(application, dataSource, 3);
            coordinator.restartAsNewCluster();
            String alive = cluster(coordinator);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> application.client().connected()
                            && alive.equals(application.client().cluster()));
            database.run("UPDATE account SET balance = 7 WHERE id = 3");
            application.manager().resources().get(0).sweep(Duration.ZERO);

            assertThat(run(0, "list"))
                    .contains("cluster " + lost + ":")
                    .contains(restored + ": 2 undo rows", dropped + ": 1 undo rows", changed + ": 1 undo rows")
                    .doesNotContain("cluster " + alive);

            assertThat(order(0, "restore", restored, alive)).contains("all of " + restored + " is restored");
            assertThat(balances()).containsExactly("1|100.00", "2|90.00", "3|7.00");
            assertThat(order(0, "restore", restored, alive)).contains("no undo row of " + restored);

            assertThat(order(1, "restore", changed, alive))
                    .contains("STALLED", "was changed by someone else: BALANCE", "by hand");
            assertThat(balances()).as("nothing was touched").containsExactly("1|100.00", "2|90.00", "3|7.00");

            assertThat(order(0, "drop", dropped, alive)).contains("1 undo rows of " + dropped + " dropped");
            assertThat(balances()).containsExactly("1|100.00", "2|90.00", "3|7.00");
            assertThat(run(0, "list")).contains(changed + ": 1 undo rows").doesNotContain(dropped.toString());

            Xid ours = debited(application, dataSource, 1);
            assertThat(order(2, "drop", ours, alive)).contains("which is alive", "GET /transactions/" + ours);
            assertThat(order(2, "restore", ours, alive)).contains("which is alive");
            assertThat(run(0, "list")).contains("cluster " + alive + ":", ours + ": 1 undo rows");
        }
    }

    @Test
    @DisplayName(
            "I6, T13: what is known of a cluster is written down when it is given up, and what committed is not restored")
    void i6_t13_ofAClusterThatIsGivenUpTheToolKnowsWhatCommitted() throws Exception {
        createAccounts(3);
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start();
                Application other = Application.on(coordinator, "other")) {
            String lost = cluster(coordinator);
            Xid committed;
            Xid undecided;
            Xid rolling;
            try (Application application = Application.on(coordinator, "bank")) {
                DataSource dataSource = application.manage(database);
                committed = debited(application, dataSource, 1);
                undecided = debited(application, dataSource, 2);
                rolling = debited(application, dataSource, 3);
            }
            // Nobody serves the database now: whatever becomes of them, their undo rows stay.
            assertThat(other.client().commit(committed).join().status()).isEqualTo(TransactionStatus.COMMITTED);
            assertThat(other.client()
                            .rollBack(rolling, new Rollback(RollbackReason.APPLICATION, "", "test"))
                            .join()
                            .status())
                    .isEqualTo(TransactionStatus.ROLLING_BACK);
            coordinator.restartAsNewCluster();
            String alive = cluster(coordinator);
            Path file = coordinator.dataDirectory().resolve("given-up-" + lost + ".txt");

            String written = Files.readString(file);
            assertThat(written)
                    .contains("cluster " + lost + "\n")
                    .contains(committed + " COMMITTED ", undecided + " ACTIVE ", rolling + " ROLLING_BACK ");
            assertThat(run(2, "list", "--given-up", "no-such-file"))
                    .contains("--given-up can not be read", "no-such-file");
            assertThat(run(2, "list", "--given-up", "pom.xml")).contains("is not what a coordinator wrote down");
            String given = file.toString();
            assertThat(run(0, "list", "--given-up", given))
                    .containsPattern(committed + ": 1 undo rows, 0 guard rows, log_created .*Z: COMMITTED ")
                    .containsPattern(undecided + ": 1 undo rows, 0 guard rows, log_created .*Z: ACTIVE ")
                    .containsPattern(rolling + ": 1 undo rows, 0 guard rows, log_created .*Z: ROLLING_BACK ");

            assertThat(order(2, "restore", committed, alive, "--given-up", given))
                    .contains(committed + " is COMMITTED", "--force yes");
            assertThat(balances()).containsExactly("1|90.00", "2|90.00", "3|90.00");
            order(0, "restore", undecided, alive, "--given-up", given);
            order(0, "restore", rolling, alive, "--given-up", given);
            assertThat(balances()).containsExactly("1|90.00", "2|100.00", "3|100.00");
            order(0, "restore", committed, alive, "--given-up", given, "--force", "yes");
            assertThat(balances()).containsExactly("1|100.00", "2|100.00", "3|100.00");

            coordinator.restartAsNewCluster();
            assertThat(file).hasContent(written);
            Path next = coordinator.dataDirectory().resolve("given-up-" + alive + ".txt");
            assertThat(order(2, "restore", committed, cluster(coordinator), "--given-up", next.toString()))
                    .contains("of another cluster");
        }
    }

    @Test
    @DisplayName(
            "I6: of a cluster that is alive the tool takes those undo rows that the sweep has marked, and no others")
    void i6_ofTheLivingClusterOnlyMarkedRowsAreRestoredOrDropped() throws Exception {
        createAccounts(4);
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start();
                Application application = Application.on(coordinator, "bank")) {
            DataSource dataSource = application.manage(database);
            String alive = cluster(coordinator);
            Xid restored = debited(application, dataSource, 1, 2);
            Xid dropped = debited(application, dataSource, 3);
            Xid ours = debited(application, dataSource, 4);
            mark(restored, "MAX");
            mark(dropped, "MAX");

            assertThat(run(0, "list"))
                    .contains(restored + ": 1 undo rows, 0 guard rows, 1 undo rows not restored")
                    .contains(dropped + ": 0 undo rows, 0 guard rows, 1 undo rows not restored")
                    .contains(ours + ": 1 undo rows, 0 guard rows, log_created ");

            order(0, "restore", restored, alive);
            assertThat(balances()).containsExactly("1|90.00", "2|100.00", "3|90.00", "4|90.00");
            assertThat(order(2, "restore", restored, alive)).contains("which is alive", "not restored");
            mark(restored, "MIN");
            order(0, "restore", restored, alive);
            assertThat(balances()).containsExactly("1|100.00", "2|100.00", "3|90.00", "4|90.00");

            assertThat(order(0, "drop", dropped, alive)).contains("1 undo rows of " + dropped + " dropped");
            assertThat(order(2, "drop", dropped, alive)).contains("which is alive");
            assertThat(order(2, "drop", ours, alive)).contains("GET /transactions/" + ours);
            assertThat(run(0, "list")).contains(ours + ": 1 undo rows").doesNotContain(dropped.toString());
            assertThat(balances()).containsExactly("1|100.00", "2|100.00", "3|90.00", "4|90.00");
        }
    }

    @Test
    @DisplayName("I7: a branch that stalls keeps those before it from being restored by the tool")
    void i7_noBranchBeforeAStalledOneIsRestored() throws Exception {
        createAccounts(2);
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start();
                Application application = Application.on(coordinator, "bank")) {
            Xid xid = debited(application, application.manage(database), 1, 2);
            mark(xid, "MIN");
            mark(xid, "MAX");
            database.run("UPDATE account SET balance = 7 WHERE id = 2");
            assertThat(order(1, "restore", xid, cluster(coordinator))).contains("STALLED");
            assertThat(balances()).containsExactly("1|90.00", "2|7.00");
            database.run("UPDATE account SET balance = 90 WHERE id = 2");
            order(0, "restore", xid, cluster(coordinator));
            assertThat(balances()).containsExactly("1|100.00", "2|100.00");
        }
    }

    @Test
    void aTableWhoseSideEffectsTheApplicationHadAcceptedIsRestored() throws Exception {
        createAccounts(1);
        database.run(
                "CREATE TABLE audit (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, item INT)",
                "CREATE TRIGGER audited AFTER UPDATE ON account FOR EACH ROW CALL '"
                        + H2WaysIT.AuditTrigger.class.getName() + "'");
        ResourceSettings knowing = Application.SETTINGS.acceptingSideEffectsOf(Set.of("account"));
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start();
                Application application = Application.on(coordinator, "bank", Duration.ofMillis(200), knowing)) {
            Xid restored = debited(application, application.manage(database), 1);
            mark(restored, "MAX");
            order(0, "restore", restored, cluster(coordinator));
            assertThat(balances()).containsExactly("1|100.00");
        }
    }

    /** As the sweep does it. */
    private void mark(Xid xid, String firstOrLast) {
        database.run("UPDATE undo_log SET log_status = 3 WHERE id = (SELECT " + firstOrLast
                + "(id) FROM undo_log WHERE xid = '" + xid + "')");
    }

    @Test
    void anOrderThatDoesNotSayEverythingIsRefusedWithTheUsage() {
        assertThat(run(2)).contains("list, to restore or to drop", "usage:");
        assertThat(run(2, "destroy")).contains("list, to restore or to drop", "usage:");
        assertThat(run(2, "drop")).contains("--xid is missing", "usage:");
        String xid = "a1B2c3D4-01JZZZZZZZZZZZZZZZZZZZZZZZ";
        assertThat(run(2, "drop", "--xid", xid, "--alive", "?", "--operator", "a", "--note", "n"))
                .contains("the coordinator says it at its start");
        assertThat(run(2, "drop", "--xid", xid, "--alive", "Zzzzzzzz", "--operator", "a", "--note", " "))
                .contains("say why");
        assertThat(run(2, "drop", "--xid")).contains("'--xid' is no option with a value");
        assertThat(run(2, "restore", "--givenup", "file")).contains("there is no option '--givenup'");
    }

    /** A transaction that has taken 10 from each account, each in a local transaction of its own, and is not decided. */
    private static Xid debited(Application application, DataSource dataSource, int... accounts) throws Exception {
        Participation participation = application.begin();
        for (int account : accounts) {
            inLocal(
                    participation,
                    dataSource,
                    connection ->
                            update(connection, "UPDATE account SET balance = balance - 10 WHERE id = ?", account));
        }
        return participation.xid();
    }

    private List<String> balances() {
        return Rows.of(database, "SELECT id, balance FROM account ORDER BY id");
    }

    private static String cluster(EmbeddedCoordinator coordinator) {
        return coordinator.<String>read(StateMachine::cluster);
    }

    private String order(int status, String action, Xid xid, String alive, String... more) {
        List<String> order = new ArrayList<>(List.of(
                action, "--xid", xid.toString(), "--alive", alive, "--operator", "anna", "--note", "ticket 4711"));
        order.addAll(List.of(more));
        return run(status, order.toArray(String[]::new));
    }

    private String run(int status, String... order) {
        List<String> arguments = new ArrayList<>(List.of(order));
        if (order.length > 0) {
            arguments.addAll(1, List.of("--url", database.url(), "--user", "sa"));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int ended = LeftUndoTool.run(
                arguments.toArray(String[]::new), "", new PrintStream(out, true, StandardCharsets.UTF_8));
        String text = out.toString(StandardCharsets.UTF_8);
        assertThat(ended).as(text).isEqualTo(status);
        return text;
    }
}
