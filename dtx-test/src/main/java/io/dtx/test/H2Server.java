package io.dtx.test;

import io.dtx.sql.Dialect;

/** H2 in memory, inside this JVM; a database lives as long as the JVM. */
final class H2Server implements DatabaseServer {

    @Override
    public Dialect dialect() {
        return Dialect.H2;
    }

    @Override
    public Database create(String name) {
        Database database = new Database(Dialect.H2, name, "jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1", "sa", "");
        database.run("SELECT 1");
        return database;
    }

    @Override
    public void close() {
        // Nothing runs outside this JVM.
    }
}
