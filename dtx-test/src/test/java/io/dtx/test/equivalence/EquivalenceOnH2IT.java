package io.dtx.test.equivalence;

import io.dtx.test.Database;
import io.dtx.test.Databases;
import java.util.List;

class EquivalenceOnH2IT extends EquivalenceContract {

    @Override
    Grammar grammar() {
        return H2Grammar.ALL;
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
            public List<String> qualifiers(Database database) {
                return List.of("PUBLIC", database.name() + ".PUBLIC");
            }
        };
    }
}
