package io.dtx.rm;

import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Nested;

/** The known ways to lose data, each a test with its number. */
class H2WaysIT {

    @Nested
    class AlteredTables extends AlteredTablesContract {
        @Override
        DatabaseServer server() {
            return Databases.h2();
        }
    }

    @Nested
    class Batches extends BatchesContract {
        @Override
        DatabaseServer server() {
            return Databases.h2();
        }
    }

    @Nested
    class TwoTransactions extends TwoTransactionsContract {
        @Override
        DatabaseServer server() {
            return Databases.h2();
        }
    }

    @Nested
    class RowImages extends RowImagesContract {
        @Override
        DatabaseServer server() {
            return Databases.h2();
        }
    }

    @Nested
    class BrokenConnections extends BrokenConnectionsContract {
        @Override
        DatabaseServer server() {
            return Databases.h2();
        }
    }

    @Nested
    class SideEffects extends SideEffectsContract {
        @Override
        DatabaseServer server() {
            return Databases.h2();
        }

        @Override
        List<String> auditTrigger() {
            return List.of("CREATE TRIGGER audited AFTER INSERT ON item FOR EACH ROW CALL '"
                    + AuditTrigger.class.getName() + "'");
        }
    }

    /** Writes a row of {@code audit}. */
    public static final class AuditTrigger implements org.h2.api.Trigger {
        @Override
        public void fire(Connection connection, Object[] before, Object[] after) throws SQLException {
            Application.update(connection, "INSERT INTO audit (item) VALUES (?)", after[0]);
        }
    }
}
