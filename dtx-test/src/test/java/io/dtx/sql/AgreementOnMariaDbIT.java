package io.dtx.sql;

import io.dtx.test.Databases;

class AgreementOnMariaDbIT extends AgreementContract {

    AgreementOnMariaDbIT() {
        super(Databases.mariaDb());
    }

    @Override
    String generatedKey() {
        return "id INT AUTO_INCREMENT PRIMARY KEY";
    }
}
