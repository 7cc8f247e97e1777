package io.dtx.undo;

import io.dtx.test.docs.GeneratedSection;
import org.junit.jupiter.api.Test;

class ColumnTypesTests {

    @Test
    void theTableInTheGuaranteesIsThatOfTheTests() {
        GeneratedSection.check(ColumnTypesTests.class, table());
    }

    private static String table() {
        return "| | exact, also in a primary key | exact | refused |\n|---|---|---|---|\n"
                + ColumnTypes.MARIADB.row() + "\n"
                + ColumnTypes.POSTGRESQL.row() + "\n"
                + ColumnTypes.H2.row() + "\n";
    }
}
