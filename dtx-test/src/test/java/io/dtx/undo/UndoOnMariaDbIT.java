package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.model.BranchId;
import io.dtx.sql.TableName;
import io.dtx.sql.TableName.Identifier;
import io.dtx.test.Databases;
import io.dtx.test.Durability;
import io.dtx.test.MariaDbServer;
import io.dtx.test.SeveralHosts;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UndoOnMariaDbIT {

    @Nested
    class Restoring extends RestoreContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.mariaDb().createFresh();
        }

        @Override
        String sessionState(Connection connection) throws SQLException {
            return DatabaseRules.query(
                            connection,
                            "SELECT @@SESSION.sql_mode, @@SESSION.time_zone, @@SESSION.foreign_key_checks,"
                                    + " @@SESSION.unique_checks")
                    .toString();
        }

        /** The driver loses the session after the rows are back, and goes on in another one, in which nothing was done. */
        @Test
        void whatWasRestoredInASessionThatIsLostIsNotRestored() throws SQLException {
            BranchId branch = setup.begin()
                    .update("item", "amount = amount - 3", "id < 3")
                    .commit();
            List<String> left = setup.rows(ALL);
            try (Connection connection =
                    SeveralHosts.of(setup.server, SeveralHosts.PREPARING).connect()) {
                List<PreparedStatement> prepared = SeveralHosts.prepared(connection);
                Connection losing = (Connection) Proxy.newProxyInstance(
                        getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, given) -> {
                            boolean last = method.getName().equals("prepareStatement")
                                    && String.valueOf(given[0]).startsWith("DELETE");
                            if (last) {
                                SeveralHosts.lose(setup.server, prepared);
                            }
                            try {
                                return method.invoke(connection, given);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
                assertThatThrownBy(() -> setup.restore.restore(losing, branch)).isInstanceOf(SQLException.class);
                assertThat(prepared).isEmpty();
            }
            assertThat(setup.rows(ALL)).isEqualTo(left);
            assertThat(setup.undoLogOf(branch)).isNotEmpty();

            assertThat(setup.restore(branch).result()).isEqualTo(Restoration.Result.RESTORED);
            assertThat(setup.rows(ALL)).isEqualTo(original);
        }
    }

    @Nested
    class Types extends TypesContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.mariaDb().createFresh();
        }

        @Override
        ColumnTypes types() {
            return ColumnTypes.MARIADB;
        }

        @Override
        List<String> lenient() {
            return List.of(
                    "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'",
                    "SET SESSION time_zone = '+00:00'");
        }

        @Override
        List<String> unusual() {
            return List.of(
                    "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH')",
                    "SET SESSION time_zone = '+05:30'");
        }

        @Override
        String longText() {
            return "LONGTEXT";
        }
    }

    @Nested
    class Catalogue extends CatalogueContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.mariaDb().createFresh();
        }

        @Override
        Stream<RefusedTable> alsoRefused() {
            return Stream.of(
                    RefusedTable.of(
                            "has the engine MyISAM", "isam", "CREATE TABLE isam (id INT PRIMARY KEY) ENGINE = MyISAM"),
                    RefusedTable.of(
                            "has the engine Aria", "aria", "CREATE TABLE aria (id INT PRIMARY KEY) ENGINE = Aria"),
                    RefusedTable.of(
                            "has the engine MEMORY",
                            "fleeting",
                            "CREATE TABLE fleeting (id INT PRIMARY KEY) ENGINE = MEMORY"),
                    RefusedTable.of(
                            "a TIMESTAMP, which each session reads",
                            "instants",
                            "CREATE TABLE instants (id TIMESTAMP NOT NULL PRIMARY KEY)"),
                    RefusedTable.of(
                            "has the trigger",
                            "watched",
                            "CREATE TABLE watched (id INT PRIMARY KEY)",
                            "CREATE TRIGGER watching AFTER INSERT ON watched FOR EACH ROW SET @seen = 1"),
                    RefusedTable.of(
                            "system versioned",
                            "versioned",
                            "CREATE TABLE versioned (id INT PRIMARY KEY) WITH SYSTEM VERSIONING"),
                    RefusedTable.of(
                            "application-time period",
                            "periods",
                            "CREATE TABLE periods (id INT PRIMARY KEY, s DATE, e DATE, PERIOD FOR p (s, e))"),
                    RefusedTable.of("sequence", "numbers", "CREATE SEQUENCE numbers"),
                    RefusedTable.of(
                            "each session reads and compares in its own time zone",
                            "stamped",
                            "CREATE TABLE stamped (id INT, t TIMESTAMP, PRIMARY KEY (id, t))"),
                    RefusedTable.of("there is no table", "PARENT"),
                    RefusedTable.of("is outside of", "mysql.user"));
        }

        @Override
        List<String> trigger() {
            return List.of("CREATE TRIGGER before_parent BEFORE UPDATE ON parent FOR EACH ROW SET NEW.n = NEW.n");
        }

        @Test
        void aTableThatOnlySpeaksOfPeriodsAndVersionsIsAnOrdinaryOne() throws SQLException {
            setup.run(
                    "CREATE TABLE invoice (id INT PRIMARY KEY, due DATE COMMENT 'Billing period for this invoice',"
                            + " `Period for x` VARCHAR(30) DEFAULT 'a\\n  PERIOD FOR b', kind ENUM('grace period for x', 'none'),"
                            + " CHECK (kind <> 'c\\n  PERIOD FOR d')) COMMENT 'Without a\\n  PERIOD FOR x, or WITH SYSTEM VERSIONING'");
            assertThat(setup.table("invoice").columns()).hasSize(4);
        }

        /** As a dump is loaded. */
        @Test
        @DisplayName("T15: a foreign key that names its parent's column in another case locks the parent's own")
        void t15_aReferencedColumnInAnotherCase() throws SQLException {
            setup.run(
                    "SET foreign_key_checks = 0",
                    "CREATE TABLE kid (id INT PRIMARY KEY, Owner_Id INT, FOREIGN KEY (OWNER_ID) REFERENCES owner (id))",
                    "CREATE TABLE owner (ID INT PRIMARY KEY, n INT)",
                    "SET foreign_key_checks = 1",
                    "INSERT INTO owner VALUES (1, 1)");
            assertThat(setup.rows("SELECT REFERENCED_COLUMN_NAME FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE"
                            + " WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME = 'owner'"))
                    .containsExactly("id");
            Table owner = setup.table("owner");
            Table kid = setup.table("kid");

            assertThat(owner.referencedKeys()).containsExactly(owner.key());
            ForeignKey.Part part = kid.references().get(0).parts().get(0);
            assertThat(part.parent().name()).isEqualTo("ID");
            assertThat(part.child().name()).isEqualTo("Owner_Id");
        }

        /** MySQL's, where the catalogue names no column for an expression; here it is made to leave one out. */
        @Test
        @DisplayName("T15: a unique index on a column and an expression is one of which any column may be a part")
        void t15_aUniqueIndexOnAColumnAndAnExpression() throws SQLException {
            setup.run(
                    "CREATE TABLE person (id INT PRIMARY KEY, tenant INT, email VARCHAR(40), UNIQUE u (tenant, email))");
            try (Connection connection = setup.server.connect()) {
                Connection hiding = (Connection) Proxy.newProxyInstance(
                        getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, given) -> {
                            if (method.getName().equals("prepareStatement")) {
                                given[0] = String.valueOf(given[0])
                                        .replace(
                                                "SELECT INDEX_NAME, COLUMN_NAME,",
                                                "SELECT INDEX_NAME, NULLIF(COLUMN_NAME, 'email'),");
                            }
                            try {
                                return method.invoke(connection, given);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
                Table person =
                        setup.tables.table(hiding, new TableName(List.of(), new Identifier("person", false), null));
                assertThat(person.uniqueIndexes()).hasSize(1);
                assertThatThrownBy(() ->
                                RowSelection.forUpdate(person, List.of(person.column(new Identifier("email", false)))))
                        .isInstanceOf(CaptureRefusedException.class)
                        .hasMessageContaining("it is on an expression");
            }
        }
    }

    @Nested
    class Locks extends LocksContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.mariaDb().createFresh();
        }

        @Override
        Stream<Equals> equalKeys() {
            return Stream.of(
                    new Equals(
                            "VARCHAR(20) COLLATE utf8mb4_general_ci",
                            List.of(
                                    List.of("'a'", "'A'", "'a  '", "'\u00e1'"),
                                    List.of("'b'"),
                                    List.of("'\ud83d\ude00'", "'\ud83d\ude01'"),
                                    List.of("''", "'  '"),
                                    List.of("'ab'"))),
                    new Equals(
                            "VARCHAR(20) COLLATE utf8mb4_uca1400_ai_ci",
                            List.of(List.of("'stra\u00dfe'", "'STRASSE'", "'strasse '"), List.of("'strase'"))),
                    new Equals("VARCHAR(20) COLLATE utf8mb4_bin", List.of(List.of("'a'", "'a '"), List.of("'A'"))),
                    new Equals("VARCHAR(20) COLLATE utf8mb4_nopad_bin", List.of(List.of("'a'"), List.of("'a '"))),
                    new Equals(
                            "VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_german2_ci",
                            List.of(List.of("'\u00e4'", "'ae'", "'AE'"), List.of("'a'"))),
                    new Equals("CHAR(5)", List.of(List.of("'a'", "'A '"), List.of("'b'"))),
                    new Equals("CHAR(5) COLLATE utf8mb4_nopad_bin", List.of(List.of("'a'", "'a '"), List.of("'A'"))),
                    new Equals("ENUM('a', 'b')", List.of(List.of("'a'", "1", "'A'"), List.of("'b'"))),
                    new Equals("VARBINARY(5)", List.of(List.of("'a'"), List.of("'A'"), List.of("'a '"))),
                    new Equals("DECIMAL(10,2)", List.of(List.of("1", "1.00"), List.of("1.01"))),
                    new Equals("DOUBLE", List.of(List.of("0e0", "-0e0"), List.of("1e0"))));
        }
    }

    /** A server of its own, since others have no binary log: without one, the format does not count. */
    @Nested
    class WithABinaryLogOfStatements {

        @Test
        @DisplayName("way 15: a restore goes through where InnoDB takes no writes at READ COMMITTED")
        void way15_restoreWithABinaryLogOfStatements() throws SQLException {
            try (MariaDbServer server =
                    MariaDbServer.start(Durability.RELAXED, List.of("--log-bin", "--binlog-format=STATEMENT"))) {
                UndoSetup setup = new UndoSetup(server.createFresh());
                setup.run("CREATE TABLE item (id INT PRIMARY KEY, n INT)", "INSERT INTO item VALUES (1, 1), (2, 2)");
                BranchId deleted = setup.begin().delete("item", "id = 1").commit();
                BranchId updated =
                        setup.begin().update("item", "n = 7", "id = 2").commit();
                BranchId unheard = UndoSetup.newBranch();
                BranchId skipped =
                        setup.begin().update("item", "n = 8", "id = 2").commit();
                setup.run("UPDATE item SET n = 7 WHERE id = 2");
                try (Connection connection = setup.server.connect()) {
                    connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
                    assertThat(setup.restore.restore(connection, deleted).result())
                            .isEqualTo(Restoration.Result.RESTORED);
                    assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
                    try (Restore.Run run = setup.restore.begin(connection)) {
                        assertThat(run.skip(skipped).result()).isEqualTo(Restoration.Result.SKIPPED);
                        assertThat(run.restore(unheard).result()).isEqualTo(Restoration.Result.NO_EFFECT);
                        assertThat(run.restore(updated).result()).isEqualTo(Restoration.Result.RESTORED);
                    }
                }
                assertThat(setup.rows("SELECT * FROM item ORDER BY id")).containsExactly("1|1", "2|2");
                assertThat(setup.undoLogOf(unheard)).containsExactly("1");
                assertThat(setup.undoLogOf(skipped)).containsExactly("1");
            }
        }
    }

    /** Under this mode a CHAR is as long as it is declared, to the session that reads it; to the index it is not. */
    @Nested
    class LocksOfPaddedTexts {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "v CHAR(5) COLLATE utf8mb4_nopad_bin UNIQUE",
                    "v CHAR(5) COLLATE utf8mb4_nopad_bin, UNIQUE (v(3))",
                    "v CHAR(5) CHARACTER SET utf16 COLLATE utf16_nopad_bin UNIQUE",
                    "v CHAR(5) COLLATE utf8mb4_uca1400_nopad_ai_ci UNIQUE",
                    "v CHAR(5) UNIQUE",
                })
        @DisplayName("T15: a text is one lock, whether sessions pad what they read or not")
        void t15_paddedTextsAreOneLock(String column) throws SQLException {
            UndoSetup setup = new UndoSetup(Databases.mariaDb().createFresh());
            setup.run(
                    "CREATE TABLE padded (id INT PRIMARY KEY, " + column + ")", "INSERT INTO padded VALUES (1, 'ab')");
            try (CapturedTransaction plain = setup.begin().delete("padded", "id = 1")) {
                plain.connection.rollback();
                try (CapturedTransaction padding = setup.begin()
                        .execute("SET SESSION sql_mode = 'PAD_CHAR_TO_FULL_LENGTH'")
                        .delete("padded", "id = 1")) {
                    assertThat(padding.locks).isEqualTo(plain.locks).hasSize(2);
                }
            }
        }
    }

    @Nested
    class TheUndoLog extends UndoLogContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.mariaDb().createFresh();
        }

        @Override
        String otherTimeZone() {
            return "SET time_zone = '+05:00'";
        }

        @Test
        void theKeyMayHaveAnotherName() throws SQLException {
            setup.run("ALTER TABLE undo_log RENAME INDEX ux_undo_log TO `branch ``key`");
            try (Connection connection = setup.server.connect()) {
                UndoLog undoLog = UndoLog.open(connection, setup.database);
                BranchId branch = UndoSetup.newBranch();
                undoLog.insert(connection, branch, new EncodedUndo("", new byte[0]));
                assertThat(undoLog.release(connection, List.of(branch))).isEqualTo(1);

                undoLog.insert(connection, branch, new EncodedUndo("", new byte[0]));
                setup.run("ALTER TABLE undo_log RENAME INDEX `branch ``key` TO later");
                assertThat(undoLog.release(connection, List.of(branch))).isEqualTo(1);
            }
        }
    }

    @Nested
    class TheSessionsProof extends SessionProofContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.mariaDb().createFresh();
        }
    }
}
