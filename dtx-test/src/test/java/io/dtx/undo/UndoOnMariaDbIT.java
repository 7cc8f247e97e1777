package io.dtx.undo;

import io.dtx.test.Databases;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Nested;

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
    }
}
