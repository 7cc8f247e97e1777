package io.dtx.rm;

import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
import java.util.List;
import org.junit.jupiter.api.Nested;

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
}
