package io.dtx.test.equivalence;

import io.dtx.test.Database;
import io.dtx.test.Databases;

class EquivalenceOnH2IT extends EquivalenceContract {

    @Override
    Grammar grammar() {
        return new H2Grammar();
    }

    @Override
    Ground.Schemata schemata() {
        return new Ground.Schemata() {
            @Override
            public Database create() {
                return Databases.h2().createFresh();
            }

            @Override
            public void drop(Database database) {
                database.run("SHUTDOWN");
            }

            @Override
            public String qualifier(Database database) {
                return "PUBLIC";
            }
        };
    }
}
