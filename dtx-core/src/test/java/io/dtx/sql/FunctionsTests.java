package io.dtx.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FunctionsTests {

    private static final int FUNCTION_NOT_FOUND = 90022;

    /** Built in, but not for a list of values. */
    private static final Set<String> SPECIAL = Set.of("GROUPING", "SYSTEM_RANGE", "UNNEST");

    @Test
    void everyHarmlessFunctionOfH2IsBuiltIn() throws SQLException {
        List<String> unknown = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:h2:mem:")) {
            for (String name : Functions.known(Dialect.H2).keySet()) {
                if (!SPECIAL.contains(name) && !isBuiltIn(connection, name)) {
                    unknown.add(name);
                }
            }
        }
        assertThat(unknown).isEmpty();
    }

    private static boolean isBuiltIn(Connection connection, String name) {
        try (var statement = connection.prepareStatement("SELECT " + name + "(1, 2, 3, 4, 5, 6, 7, 8, 9)")) {
            return statement != null;
        } catch (SQLException e) {
            return e.getErrorCode() != FUNCTION_NOT_FOUND;
        }
    }

    @Test
    void functionsThatWriteOrOutliveTheTransactionAreKnownNowhere() {
        for (Dialect dialect : Dialect.values()) {
            assertThat(Functions.known(dialect).keySet())
                    .doesNotContain(
                            "SETVAL",
                            "SET_CONFIG",
                            "GET_LOCK",
                            "RELEASE_LOCK",
                            "BENCHMARK",
                            "LOAD_FILE",
                            "DBLINK",
                            "PG_ADVISORY_LOCK",
                            "PG_NOTIFY",
                            "LO_CREATE",
                            "LO_UNLINK",
                            "QUERY_TO_XML",
                            "CSVWRITE",
                            "FILE_WRITE",
                            "LINK_SCHEMA",
                            "MEMORY_USED",
                            "LAST_INSERT_ID",
                            "LASTVAL",
                            "IDENTITY");
        }
    }
}
