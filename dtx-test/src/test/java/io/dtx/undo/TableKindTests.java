package io.dtx.undo;

import io.dtx.test.docs.GeneratedSection;
import io.dtx.undo.CatalogueContract.RefusedTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of tables in {@code docs/guarantees.md}: those that the contract of the catalogue refuses, per database. */
class TableKindTests {

    @Test
    void thePageSaysWhichTablesAreRefused() {
        Map<String, Stream<RefusedTable>> byDatabase = new LinkedHashMap<>();
        byDatabase.put("all", CatalogueContract.refusedEverywhere());
        byDatabase.put("MariaDB", new UndoOnMariaDbIT().new Catalogue().alsoRefused());
        byDatabase.put("PostgreSQL", new UndoOnPostgreSqlIT().new Catalogue().alsoRefused());
        byDatabase.put("H2", new UndoOnH2Tests().new Catalogue().alsoRefused());
        StringBuilder table = new StringBuilder("| database | refused | for example |\n|---|---|---|\n");
        byDatabase.forEach((database, tables) -> tables.forEach(refused -> table.append("| ")
                .append(database)
                .append(" | ")
                .append(refused.why().isEmpty() ? "not an ordinary table" : refused.why())
                .append(" | ")
                .append(example(refused))
                .append(" |\n")));
        GeneratedSection.check(TableKindTests.class, table.toString());
    }

    private static String example(RefusedTable refused) {
        List<String> statements = new ArrayList<>(refused.made());
        if (statements.isEmpty()) {
            statements.add(refused.name());
        }
        return "`" + String.join("; ", statements) + "`";
    }
}
