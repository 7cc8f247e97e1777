package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.Participation;
import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Types;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.util.PGobject;

/** The known ways to lose data, each a test with its number. */
class PostgreSqlWaysIT {

    @Nested
    class AlteredTables extends AlteredTablesContract {
        @Override
        DatabaseServer server() {
            return Databases.postgreSql();
        }
    }

    @Nested
    class Batches extends BatchesContract {
        @Override
        DatabaseServer server() {
            return Databases.postgreSql();
        }
    }

    @Nested
    class TwoTransactions extends TwoTransactionsContract {
        @Override
        DatabaseServer server() {
            return Databases.postgreSql();
        }
    }

    @Nested
    class RowImages extends RowImagesContract {
        @Override
        DatabaseServer server() {
            return Databases.postgreSql();
        }
    }

    @Nested
    class BrokenConnections extends BrokenConnectionsContract {
        @Override
        DatabaseServer server() {
            return Databases.postgreSql();
        }
    }

    @Nested
    class SideEffects extends SideEffectsContract {
        @Override
        DatabaseServer server() {
            return Databases.postgreSql();
        }

        @Override
        List<String> auditTrigger() {
            return List.of(
                    "CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS"
                            + " 'BEGIN INSERT INTO audit (item) VALUES (NEW.id); RETURN NEW; END'",
                    "CREATE TRIGGER audited AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION audited()");
        }

        @Override
        List<String> addingTrigger() {
            return List.of(
                    "CREATE FUNCTION adding() RETURNS trigger LANGUAGE plpgsql AS"
                            + " 'BEGIN UPDATE item SET n = n + 1 WHERE id = NEW.id; RETURN NULL; END'",
                    "CREATE TRIGGER adding AFTER UPDATE ON item FOR EACH ROW WHEN (pg_trigger_depth() = 0)"
                            + " EXECUTE FUNCTION adding()");
        }

        @Override
        List<String> movingTrigger() {
            return List.of(
                    "CREATE FUNCTION moving() RETURNS trigger LANGUAGE plpgsql AS"
                            + " 'BEGIN NEW.id := NEW.id + 100; RETURN NEW; END'",
                    "CREATE TRIGGER moving BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION moving()");
        }
    }

    /** What only PostgreSQL, or its driver, does. */
    @Nested
    class Only extends PostgreSqlOnly {
        @Test
        @DisplayName("way 8: one object that is set for several values, as type handlers do")
        void way8_anObjectThatIsUsedAgain() throws SQLException {
            database.run("CREATE TABLE entry (id INT PRIMARY KEY, a JSONB, b INT[])");
            PGobject json = new PGobject();
            json.setType("jsonb");
            int[] numbers = new int[1];
            inLocal(application.begin(), dataSource, connection -> {
                try (PreparedStatement insert = connection.prepareStatement("INSERT INTO entry VALUES (?, ?, ?)")) {
                    for (int id = 1; id <= 3; id++) {
                        json.setValue("{\"amount\": " + id + "}");
                        numbers[0] = id;
                        insert.setInt(1, id);
                        insert.setObject(2, json);
                        insert.setObject(3, numbers);
                        insert.addBatch();
                    }
                    insert.executeBatch();
                }
                try (PreparedStatement update = connection.prepareStatement("UPDATE entry SET a = ? WHERE a = ?")) {
                    json.setValue("{\"amount\": 7}");
                    update.setObject(1, json);
                    json.setValue("{\"amount\": 2}");
                    update.setObject(2, json);
                    return update.executeUpdate();
                }
            });
            assertThat(Rows.of(database, "SELECT id, a ->> 'amount', b FROM entry ORDER BY id"))
                    .containsExactly("1|1|{1}", "2|7|{2}", "3|3|{3}");
        }

        /** MyBatis's type handlers free them before the statement runs. */
        @Test
        @DisplayName("way 8: arrays and XML that are freed once they are set")
        void way8_whatIsFreedOnceItIsSet() throws SQLException {
            database.run("CREATE TABLE entry (id INT PRIMARY KEY, a TEXT[], b INT[], c DATE[])");
            Object[] texts = {"x,\"y\"", null, "{}\\", "NULL"};
            Participation participation = application.begin();
            inLocal(participation, dataSource, connection -> {
                PGConnection ofPostgreSql = connection.unwrap(PGConnection.class);
                try (PreparedStatement insert = connection.prepareStatement("INSERT INTO entry VALUES (?, ?, ?, ?)")) {
                    for (int id = 1; id <= 4; id++) {
                        insert.setInt(1, id);
                        setAndFree(insert, 2, connection.createArrayOf("text", texts));
                        int[] numbers = {id, Integer.MIN_VALUE}; // sent in binary
                        setAndFree(insert, 3, ofPostgreSql.createArrayOf("int4", numbers));
                        Object[] dates = {LocalDate.of(2024, 2, 29), null};
                        insert.setObject(4, connection.createArrayOf("date", dates), Types.ARRAY);
                        if (id == 1) {
                            assertThat(insert.executeUpdate()).isEqualTo(1);
                        } else {
                            insert.addBatch();
                        }
                    }
                    insert.executeBatch();
                }
                assertThat(changedBy(connection, "UPDATE entry SET a = ? WHERE id = 1", "text", "new"))
                        .isEqualTo(1);
                assertThat(changedBy(connection, "DELETE FROM entry WHERE id = ANY (?)", "int4", 2, 3))
                        .isEqualTo(2);
                try (PreparedStatement select =
                        connection.prepareStatement("SELECT id FROM entry WHERE id = ANY (?) FOR UPDATE")) {
                    setAndFree(select, 1, connection.createArrayOf("int4", new Object[] {1, 2}));
                    try (ResultSet result = select.executeQuery()) {
                        assertThat(result.next()).isTrue();
                        assertThat(result.next()).isFalse();
                    }
                }
                try (PreparedStatement update = connection.prepareStatement(
                        "UPDATE entry SET b = NULL WHERE id = 4 AND CAST(CAST(? AS XML) AS TEXT) = '<a>5</a>'")) {
                    SQLXML xml = connection.createSQLXML();
                    xml.setString("<a>5</a>");
                    update.setSQLXML(1, xml);
                    xml.free();
                    assertThat(update.executeUpdate()).isEqualTo(1);
                }
                return true;
            });
            String all = "SELECT id, a, b, c FROM entry ORDER BY id";
            String dates = "|{2024-02-29,NULL}";
            assertThat(Rows.of(database, all))
                    .containsExactly(
                            "1|{new}|{1,-2147483648}" + dates,
                            "4|{\"x,\\\"y\\\"\",NULL,\"{}\\\\\",\"NULL\"}|null" + dates);
            rollBackAndAwait(participation);
            assertThat(Rows.of(database, all)).isEmpty();
        }

        private static int changedBy(Connection connection, String sql, String type, Object... elements)
                throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                setAndFree(statement, 1, connection.createArrayOf(type, elements));
                return statement.executeUpdate();
            }
        }

        private static void setAndFree(PreparedStatement statement, int index, Array array) throws SQLException {
            statement.setArray(index, array);
            array.free();
        }
    }
}
