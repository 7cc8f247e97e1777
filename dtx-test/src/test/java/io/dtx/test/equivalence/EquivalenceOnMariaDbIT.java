package io.dtx.test.equivalence;

import io.dtx.test.Database;
import io.dtx.test.Databases;
import java.util.List;

class EquivalenceOnMariaDbIT extends EquivalenceContract {

    @Override
    Grammar grammar() {
        return MariaDbGrammar.ALL;
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
            public List<String> qualifiers(Database database) {
                return List.of(database.name());
            }
        };
    }
}
