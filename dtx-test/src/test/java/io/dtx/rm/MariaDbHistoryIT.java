package io.dtx.rm;

import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;

class MariaDbHistoryIT extends HistoryContract {

    @Override
    DatabaseServer server() {
        return Databases.mariaDb();
    }

    @Override
    String autoKey() {
        return "BIGINT AUTO_INCREMENT PRIMARY KEY";
    }

    @Override
    String blob() {
        return "LONGBLOB";
    }
}
