package io.dtx.spring.application;

import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;

class MigrationOnH2Tests extends MigrationContract {

    @Override
    DatabaseServer server() {
        return Databases.h2();
    }
}
