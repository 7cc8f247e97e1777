package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dtx.model.BranchId;
import io.dtx.sql.TableName;
import io.dtx.test.Databases;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class UndoOnPostgreSqlIT {

    @Nested
    class Restoring extends RestoreContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.postgreSql().createFresh();
        }

        @Override
        String sessionState(Connection connection) throws SQLException {
            return DatabaseRules.query(
                            connection, "SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name")
                    .toString();
        }

        /** It checks foreign keys when the statement ends, so that parents may go before their children. */
        @Test
        @DisplayName("way 14: a long chain of rows that one statement has deleted goes back, parents first")
        void way14_aChainOfRowsGoesBack() throws SQLException {
            setup.run(
                    "CREATE TABLE node (id INT PRIMARY KEY, parent_id INT REFERENCES node (id))",
                    "INSERT INTO node SELECT i, NULLIF(i - 1, 0) FROM generate_series(1, 250) i");
            List<String> before = setup.rows("SELECT * FROM node ORDER BY id");
            BranchId branch = setup.begin().delete("node", "1 = 1").commit();

            Map<String, Integer> calls = new HashMap<>();
            try (Connection connection = setup.server.connect()) {
                Connection counting = (Connection) Proxy.newProxyInstance(
                        getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, given) -> {
                            calls.merge(method.getName(), 1, Integer::sum);
                            try {
                                return method.invoke(connection, given);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
                assertThat(setup.restore.restore(counting, branch).result()).isEqualTo(Restoration.Result.RESTORED);
            }
            assertThat(setup.rows("SELECT * FROM node ORDER BY id")).isEqualTo(before);
            assertThat(calls.get("releaseSavepoint"))
                    .as("each takes memory that all sessions share")
                    .isEqualTo(calls.get("setSavepoint"))
                    .isLessThan(3 * before.size());
        }

        @Test
        @DisplayName("way 10: a row that a later check has not looked at stalls, and not for the fault of others")
        void way10_aConstraintThatIsNotValid() throws SQLException {
            BranchId branch = setup.begin().delete("item", "id = 1").commit();
            setup.run("ALTER TABLE item ADD CONSTRAINT dear CHECK (amount > 100) NOT VALID");

            Restoration stalled = setup.restore(branch);

            assertThat(stalled.result()).isEqualTo(Restoration.Result.STALLED);
            assertThat(stalled.detail()).contains("check", "NOT VALID", "23514");
        }
    }

    @Nested
    class Types extends TypesContract {

        @Override
        io.dtx.test.Database fresh() {
            io.dtx.test.Database database = Databases.postgreSql().createFresh();
            database.run(
                    "CREATE TYPE an_enum AS ENUM ('sad', 'it''s ok', 'B')",
                    "CREATE TYPE a_composite AS (a integer, b text)",
                    "CREATE DOMAIN positive AS numeric(10,2) CHECK (value > 0)",
                    "CREATE DOMAIN a_domain AS positive");
            return database;
        }

        @Override
        ColumnTypes types() {
            return ColumnTypes.POSTGRESQL;
        }

        @Override
        List<String> lenient() {
            return List.of();
        }

        @Override
        List<String> unusual() {
            return List.of(
                    "SET TimeZone = 'Europe/Berlin'",
                    "SET extra_float_digits = -10",
                    "SET bytea_output = 'escape'",
                    "SET IntervalStyle = 'sql_standard'");
        }

        @Override
        String longText() {
            return "text";
        }
    }

    @Nested
    class Catalogue extends CatalogueContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.postgreSql().createFresh();
        }

        @Override
        Stream<RefusedTable> alsoRefused() {
            return Stream.of(
                    RefusedTable.of(
                            "is outside of",
                            "other.t",
                            "CREATE SCHEMA other",
                            "CREATE TABLE other.t (id INT PRIMARY KEY)"),
                    RefusedTable.of(
                            "a partition",
                            "part1",
                            "CREATE TABLE parts (id INT PRIMARY KEY) PARTITION BY RANGE (id)",
                            "CREATE TABLE part1 PARTITION OF parts DEFAULT"),
                    RefusedTable.of(
                            "inheritance",
                            "heir",
                            "CREATE TABLE base (id INT PRIMARY KEY)",
                            "CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (base)"),
                    RefusedTable.of("inheritance", "base"),
                    RefusedTable.of("unlogged", "volatile", "CREATE UNLOGGED TABLE volatile (id INT PRIMARY KEY)"),
                    RefusedTable.of(
                            "is a foreign table",
                            "remote",
                            "CREATE FOREIGN DATA WRAPPER nothing",
                            "CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing",
                            "CREATE FOREIGN TABLE remote (id int) SERVER nowhere"),
                    RefusedTable.of(
                            "rules",
                            "ruled",
                            "CREATE TABLE ruled (id INT PRIMARY KEY)",
                            "CREATE RULE r AS ON DELETE TO ruled DO INSTEAD NOTHING"),
                    RefusedTable.of("view", "kept", "CREATE MATERIALIZED VIEW kept AS SELECT 1"),
                    RefusedTable.of(
                            "a generated column",
                            "computed",
                            "CREATE TABLE computed (n INT, id INT GENERATED ALWAYS AS (n + 1) STORED PRIMARY KEY)"));
        }

        @Test
        @DisplayName("way 10: a type is the same one, whatever the session's search path is")
        void way10_aTypeIsTheSameByEverySearchPath() throws SQLException {
            setup.run(
                    "CREATE SCHEMA ext",
                    "CREATE TYPE ext.mood AS ENUM ('sad', 'ok')",
                    "CREATE TABLE person (id INT PRIMARY KEY, feels ext.mood)",
                    "INSERT INTO person VALUES (1, 'sad')");
            CapturedTransaction phaseOne = setup.begin().execute("SET search_path = public, ext");
            TableCatalogue byPath = new TableCatalogue(setup.database, Duration.ofMinutes(1));
            Table seen = byPath.table(
                    phaseOne.connection, new TableName(List.of(), new TableName.Identifier("person", false), null));
            phaseOne.close();

            assertThat(seen.columns().get(1).declaration()).isEqualTo("ext.mood");
            assertThat(setup.table("person").columns().get(1).declaration()).isEqualTo("ext.mood");
            BranchId branch = setup.begin().delete("person", "id = 1").commit();
            assertThat(setup.restore(branch).result()).isEqualTo(Restoration.Result.RESTORED);
        }

        @Override
        List<String> trigger() {
            return List.of(
                    "CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                    "CREATE TRIGGER before_parent BEFORE UPDATE ON parent FOR EACH ROW EXECUTE FUNCTION same()");
        }
    }

    @Nested
    class Locks extends LocksContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.postgreSql().createFresh();
        }

        @Override
        Stream<Equals> equalKeys() {
            return Stream.of(
                    new Equals("varchar(20)", List.of(List.of("'a'"), List.of("'A'"), List.of("'a '"))),
                    new Equals("char(5)", List.of(List.of("'a'", "'a '"), List.of("'A'"))),
                    new Equals(
                            "numeric",
                            List.of(
                                    List.of("1", "1.00"),
                                    List.of("1.01"),
                                    List.of("'NaN'"),
                                    List.of("0", "0.000", "-0"))),
                    new Equals("double precision", List.of(List.of("0", "'-0'"), List.of("'NaN'"), List.of("1"))),
                    new Equals(
                            "timestamptz",
                            List.of(
                                    List.of("'2024-10-27 02:30:00+02'", "'2024-10-27 00:30:00+00'"),
                                    List.of("'2024-10-27 02:30:00+01'"))),
                    new Equals("inet", List.of(List.of("'10.0.0.1'", "'10.0.0.1/32'"), List.of("'10.0.0.1/8'"))));
        }
    }

    @Nested
    class TheUndoLog extends UndoLogContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.postgreSql().createFresh();
        }

        @Override
        String otherTimeZone() {
            return "SET TimeZone = 'Asia/Karachi'";
        }

        @Test
        @DisplayName(
                "T16: undo_log is found through the search path, and still the connection starts in another schema")
        void t16_aSearchPathThatBeginsElsewhereIsNoticed() throws SQLException {
            setup.run("CREATE SCHEMA elsewhere");
            BranchId branch = UndoSetup.newBranch();
            try (Connection connection = setup.server.connect()) {
                connection.createStatement().execute("SET search_path = elsewhere, public");
                assertThatExceptionOfType(UndoLogException.class)
                        .isThrownBy(() -> setup.undoLog.insert(connection, branch, new EncodedUndo("", new byte[0])))
                        .withMessageContaining("does not lead to the resource");
                assertThatExceptionOfType(UndoLogException.class)
                        .isThrownBy(() -> setup.restore.restore(connection, branch));
            }
        }

        /** Whether a connection of this database takes the undo row of a SERIALIZABLE local transaction, or is refused. */
        private boolean takes(UndoLog undoLog, io.dtx.test.Database server, String... session) throws SQLException {
            BranchId branch = UndoSetup.newBranch();
            try (Connection connection = server.connect()) {
                for (String sql : session) {
                    connection.createStatement().execute(sql);
                }
                connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
                connection.setAutoCommit(false);
                undoLog.insert(connection, branch, new EncodedUndo("", new byte[0]));
                connection.commit();
            } catch (UndoLogException e) {
                assertThat(e.getMessage()).contains("does not lead to the resource");
                return false;
            }
            String ofBranch = "SELECT log_status FROM undo_log WHERE branch_id = " + branch.number();
            try (Connection connection = server.connect()) {
                assertThat(DatabaseRules.query(connection, ofBranch)).containsExactly(List.of("0"));
            }
            return true;
        }

        private List<String> resourceRows() throws SQLException {
            return setup.rows("SELECT xid FROM undo_log WHERE log_status = 2 ORDER BY xid");
        }

        @Test
        @DisplayName(
                "T16: an insert that does not read, in a SERIALIZABLE local transaction, proves where it lands as well")
        void t16_aSerializableInsertProvesItsResource() throws SQLException {
            UndoSetup other = new UndoSetup(fresh());
            setup.run("CREATE SCHEMA elsewhere");
            assertThat(takes(setup.undoLog, setup.server)).isTrue();
            assertThat(takes(setup.undoLog, other.server)).isFalse();
            assertThat(takes(setup.undoLog, setup.server, "SET search_path = elsewhere, public"))
                    .isFalse();
            assertThat(takes(
                            setup.undoLog,
                            setup.server,
                            "CREATE TEMPORARY TABLE undo_log (LIKE public.undo_log INCLUDING ALL)"))
                    .isFalse();
            assertThat(other.rows("SELECT COUNT(*) FROM undo_log")).containsExactly("2");
        }

        @Test
        @DisplayName(
                "T16: nor does it land where one of the two rows that it is proven by is gone, until that is opened anew")
        void t16_aSerializableInsertMissesTheResourceRow() throws SQLException {
            List<String> rows = resourceRows();
            String first = "'#dtx-resource'";
            assertThat(rows).hasSize(2).startsWith("#dtx-resource");
            setup.run("DELETE FROM undo_log WHERE xid <> " + first);
            assertThat(takes(setup.undoLog, setup.server)).isFalse();
            assertThat(reopened().resource()).isEqualTo(setup.undoLog.resource());
            assertThat(resourceRows()).isEqualTo(rows);
            assertThat(takes(setup.undoLog, setup.server)).isTrue();

            setup.run("DELETE FROM undo_log WHERE xid = " + first);
            assertThat(takes(setup.undoLog, setup.server)).isFalse();
            UndoLog another = reopened();
            assertThat(another.resource()).isNotEqualTo(setup.undoLog.resource());
            assertThat(resourceRows()).as("none of the former id").hasSize(2).doesNotContain(rows.get(1));
            assertThat(takes(setup.undoLog, setup.server)).isFalse();
            assertThat(takes(another, setup.server)).isTrue();
        }

        @Test
        @DisplayName("T16: where the second of these rows can not be made, as on a standby, it is done without")
        void t16_aStandbyWithoutTheSecondResourceRow() throws SQLException {
            setup.run("DELETE FROM undo_log WHERE xid <> '#dtx-resource'");
            UndoLog undoLog;
            try (Connection connection = setup.server.connect()) {
                connection.createStatement().execute("SET default_transaction_read_only = on");
                undoLog = UndoLog.open(connection, setup.database);
            }
            assertThat(resourceRows()).hasSize(1);
            assertThat(takes(undoLog, setup.server)).isTrue();
        }

        /** It was done without from there on, in this process, and without a word. */
        @Test
        @DisplayName("T16: a lock that is waited for in vain is no reason to do without it: the next open makes it")
        void t16_aSecondResourceRowThatSomebodyElseIsMaking() throws SQLException {
            List<String> rows = resourceRows();
            setup.run("DELETE FROM undo_log WHERE xid <> '#dtx-resource'");
            try (Connection other = setup.server.connect();
                    Connection connection = setup.server.connect()) {
                other.setAutoCommit(false);
                other.createStatement()
                        .execute(
                                "INSERT INTO undo_log (branch_id, xid, context, rollback_info, log_status, log_created,"
                                        + " log_modified) SELECT branch_id, '" + rows.get(1)
                                        + "', context, rollback_info,"
                                        + " log_status, log_created, log_modified FROM undo_log");
                connection.createStatement().execute("SET lock_timeout = '50ms'");
                assertThatExceptionOfType(SQLException.class)
                        .isThrownBy(() -> UndoLog.open(connection, setup.database))
                        .satisfies(e -> assertThat(e.getSQLState()).isEqualTo("55P03"));
                other.rollback();
                assertThat(UndoLog.open(connection, setup.database).resource()).isEqualTo(setup.undoLog.resource());
            }
            assertThat(resourceRows()).isEqualTo(rows);
        }

        private UndoLog reopened() throws SQLException {
            try (Connection connection = setup.server.connect()) {
                return UndoLog.open(connection, setup.database);
            }
        }

        @Test
        @DisplayName("I5: a guard row keeps a SERIALIZABLE insert out, by the unique key")
        void i5_aGuardRowKeepsASerializableInsertOut() throws SQLException {
            BranchId branch = UndoSetup.newBranch();
            try (Connection connection = setup.server.connect()) {
                setup.undoLog.insertGuard(connection, branch);
                connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
                assertThatExceptionOfType(SQLException.class)
                        .isThrownBy(() -> setup.undoLog.insert(connection, branch, new EncodedUndo("", new byte[0])))
                        .satisfies(
                                e -> assertThat(UndoLog.violatesConstraint(e)).isTrue());
            }
        }
    }
}
