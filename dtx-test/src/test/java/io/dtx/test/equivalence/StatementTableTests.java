package io.dtx.test.equivalence;

import io.dtx.test.docs.GeneratedSection;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table of statements in {@code docs/guarantees.md}: what the generated tests expect of each shape, per database. */
class StatementTableTests {

    private static final List<Grammar> GRAMMARS = List.of(MariaDbGrammar.ALL, PostgreSqlGrammar.ALL, H2Grammar.ALL);

    @Test
    void thePageSaysWhichStatementsAreExact() {
        StringBuilder table = new StringBuilder("| statement | MariaDB | PostgreSQL | H2 |\n|---|---|---|---|\n");
        for (Shape shape : Shape.values()) {
            table.append("| ").append(shape.text());
            for (Grammar grammar : GRAMMARS) {
                table.append(" | ").append(verdict(grammar, shape));
            }
            table.append(" |\n");
        }
        GeneratedSection.check(StatementTableTests.class, table.toString());
    }

    private static String verdict(Grammar grammar, Shape shape) {
        if (grammar.captured().contains(shape)) {
            return "exact";
        }
        return grammar.refused().contains(shape) ? "refused" : "-";
    }
}
