package io.dtx.rm;

import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
import java.util.List;
import org.junit.jupiter.api.Nested;

/** The known ways to lose data, each a test with its number. */
class MariaDbWaysIT {

    @Nested
    class AlteredTables extends AlteredTablesContract {
        @Override
        DatabaseServer server() {
            return Databases.mariaDb();
        }
    }

    @Nested
    class Batches extends BatchesContract {
        @Override
        DatabaseServer server() {
            return Databases.mariaDb();
        }
    }

    @Nested
    class TwoTransactions extends TwoTransactionsContract {
        @Override
        DatabaseServer server() {
            return Databases.mariaDb();
        }
    }

    @Nested
    class RowImages extends RowImagesContract {
        @Override
        DatabaseServer server() {
            return Databases.mariaDb();
        }
    }

    @Nested
    class BrokenConnections extends BrokenConnectionsContract {
        @Override
        DatabaseServer server() {
            return Databases.mariaDb();
        }
    }

    @Nested
    class SideEffects extends SideEffectsContract {
        @Override
        DatabaseServer server() {
            return Databases.mariaDb();
        }

        @Override
        List<String> auditTrigger() {
            return List.of(
                    "CREATE TRIGGER audited AFTER INSERT ON item FOR EACH ROW INSERT INTO audit (item) VALUES (NEW.id)");
        }

        @Override
        List<String> addingTrigger() {
            return List.of("CREATE TRIGGER adding BEFORE UPDATE ON item FOR EACH ROW SET NEW.n = NEW.n + 1");
        }

        @Override
        List<String> movingTrigger() {
            return List.of("CREATE TRIGGER moving BEFORE INSERT ON item FOR EACH ROW SET NEW.id = NEW.id + 100");
        }
    }

    @Nested
    class OnlyHere extends MariaDbOnly {}

    @Nested
    class ComputedAfterImages extends MariaDbComputedImages {}
}
