package io.dtx.test.equivalence;

import io.dtx.test.Database;
import io.dtx.test.Databases;
import java.util.List;

class EquivalenceOnPostgreSqlIT extends EquivalenceContract {

    @Override
    Grammar grammar() {
        return PostgreSqlGrammar.ALL;
    }

    @Override
    Ground.Schemata schemata() {
        Database home = Databases.postgreSql().createFresh();
        return new Ground.Schemata() {
            private int last;

            /** A schema of one database: made in no time. */
            @Override
            public Database create() {
                String name = "s" + ++last;
                home.run("CREATE SCHEMA " + name);
                return new Database(
                        home.dialect(), name, home.url() + "?currentSchema=" + name, home.user(), home.password());
            }

            @Override
            public void drop(Database schema) {
                home.run("DROP SCHEMA " + schema.name() + " CASCADE");
            }

            @Override
            public List<String> qualifiers(Database schema) {
                return List.of(schema.name(), home.name() + "." + schema.name());
            }
        };
    }
}
