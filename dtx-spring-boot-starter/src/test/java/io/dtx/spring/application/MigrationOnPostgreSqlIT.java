package io.dtx.spring.application;

import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;

class MigrationOnPostgreSqlIT extends MigrationContract {

    @Override
    DatabaseServer server() {
        return Databases.postgreSql();
    }
}
