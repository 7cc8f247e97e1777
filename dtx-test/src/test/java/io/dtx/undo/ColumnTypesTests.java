package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ColumnTypesTests {

    private static final Path PAGE = Path.of("..", "docs", "guarantees.md");
    private static final String BEGIN =
            "<!-- column types: made by ColumnTypesTests, with -Ddocs.write=true; do not edit -->\n";
    private static final String END = "<!-- end of column types -->\n";

    /** {@code mvn -pl dtx-test -am test -Dtest=ColumnTypesTests -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.write=true} */
    @Test
    void theTableInTheGuaranteesIsThatOfTheTests() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        assertThat(begin).isGreaterThan(BEGIN.length()).isLessThanOrEqualTo(end);
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(PAGE, page.substring(0, begin) + table() + page.substring(end));
        } else {
            assertThat(page.substring(begin, end))
                    .as("docs/guarantees.md is stale: run this test with -Ddocs.write=true")
                    .isEqualTo(table());
        }
    }

    private static String table() {
        return "| | exact, also in a primary key | exact | refused |\n|---|---|---|---|\n"
                + ColumnTypes.MARIADB.row() + "\n"
                + ColumnTypes.POSTGRESQL.row() + "\n"
                + ColumnTypes.H2.row() + "\n";
    }
}
