package io.dtx.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.sql.SqlStatement.Operator;
import io.dtx.sql.SqlStatement.Step;
import io.dtx.sql.SqlStatement.Value;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An assignment that is taken for a step and is not would have an after image computed that is not what the row holds. */
class StepsTests {

    private final SqlAnalyzer analyzer = new SqlAnalyzer();

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    UPDATE t SET c = c + ? WHERE id = ?                  | c PLUS ?1
                    UPDATE t SET c = c - ? WHERE id = ?                  | c MINUS ?1
                    UPDATE t SET c=c-?                                   | c MINUS ?1
                    UPDATE t SET C = `c` + 1.50                          | c PLUS 1.50
                    UPDATE t SET `c` = t.C - 007 WHERE c > ?             | c MINUS 007
                    UPDATE t SET t.c = `T`.c + ?                         | c PLUS ?1
                    UPDATE t AS x SET x.c = x.c + ?, d = ? ORDER BY c    | c PLUS ?1, d SET ?2
                    UPDATE b.t SET c = /* c - ? */ c + ?                 | c PLUS ?1
                    UPDATE b.t SET b.t.c = b.t.c + ?                     | c PLUS ?1
                    UPDATE t SET c = 5, d = -1.25, e = ? LIMIT 2         | c SET 5, d SET -1.25, e SET ?1
                    UPDATE t SET c = c + 1, c = c + 1                    | c PLUS 1, c PLUS 1
                    """)
    void aNumberAloneOrAddedToTheColumnItselfIsAStep(String sql, String steps) {
        assertThat(String.join(
                        ", ",
                        steps(sql, Dialect.MYSQL).stream().map(StepsTests::text).toList()))
                .isEqualTo(steps);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "c = d + ?",
                "c = d",
                "c = x.c + 1",
                "c = x.t.c + 1",
                "c = ? + c",
                "c = 1 - c",
                "c = c * ?",
                "c = c / 2",
                "c = c % 2",
                "c = c | 1",
                "c = c + ? + ?",
                "c = c + ? * 2",
                "c = c + d",
                "c = c + -1",
                "c = c - -?",
                "c = - ?",
                "c = + 1",
                "c = -c",
                "c = c + (1)",
                "c = (c + 1)",
                "c = (c) + 1",
                "c = c + 1e0",
                "c = 1E2",
                "c = c + 0x10",
                "c = x'10'",
                "c = c + .5",
                "c = c + 5.",
                "c = c + '1'",
                "c = '1'",
                "c = c + NULL",
                "c = NULL",
                "c = TRUE",
                "c = DEFAULT",
                "c = DEFAULT(c) + 1",
                "c = ABS(c) + 1",
                "c = c + ABS(1)",
                "c = c || 1",
                "c = c + 1 IS NULL",
                "c = c",
                "c = c + @a",
                "c = c + 1, d = c + 1",
                "c = ?, d = d * 2",
                "c = c + (SELECT 1)",
                "c = c + 1 WHERE id IN (SELECT id FROM u)"
            })
    void anythingElseIsNone(String assignments) {
        SqlStatement statement = analyzer.analyze("UPDATE t SET " + assignments, SessionRules.standard(Dialect.MYSQL));
        if (statement instanceof SqlStatement.Update update) {
            assertThat(update.steps()).isEmpty();
        } else {
            assertThat(statement).isInstanceOf(SqlStatement.Refused.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE t JOIN u ON u.id = t.id SET t.c = t.c + 1",
                "UPDATE t, u SET t.c = t.c + 1 WHERE u.id = t.id",
                "WITH w AS (SELECT 1) UPDATE t SET c = c + 1"
            })
    void severalTablesOrQueriesHaveNone(String sql) {
        assertThat(steps(sql, Dialect.MYSQL)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"true, 1", "false, 0"})
    void doubleQuotesNameAColumnOnlyWhereTheSessionSaysSo(boolean names, int steps) {
        SqlStatement statement =
                analyzer.analyze("UPDATE t SET c = \"c\" + 1", new SessionRules(Dialect.MYSQL, true, names));
        assertThat(((SqlStatement.Update) statement).steps()).hasSize(steps);
    }

    private List<Step> steps(String sql, Dialect dialect) {
        SqlStatement statement = analyzer.analyze(sql, SessionRules.standard(dialect));
        return statement instanceof SqlStatement.Update update ? update.steps() : List.of();
    }

    private static String text(Step step) {
        String operand = step.operand() instanceof Value.Parameter parameter
                ? "?" + parameter.position()
                : ((Value.Literal) step.operand()).sql();
        Operator operator = step.operator();
        return step.column().text().toLowerCase(Locale.ROOT) + " " + operator + " " + operand;
    }
}
