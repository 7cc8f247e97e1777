package io.dtx.undo;

import io.dtx.test.Databases;
import java.sql.Connection;
import org.junit.jupiter.api.Nested;

class UndoOnH2Tests {

    @Nested
    class Restoring extends RestoreContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.h2().createFresh();
        }

        @Override
        String sessionState(Connection connection) {
            return "";
        }
    }
}
