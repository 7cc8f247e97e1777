package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.Participation;
import io.dtx.sql.Dialect;
import io.dtx.undo.ResourceCheck;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables whose writes would write other rows: refused, told at start, and let in where the application says that it knows. */
abstract class SideEffectsContract extends ResourceContract {

    /** The statements that make a trigger which writes a row of {@code audit} for each row inserted into {@code item}. */
    abstract List<String> auditTrigger();

    @BeforeEach
    void tables() {
        database.run(
                "CREATE TABLE item (id INT PRIMARY KEY, n INT)",
                "CREATE TABLE audit (id " + autoKey() + ", item INT)",
                "CREATE TABLE parent (id INT PRIMARY KEY, n INT)",
                "CREATE TABLE child (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES parent (id) ON DELETE CASCADE)",
                "INSERT INTO parent VALUES (1, 1)",
                "INSERT INTO child VALUES (1, 1)",
                "CREATE TABLE keyless (n INT)");
        database.run(auditTrigger().toArray(String[]::new));
    }

    private void run(Participation participation, DataSource on, String sql) throws SQLException {
        inLocal(participation, on, connection -> update(connection, sql));
    }

    @Test
    @DisplayName("T15: writes that triggers or cascades would extend are refused, by the statement or by its undo")
    void t15_writesThatWouldWriteOtherRowsAreRefused() throws SQLException {
        Participation participation = application.begin();
        for (String sql : List.of(
                "INSERT INTO item VALUES (1, 1)",
                "INSERT INTO parent VALUES (2, 2)",
                "DELETE FROM parent WHERE id = 1")) {
            assertState("0A000", () -> run(participation, dataSource, sql));
        }
        run(participation, dataSource, "UPDATE parent SET n = 2 WHERE id = 1");
        run(participation, dataSource, "DELETE FROM child WHERE id = 1");
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT * FROM audit")).isEmpty();
        assertThat(Rows.of(database, "SELECT * FROM child")).containsExactly("1|1");
    }

    @Test
    void aTableWhoseSideEffectsAreAcceptedIsWrittenAndTheyAreNotUndone() throws SQLException {
        ResourceSettings knowing = Application.SETTINGS.acceptingSideEffectsOf(Set.of("Item", "PARENT"));
        try (Application other = Application.on(coordinator, "knowing", Duration.ofMillis(200), knowing)) {
            DataSource accepted = other.manage(database);
            Participation participation = other.begin();
            run(participation, accepted, "INSERT INTO item VALUES (1, 1)");
            run(participation, accepted, "DELETE FROM parent WHERE id = 1");
            assertState("0A000", () -> run(participation, accepted, "INSERT INTO keyless VALUES (1)"));
            rollBackAndAwait(participation);
        }
        assertThat(Rows.of(database, "SELECT * FROM item")).isEmpty();
        assertThat(Rows.of(database, "SELECT item FROM audit")).containsExactly("1");
        assertThat(Rows.of(database, "SELECT * FROM parent")).containsExactly("1|1");
        assertThat(Rows.of(database, "SELECT * FROM child")).isEmpty();
    }

    @Test
    void whatIsAcceptedWhereABranchIsWrittenIsAcceptedWhereverItIsRestored() throws SQLException {
        dataSource.getConnection().close();
        ResourceSettings knowing = Application.SETTINGS.acceptingSideEffectsOf(Set.of("item", "parent"));
        Participation participation;
        try (Application other = Application.on(coordinator, "knowing", Duration.ofMillis(200), knowing)) {
            DataSource accepted = other.manage(database);
            participation = other.begin();
            run(participation, accepted, "INSERT INTO item VALUES (1, 1)");
            run(participation, accepted, "DELETE FROM parent WHERE id = 1");
        }
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT * FROM item")).isEmpty();
        assertThat(Rows.of(database, "SELECT * FROM parent")).containsExactly("1|1");
        assertThat(Rows.of(database, "SELECT item FROM audit")).containsExactly("1");
    }

    @Test
    void aTriggerThatNobodyHasAcceptedStallsARestoreWithTheRemedy() throws SQLException {
        database.run("CREATE TABLE later (id INT PRIMARY KEY, n INT)", "INSERT INTO later VALUES (1, 1)");
        Participation participation = application.begin();
        run(participation, dataSource, "UPDATE later SET n = 2 WHERE id = 1");
        database.run(auditTrigger().stream()
                .map(sql -> sql.replace("item FOR", "later FOR").replace("audited", "audited_later"))
                .toArray(String[]::new));

        application.rollBack(participation);

        assertThat(stalled(participation).toLowerCase(Locale.ROOT))
                .contains("table later has the trigger", "dtx.data-sources.side-effects-accepted");
        assertThat(Rows.of(database, "SELECT n FROM later")).containsExactly("2");
    }

    /** The statements that make a trigger which adds one to n of a row of {@code item} after each UPDATE of it; none, if it can not. */
    List<String> addingTrigger() {
        return List.of();
    }

    @Test
    void whatAnAcceptedTriggerMakesOfARowAfterItsUpdateIsPartOfTheAfterImage() throws SQLException {
        Assumptions.assumeFalse(addingTrigger().isEmpty(), "the database has no such trigger in SQL");
        database.run("INSERT INTO item VALUES (1, 1)");
        database.run(addingTrigger().toArray(String[]::new));
        ResourceSettings knowing = Application.SETTINGS.acceptingSideEffectsOf(Set.of("item"));
        try (Application other = Application.on(coordinator, "knowing", Duration.ofMillis(200), knowing)) {
            DataSource accepted = other.manage(database);
            Participation participation = other.begin();
            run(participation, accepted, "UPDATE item SET n = 5 WHERE id = 1");
            assertThat(Rows.of(database, "SELECT * FROM item")).containsExactly("1|6");
            database.run("DROP TRIGGER adding" + (database.dialect() == Dialect.MYSQL ? "" : " ON item"));
            rollBackAndAwait(participation);
        }
        assertThat(Rows.of(database, "SELECT * FROM item")).containsExactly("1|1");
    }

    @Test
    @DisplayName("I4, I10: a row of which the database made something else than it was stalls the restore")
    void i4_aRestoreThatATriggerAltersStalls() throws SQLException {
        Assumptions.assumeFalse(addingTrigger().isEmpty(), "the database has no such trigger in SQL");
        database.run("INSERT INTO item VALUES (1, 1)");
        database.run(addingTrigger().toArray(String[]::new));
        ResourceSettings knowing = Application.SETTINGS.acceptingSideEffectsOf(Set.of("item"));
        try (Application other = Application.on(coordinator, "knowing", Duration.ofMillis(200), knowing)) {
            Participation participation = other.begin();
            run(participation, other.manage(database), "UPDATE item SET n = 5 WHERE id = 1");
            other.rollBack(participation);
            assertThat(stalled(participation)).contains("did not take the before image back exactly");
            assertThat(Rows.of(database, "SELECT * FROM item")).containsExactly("1|6");
            database.run("DROP TRIGGER adding" + (database.dialect() == Dialect.MYSQL ? "" : " ON item"));
            retry(participation);
            awaitEnd(participation);
        }
        assertThat(Rows.of(database, "SELECT * FROM item")).containsExactly("1|1");
    }

    /** The statements that make a trigger which adds 100 to id of each row inserted into {@code item}; none, if it can not. */
    List<String> movingTrigger() {
        return List.of();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName(
            "I10: a row to which an accepted trigger gives another key goes back, and not the one that has its own")
    void i10_aRowThatAnAcceptedTriggerGivesAnotherKey(boolean batch) throws SQLException {
        Assumptions.assumeFalse(movingTrigger().isEmpty(), "the database has no such trigger in SQL");
        database.run("INSERT INTO item VALUES (1, 1), (2, 2)");
        database.run(movingTrigger().toArray(String[]::new));
        ResourceSettings knowing = Application.SETTINGS.acceptingSideEffectsOf(Set.of("item"));
        try (Application other = Application.on(coordinator, "knowing", Duration.ofMillis(200), knowing)) {
            Participation participation = other.begin();
            inLocal(participation, other.manage(database), connection -> {
                try (PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO item VALUES (?, 5)", Statement.RETURN_GENERATED_KEYS)) {
                    for (int id : new int[] {1, 2}) {
                        insert.setInt(1, id);
                        if (batch) {
                            insert.addBatch();
                        } else {
                            insert.executeUpdate();
                        }
                    }
                    return insert.executeBatch();
                }
            });
            assertThat(Rows.of(database, "SELECT * FROM item ORDER BY id"))
                    .containsExactly("1|1", "2|2", "101|5", "102|5");
            rollBackAndAwait(participation);
        }
        assertThat(Rows.of(database, "SELECT * FROM item ORDER BY id")).containsExactly("1|1", "2|2");
    }

    @Test
    void theCheckAtStartSaysWhatWillBeRefused() throws SQLException {
        for (int i = 0; i < 30; i++) {
            database.run("CREATE TABLE many" + i + " (n INT)");
        }
        dataSource.getConnection().close();
        ResourceCheck check = application.manager().resources().get(0).check();

        assertThat(check.complete()).isTrue();
        assertThat(check.tables()).isEqualTo(36);
        assertThat(check.findings().stream().map(finding -> finding.toLowerCase(Locale.ROOT)))
                .anyMatch(finding -> finding.startsWith("keyless: ") && finding.contains("no primary key"))
                .anyMatch(finding -> finding.startsWith("item: ") && finding.contains("trigger"))
                .anyMatch(finding -> finding.startsWith("parent: insert: ") && finding.contains("child"))
                .anyMatch(finding -> finding.startsWith("parent: delete: ") && finding.contains("child"))
                .noneMatch(finding -> finding.startsWith("account") || finding.startsWith("child"));
        assertThat(check.text("bank1").lines()).hasSize(22).last().asString().contains("more");
        assertThat(check.text("bank1")).startsWith("dtx will refuse these writes on bank1");
    }

    @Test
    void theCheckAtStartSaysThatReadUncommittedWillBeRefused() throws SQLException {
        try (Connection connection = database.connect()) {
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_UNCOMMITTED);
            ResourceCheck check =
                    ResourceCheck.of(connection, io.dtx.undo.Database.of(connection), Duration.ofMinutes(1));
            boolean said = check.findings().stream().anyMatch(finding -> finding.contains("READ UNCOMMITTED"));
            assertThat(said).isEqualTo(database.dialect() != Dialect.POSTGRESQL);
        }
    }

    @Test
    void aTableWithoutFindingsIsNotTold() throws SQLException {
        database.run("DROP TABLE keyless", "DROP TABLE item", "DROP TABLE child");
        dataSource.getConnection().close();
        ResourceCheck check = application.manager().resources().get(0).check();
        assertThat(check.findings()).isEmpty();
        assertThat(check.text("bank1")).isEmpty();
    }
}
