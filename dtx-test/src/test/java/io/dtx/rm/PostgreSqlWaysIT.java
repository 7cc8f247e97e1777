package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
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
    }
}
