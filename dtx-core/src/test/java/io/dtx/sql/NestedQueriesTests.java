package io.dtx.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A query that is taken for one without a table reads what was there, and not what is; a clause in its middle is no SQL. */
class NestedQueriesTests {

    /** {@code #} stands for the clause, braces for the brackets that are added. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "id IN (SELECT id FROM v#)",
                "id IN (TABLE v#)",
                "id IN (SELECT 1)",
                "id IN ({SELECT id FROM v#} UNION {SELECT id FROM w#})",
                "id IN ({SELECT id FROM v#} UNION ALL {TABLE w#})",
                "id IN (SELECT 1 UNION DISTINCT {SELECT id FROM w#} ORDER BY 1 LIMIT 5)",
                "id IN ({SELECT id FROM v#} EXCEPT {SELECT id FROM w#} LIMIT ?)",
                "id IN ({SELECT id FROM v#} INTERSECT {SELECT id FROM w#} OFFSET 2 ROWS)",
                "id IN ({SELECT id FROM v#} UNION {SELECT id FROM w#} OFFSET ? ROWS FETCH NEXT 5 ROWS ONLY)",
                "id IN ({SELECT id FROM v#} UNION {SELECT id FROM w#} FETCH FIRST 5 ROWS ONLY)",
                // columns, tables and aliases by those names
                "id IN ({SELECT v.offset FROM v#} UNION {SELECT id FROM w#})",
                "id IN ({SELECT v.limit FROM v WHERE v.fetch > 5#} UNION {SELECT w.order FROM w WHERE w.offset = 1#})",
                "id IN ({SELECT offset FROM v#} UNION {SELECT id FROM w WHERE offset > ? AND 5 < offset#} LIMIT 5 OFFSET 2)",
                "id IN ({SELECT offset.id FROM offset#} UNION {SELECT id AS offset FROM w offset#} ORDER BY offset)"
            })
    void everyQueryWithATableLocks(String expected) {
        Tokens tokens = Tokens.of(expected.replaceAll("[#{}]", ""), SessionRules.standard(Dialect.MYSQL));
        assertThat(NestedQueries.locking(tokens, tokens.sql(), 0, tokens.size()))
                .isEqualTo(expected.replace("{", "(").replace("}", ")").replace("#", "\nLOCK IN SHARE MODE"));
    }
}
