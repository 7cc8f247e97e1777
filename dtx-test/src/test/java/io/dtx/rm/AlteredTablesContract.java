package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.Participation;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Way 10: tables that are altered while their description is kept, and between phase one and rollback. */
abstract class AlteredTablesContract extends ResourceContract {

    @BeforeEach
    void tableThatIsKnownAlready() throws SQLException {
        database.run("CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(20))", "INSERT INTO item VALUES (1, 'one')");
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            update(connection, "UPDATE item SET name = 'two' WHERE id = 1");
            update(connection, "DELETE FROM item WHERE id = 1");
            return update(connection, "INSERT INTO item VALUES (1, 'three')");
        });
        rollBackAndAwait(participation);
    }

    private List<String> items(String columns) {
        return Rows.of(database, "SELECT " + columns + " FROM item ORDER BY id");
    }

    @Test
    @DisplayName("way 10: a column added while the table is known is in the image of a deleted row")
    void way10_aColumnAddedWhileKnownIsRestored() throws SQLException {
        database.run("ALTER TABLE item ADD COLUMN price INT", "UPDATE item SET price = 700");
        Participation participation = application.begin();

        inLocal(participation, dataSource, connection -> update(connection, "DELETE FROM item WHERE id = 1"));
        rollBackAndAwait(participation);

        assertThat(items("id, name, price")).containsExactly("1|one|700");
    }

    @Test
    @DisplayName(
            "way 10: an INSERT into a table altered while it is known ends its local transaction, and the next one works")
    void way10_anInsertIntoATableAlteredWhileKnownIsCapturedOrNothing() throws SQLException {
        database.run("ALTER TABLE item ADD COLUMN price INT");
        Participation participation = application.begin();

        assertState(
                "40001",
                () -> inLocal(
                        participation,
                        dataSource,
                        connection -> update(connection, "INSERT INTO item VALUES (2, 'b', 5)")));
        assertThat(items("id")).containsExactly("1");
        inLocal(
                participation,
                dataSource,
                connection -> update(connection, "INSERT INTO item VALUES (2, 'b', 5), (3, 'c', 6)"));
        inLocal(participation, dataSource, connection -> update(connection, "DELETE FROM item WHERE id = 2"));
        rollBackAndAwait(participation);

        assertThat(items("id, name, price")).containsExactly("1|one|null");
    }

    @Test
    @DisplayName("way 10: an autocommit INSERT into a table altered while it is known runs again by itself")
    void way10_anAutocommitInsertRunsAgain() throws SQLException {
        database.run("ALTER TABLE item ADD COLUMN price INT");
        Participation participation = application.begin();

        bound(
                participation,
                dataSource,
                connection -> update(connection, "INSERT INTO item (id, price) VALUES (2, 5)"));
        assertThat(items("id, price")).containsExactly("1|null", "2|5");
        rollBackAndAwait(participation);

        assertThat(items("id, price")).containsExactly("1|null");
    }

    @Test
    @DisplayName("way 10: a type changed while the table is known is noticed")
    void way10_aTypeChangedWhileKnownIsRestored() throws SQLException {
        database.run(alterType("item", "name", "VARCHAR(200)"), "UPDATE item SET name = '" + "x".repeat(150) + "'");
        Participation participation = application.begin();

        inLocal(participation, dataSource, connection -> update(connection, "DELETE FROM item WHERE id = 1"));
        rollBackAndAwait(participation);

        assertThat(items("name")).containsExactly("x".repeat(150));
    }

    @Test
    @DisplayName("way 10: a column dropped while the table is known is not missed")
    void way10_aColumnDroppedWhileKnownIsNotMissed() throws SQLException {
        database.run("ALTER TABLE item ADD COLUMN price INT", "UPDATE item SET price = 3");
        Participation first = application.begin();
        inLocal(first, dataSource, connection -> update(connection, "DELETE FROM item WHERE id = 1"));
        rollBackAndAwait(first);
        database.run("ALTER TABLE item DROP COLUMN name");
        Participation second = application.begin();

        deleteOnceOrTwice(second);
        rollBackAndAwait(second);

        assertThat(items("id, price")).containsExactly("1|3");
    }

    /** PostgreSQL aborts the local transaction in which the image asked for a column that is gone. */
    private void deleteOnceOrTwice(Participation participation) throws SQLException {
        try {
            inLocal(participation, dataSource, connection -> update(connection, "DELETE FROM item WHERE id = 1"));
        } catch (SQLException gone) {
            assertThat(gone.getSQLState()).startsWith("42");
            Awaitility.await().ignoreExceptions().until(() -> {
                inLocal(participation, dataSource, connection -> update(connection, "DELETE FROM item WHERE id = 1"));
                return true;
            });
        }
    }

    @Test
    @DisplayName("way 10: a column that the application adds and assigns at once is known at once")
    void way10_aNewColumnCanBeAssignedAtOnce() throws SQLException {
        Awaitility.await().until(() -> {
            database.run("ALTER TABLE item DROP COLUMN IF EXISTS price", "ALTER TABLE item ADD COLUMN price INT");
            Participation participation = application.begin();
            try {
                inLocal(participation, dataSource, connection -> update(connection, "UPDATE item SET price = 9"));
            } catch (SQLException readWithinTheLastSecond) {
                return false;
            }
            rollBackAndAwait(participation);
            assertThat(items("id, price")).containsExactly("1|null");
            return true;
        });
    }

    @Test
    @DisplayName("way 10: a column added after phase one takes its default in the row that is put back")
    void way10_aColumnAddedAfterPhaseOneTakesItsDefault() throws SQLException {
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            update(connection, "UPDATE item SET name = 'changed' WHERE id = 1");
            return update(connection, "DELETE FROM item WHERE id = 1");
        });
        database.run("ALTER TABLE item ADD COLUMN price INT DEFAULT 5 NOT NULL");

        rollBackAndAwait(participation);

        assertThat(items("id, name, price")).containsExactly("1|one|5");
    }

    @Test
    @DisplayName("way 10: a column added after phase one that must be given stalls the restore, with the remedy")
    void way10_aColumnThatMustBeGivenStallsUntilItHasADefault() throws SQLException {
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> update(connection, "DELETE FROM item WHERE id = 1"));
        database.run("ALTER TABLE item ADD COLUMN price INT NOT NULL");

        application.rollBack(participation);

        assertThat(stalled(participation))
                .containsIgnoringCase("price")
                .contains("no default")
                .contains("give it a default");
        assertThat(items("id")).isEmpty();
        database.run("ALTER TABLE item ALTER COLUMN price SET DEFAULT 8");
        retry(participation);
        awaitEnd(participation);
        assertThat(items("id, name, price")).containsExactly("1|one|8");
    }

    /** Of a table that no restore has met just now: its description would still be used. */
    @Test
    @DisplayName("way 10: a column made wider after phase one is restored")
    void way10_aWiderTypeAfterPhaseOneIsRestored() throws SQLException {
        database.run(
                "CREATE TABLE goods (id INT PRIMARY KEY, name VARCHAR(20))",
                "INSERT INTO goods VALUES (1, 'one'), (2, 'two')");
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            update(connection, "UPDATE goods SET name = 'changed' WHERE id = 1");
            return update(connection, "DELETE FROM goods WHERE id = 2");
        });
        database.run(alterType("goods", "name", "VARCHAR(200)"));

        rollBackAndAwait(participation);

        assertThat(Rows.of(database, "SELECT id, name FROM goods ORDER BY id")).containsExactly("1|one", "2|two");
    }

    /** Likewise. */
    @Test
    @DisplayName("way 10: a column made narrower after phase one stalls the restore, until it is changed back")
    void way10_aNarrowerTypeAfterPhaseOneStallsUntilItIsChangedBack() throws SQLException {
        database.run(
                "CREATE TABLE goods (id INT PRIMARY KEY, name VARCHAR(20))", "INSERT INTO goods VALUES (1, 'one')");
        Participation participation = application.begin();
        inLocal(
                participation,
                dataSource,
                connection -> update(connection, "UPDATE goods SET name = 'changed' WHERE id = 1"));
        database.run(alterType("goods", "name", "VARCHAR(10)"));

        application.rollBack(participation);

        assertThat(stalled(participation)).contains("and is now", "change it back, and try again");
        assertThat(Rows.of(database, "SELECT name FROM goods")).containsExactly("changed");
        database.run(alterType("goods", "name", "VARCHAR(20)"));
        retry(participation);
        awaitEnd(participation);
        assertThat(Rows.of(database, "SELECT name FROM goods")).containsExactly("one");
    }

    @Test
    @DisplayName("way 10: a column dropped after phase one stalls the restore, and nothing is touched")
    void way10_aColumnDroppedAfterPhaseOneStalls() throws SQLException {
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            update(connection, "UPDATE item SET name = 'changed' WHERE id = 1");
            return update(connection, "UPDATE account SET balance = 0 WHERE id = 1");
        });
        database.run("ALTER TABLE item DROP COLUMN name");

        application.rollBack(participation);

        assertThat(stalled(participation)).containsIgnoringCase("name").contains("gone");
        assertThat(balance(1)).isEqualTo("0.00");
    }

    @Test
    @DisplayName("way 10: a table in use can not be altered before its local transaction ends")
    void way10_theTableStaysAsItIsWithinALocalTransaction() throws SQLException {
        Participation participation = application.begin();
        inLocal(participation, dataSource, connection -> {
            update(connection, "DELETE FROM item WHERE id = 1");
            try (Connection other = database.connect();
                    Statement alter = other.createStatement()) {
                alter.execute(shortLockWait());
                assertBlocked(alter);
            }
            return true;
        });
        rollBackAndAwait(participation);
        assertThat(items("*")).containsExactly("1|one");
    }

    private static void assertBlocked(Statement alter) {
        assertThatThrownBy(() -> alter.execute("ALTER TABLE item ADD COLUMN late INT"))
                .isInstanceOf(SQLException.class);
    }

    private String alterType(String table, String column, String type) {
        return switch (database.dialect()) {
            case MYSQL -> "ALTER TABLE " + table + " MODIFY COLUMN " + column + " " + type;
            case POSTGRESQL -> "ALTER TABLE " + table + " ALTER COLUMN " + column + " TYPE " + type;
            case H2 -> "ALTER TABLE " + table + " ALTER COLUMN " + column + " SET DATA TYPE " + type;
        };
    }

    /** Half a second or so. */
    private String shortLockWait() {
        return switch (database.dialect()) {
            case MYSQL -> "SET lock_wait_timeout = 1";
            case POSTGRESQL -> "SET lock_timeout = '500ms'";
            case H2 -> "SET LOCK_TIMEOUT 500";
        };
    }
}
