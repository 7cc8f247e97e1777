package io.dtx.test.equivalence;

import io.dtx.test.Database;
import io.dtx.test.Databases;

class EquivalenceOnMariaDbIT extends EquivalenceContract {

    @Override
    Grammar grammar() {
        return new MariaDbGrammar();
    }

    @Override
    Ground.Schemata schemata() {
        return new Ground.Schemata() {
            @Override
            public Database create() {
                return Databases.mariaDb().createFresh();
            }

            @Override
            public void drop(Database database) {
                database.run("DROP DATABASE " + database.name());
            }

            @Override
            public String qualifier(Database database) {
                return database.name();
            }
        };
    }
}
