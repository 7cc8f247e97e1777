package io.dtx.spring.application;

import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;

class MigrationOnMariaDbIT extends MigrationContract {

    @Override
    DatabaseServer server() {
        return Databases.mariaDb();
    }
}
