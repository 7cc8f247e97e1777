package io.dtx.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.sql.RandomStatements.Sample;
import io.dtx.sql.SqlStatement.Read;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Run one seed again with {@code -Ddtx.seed=..}, more of them with {@code -Ddtx.sql.samples=..}. */
class RandomStatementsTests {

    private static final long SEED = Long.getLong("dtx.seed", new Random().nextLong());
    private static final int SAMPLES = Integer.getInteger("dtx.sql.samples", 500);

    private final SqlAnalyzer analyzer = new SqlAnalyzer();

    @ParameterizedTest
    @EnumSource
    void everyClauseIsCutAsItWasPutTogether(Dialect dialect) {
        SessionRules rules = SessionRules.standard(dialect);
        RandomStatements statements = new RandomStatements(SEED, dialect);
        for (int i = 0; i < SAMPLES; i++) {
            Sample sample = statements.next();
            assertThat(withoutPins(analyzer.analyze(sample.sql(), rules)))
                    .as("seed %d, %s: %s", SEED, dialect, sample.sql())
                    .isEqualTo(sample.expected());
        }
    }

    /** They are no clause of their own; {@code PinsTests} is about them. */
    private static SqlStatement withoutPins(SqlStatement statement) {
        if (statement instanceof SqlStatement.Update update) {
            return new SqlStatement.Update(
                    update.table(),
                    update.head(),
                    update.from(),
                    update.assigned(),
                    update.where(),
                    update.orderBy(),
                    update.limit(),
                    update.parameters(),
                    update.around(),
                    List.of(),
                    List.of());
        }
        if (statement instanceof SqlStatement.Delete delete) {
            return new SqlStatement.Delete(
                    delete.table(),
                    delete.head(),
                    delete.from(),
                    delete.where(),
                    delete.orderBy(),
                    delete.limit(),
                    delete.parameters(),
                    delete.around(),
                    List.of());
        }
        return statement;
    }

    @ParameterizedTest
    @EnumSource
    void noBrokenWriteIsTakenForARead(Dialect dialect) {
        SessionRules rules = SessionRules.standard(dialect);
        RandomStatements statements = new RandomStatements(SEED, dialect);
        Random random = new Random(SEED);
        for (int i = 0; i < SAMPLES; i++) {
            String whole = statements.next().sql();
            String broken = RandomStatements.broken(whole, random);
            SqlStatement statement = analyzer.analyze(broken, rules);
            if (statement instanceof Read) {
                String first = firstWord(broken, dialect);
                assertThat(first)
                        .as("seed %d, %s: %s", SEED, dialect, broken)
                        .isIn("select", "with", "values", "table");
            }
        }
    }

    /** Found without the lexer: blanks and whole comments are taken off the front. MySQL's comments do not nest. */
    private static String firstWord(String sql, Dialect dialect) {
        int i = 0;
        int before;
        do {
            before = i;
            while (i < sql.length() && Character.isWhitespace(sql.charAt(i))) {
                i++;
            }
            if (sql.startsWith("--", i) || sql.startsWith("#", i)) {
                i = behind(sql.indexOf('\n', i), 1, sql);
            } else if (sql.startsWith("/*", i)) {
                i = dialect == Dialect.MYSQL ? behind(sql.indexOf("*/", i + 2), 2, sql) : behindNested(sql, i);
            }
        } while (i > before);
        return sql.substring(i).replaceFirst("(?s)^\\(*\\s*(\\w*).*", "$1").toLowerCase(Locale.ROOT);
    }

    private static int behind(int found, int length, String sql) {
        return found < 0 ? sql.length() : found + length;
    }

    private static int behindNested(String sql, int start) {
        int depth = 1;
        int i = start + 2;
        while (i < sql.length() && depth > 0) {
            boolean opens = sql.startsWith("/*", i);
            boolean closes = sql.startsWith("*/", i);
            depth += opens ? 1 : closes ? -1 : 0;
            i += opens || closes ? 2 : 1;
        }
        return i;
    }
}
