package io.dtx.undo;

import io.dtx.test.Databases;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Nested;

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
    }
}
