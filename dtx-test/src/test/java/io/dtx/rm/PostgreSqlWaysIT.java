package io.dtx.rm;

import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
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
}
