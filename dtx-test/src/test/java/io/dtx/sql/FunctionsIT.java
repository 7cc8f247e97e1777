package io.dtx.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.sql.Functions.Nature;
import io.dtx.test.Databases;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The tables of harmless functions against the databases' own knowledge. */
class FunctionsIT {

    private static final int NO_SUCH_FUNCTION = 1305;

    /** Built in, but part of the grammar and not in the catalogue. */
    private static final Set<String> GRAMMAR = Set.of(
            "CAST",
            "COALESCE",
            "GREATEST",
            "LEAST",
            "NULLIF",
            "GROUPING",
            "TRIM",
            "CURRENT_TIME",
            "CURRENT_TIMESTAMP",
            "LOCALTIME",
            "LOCALTIMESTAMP",
            "CURRENT_CATALOG");

    @Test
    void everyHarmlessFunctionOfPostgreSqlIsBuiltInAndAsStableAsItIsSaid() throws SQLException {
        Set<String> wrong = new TreeSet<>();
        try (Connection connection = Databases.postgreSql().createFresh().connect();
                var catalogue = connection.prepareStatement(
                        "SELECT count(*), count(*) FILTER (WHERE provolatile = 'v') FROM pg_proc p"
                                + " JOIN pg_namespace n ON n.oid = p.pronamespace"
                                + " WHERE n.nspname = 'pg_catalog' AND p.proname = lower(?)")) {
            for (var function : Functions.known(Dialect.POSTGRESQL).entrySet()) {
                catalogue.setString(1, function.getKey());
                try (var counts = catalogue.executeQuery()) {
                    counts.next();
                    boolean known = counts.getInt(1) > 0 || GRAMMAR.contains(function.getKey());
                    boolean changing = counts.getInt(2) > 0 && function.getValue() != Nature.VOLATILE;
                    if (!known || changing) {
                        wrong.add(function.getKey() + (known ? " is volatile" : " is unknown"));
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyHarmlessFunctionOfMySqlIsBuiltIntoMariaDb() throws SQLException {
        Set<String> wrong = new TreeSet<>();
        try (Connection connection = Databases.mariaDb().createFresh().connect()) {
            for (String name : Functions.known(Dialect.MYSQL).keySet()) {
                try (var statement = connection.createStatement()) {
                    statement.execute("SELECT " + name + "(1, 2, 3, 4, 5, 6, 7, 8, 9)");
                } catch (SQLException e) {
                    if (e.getErrorCode() == NO_SUCH_FUNCTION) {
                        wrong.add(name);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }
}
