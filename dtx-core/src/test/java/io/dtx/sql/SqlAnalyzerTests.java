package io.dtx.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.sql.Examples.Example;
import io.dtx.sql.SqlStatement.Insert;
import io.dtx.sql.SqlStatement.Read;
import io.dtx.sql.SqlStatement.Refused;
import io.dtx.sql.SqlStatement.Update;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlAnalyzerTests {

    private static final SessionRules MYSQL = SessionRules.standard(Dialect.MYSQL);
    private static final SessionRules POSTGRESQL = SessionRules.standard(Dialect.POSTGRESQL);

    private final SqlAnalyzer analyzer = new SqlAnalyzer();

    static List<Example> captured() {
        return Examples.in("captured.txt");
    }

    static List<Example> refused() {
        return Examples.in("refused.txt");
    }

    static List<Example> reads() {
        return Examples.in("reads.txt");
    }

    @ParameterizedTest
    @MethodSource("captured")
    void whatIsCapturedIsCutExactlyAsWritten(Example example) {
        assertThat(Described.of(analyzer.analyze(example.sql(), example.rules())))
                .isEqualTo(example.expected());
    }

    @ParameterizedTest
    @MethodSource("refused")
    @DisplayName("Refused with its reason (T17, DESIGN 10 and issue 4)")
    void whatIsNotUnderstoodIsRefusedWithItsReason(Example example) {
        assertThat(analyzer.analyze(example.sql(), example.rules())).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(example.expected());
            assertThat(refused.remedy()).isNotBlank();
        });
    }

    @ParameterizedTest
    @MethodSource("reads")
    void plainReadsPass(Example example) {
        assertThat(analyzer.analyze(example.sql(), example.rules())).isEqualTo(new Read());
    }

    @Test
    void aBackslashEscapesOnlyWhereTheSessionSaysSo() {
        String sql = "UPDATE t SET a = '\\' WHERE b = ?";

        assertThat(analyzer.analyze(sql, MYSQL)).isInstanceOf(Refused.class);
        assertThat(analyzer.analyze(sql, POSTGRESQL)).isInstanceOf(Update.class);
        assertThat(analyzer.analyze(sql, SessionRules.mysql("STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES")))
                .isInstanceOf(Update.class);
        assertThat(analyzer.analyze(sql, SessionRules.postgresql(false))).isInstanceOf(Refused.class);
    }

    @Test
    void theLastNumberIsAskedForByCallsAndVariablesOnly() {
        assertThat(List.of(
                        "SELECT LAST_INSERT_ID()",
                        "SELECT last_insert_id ( ) + 1",
                        "UPDATE t SET a = 1 WHERE id = LAST_INSERT_ID()",
                        "SELECT @@identity",
                        "SELECT @@session.Identity, 1",
                        "SELECT @@LOCAL.last_insert_id",
                        "/* dtx:unprotected counts only */ UPDATE t SET a = `last_insert_id`()"))
                .allMatch(sql -> SqlAnalyzer.mayAskForLastNumber(sql) && analyzer.asksForLastNumber(sql, MYSQL));
        assertThat(List.of("SELECT lastval()", "SELECT pg_catalog.LASTVAL /* ? */ ()"))
                .allMatch(sql -> SqlAnalyzer.mayAskForLastNumber(sql) && analyzer.asksForLastNumber(sql, POSTGRESQL));
        assertThat(List.of(
                        "SELECT lastValue, last_insert_id FROM meter lastval",
                        "INSERT INTO meter (lastVal) VALUES ('lastval()')",
                        "/* LAST_INSERT_ID() */ SELECT 1 -- @@identity",
                        "SELECT @identity, @last_insert_id",
                        "/* dtx:unprotected counts only */ UPDATE t SET a = LAST_INSERT_ID(a + 1)"))
                .noneMatch(sql -> analyzer.asksForLastNumber(sql, MYSQL))
                .noneMatch(sql -> analyzer.asksForLastNumber(sql, POSTGRESQL))
                .noneMatch(sql -> analyzer.asksForLastNumber(sql, SessionRules.standard(Dialect.H2)));
    }

    @Test
    void whatOnlySomeServersBuildInIsKnownThereAlone() {
        for (String sql : List.of(
                "SELECT BIN_TO_UUID(id), ANY_VALUE(a) FROM t WHERE id = UUID_TO_BIN(?)",
                "SELECT IS_UUID(a) FROM t WHERE REGEXP_LIKE(a, '^b')")) {
            assertPassesOnlyOn(sql, MYSQL, Edition.MYSQL_8);
        }
        for (String sql : List.of("SELECT NVL(a, 0), NVL2(a, 1, 0) FROM t", "SELECT NEXTVAL(s)")) {
            assertPassesOnlyOn(sql, MYSQL, Edition.MARIADB);
        }
        for (String sql : List.of(
                "SELECT uuidv7(), UUIDV4(), pg_catalog.uuidv7()",
                "SELECT ANY_VALUE(a) FROM t WHERE REGEXP_LIKE(a, '^b') OR REGEXP_COUNT(a, 'c') > 1")) {
            assertPassesOnlyOn(sql, POSTGRESQL, Edition.POSTGRESQL_18);
        }
        assertThat(analyzer.analyze("UPDATE t SET a = 1 WHERE id = uuidv7()", POSTGRESQL.on(Edition.POSTGRESQL_18)))
                .isInstanceOf(Refused.class);
    }

    private void assertPassesOnlyOn(String sql, SessionRules rules, Edition server) {
        for (Edition edition : Edition.values()) {
            assertThat(analyzer.analyze(sql, rules.on(edition)) instanceof Read)
                    .as("%s on %s", sql, edition)
                    .isEqualTo(edition == server);
        }
    }

    @Test
    void oneTextIsTwoStatementsUnderTwoRules() {
        String sql = "SELECT '\\', nonsense(1), '' FROM t WHERE a = '\\''";

        assertThat(analyzer.analyze(sql, SessionRules.mysql("NO_BACKSLASH_ESCAPES")))
                .isInstanceOf(Refused.class);
        assertThat(analyzer.analyze("SELECT '\\', nonsense(1), '", SessionRules.mysql("")))
                .isEqualTo(new Read());
        assertThat(analyzer.analyze("SELECT '\\', nonsense(1), '", SessionRules.mysql("NO_BACKSLASH_ESCAPES")))
                .isInstanceOf(Refused.class);
    }

    @Test
    void doubleQuotesAreANameOnlyWhereTheSessionSaysSo() {
        String sql = "UPDATE \"t\" SET \"a\" = 1";

        assertThat(analyzer.analyze(sql, MYSQL)).isInstanceOf(Refused.class);
        assertThat(analyzer.analyze(sql, SessionRules.mysql("ansi_quotes"))).isInstanceOf(Update.class);
    }

    @Test
    void aModeThatChangesTheGrammarIsNotAccepted() {
        org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
                .isThrownBy(() -> SessionRules.mysql("PIPES_AS_CONCAT,ORACLE"))
                .withMessageContaining("take it out of sql_mode");
    }

    @Test
    @DisplayName("The opt-out of a statement is a comment at its very beginning, with a reason; values are not shown")
    void theOptOutIsTheBeginningOfTheText() {
        String sql =
                "\n /* dtx:unprotected rows of an audit trail */ INSERT INTO trail SELECT f(a), 'secret', 4711 FROM t";

        assertThat(analyzer.analyze(sql, MYSQL))
                .isEqualTo(new SqlStatement.Unprotected(
                        "rows of an audit trail", "INSERT INTO trail SELECT f(a), ?, ? FROM t"));
    }

    @Test
    void aManyRowedInsertIsReadRowByRow() {
        String sql = "INSERT INTO t (a, b) VALUES (?, ?)" + ", (?, DEFAULT)".repeat(2000);

        assertThat(analyzer.analyze(sql, MYSQL)).isInstanceOfSatisfying(Insert.class, insert -> {
            assertThat(insert.rows()).hasSize(2001);
            assertThat(insert.rows().get(2000))
                    .containsExactly(new SqlStatement.Value.Parameter(2002), new SqlStatement.Value.Default());
            assertThat(insert.parameters()).isEqualTo(2002);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT §(§1§)§",
                "SELECT §CASE WHEN a THEN §1§ END§",
                "SELECT * FROM t WHERE §a = (§1§)§",
                "UPDATE t SET a = 1 WHERE §NOT §b§§",
                "SELECT 1§ UNION SELECT 1§§§",
                "DELETE FROM t WHERE a§ AND a§§§",
                "SELECT a§.a§§§",
                "SELECT §- §1§§",
                "SELECT §ARRAY[§1§]§",
                "SELECT §/* §1§ */§"
            })
    void hostileNestingIsAnsweredInTime(String pattern) {
        String[] parts = pattern.split("§", -1);
        for (int depth : List.of(60, 5_000)) {
            String sql = parts[0] + parts[1].repeat(depth) + parts[2] + parts[3].repeat(depth) + parts[4];
            org.junit.jupiter.api.Assertions.assertTimeout(
                    Duration.ofSeconds(30),
                    () -> assertThat(analyzer.analyze(sql, POSTGRESQL)).isNotNull());
        }
    }

    @Test
    void aTextBeyondTheLimitsIsRefused() {
        assertThat(analyzer.analyze("SELECT '" + "x".repeat(SqlAnalyzer.MAX_LENGTH) + "'", MYSQL))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).contains("characters"));
        assertThat(analyzer.analyze("SELECT 1" + ",1".repeat(60_000), MYSQL))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).contains("words"));
        assertThat(analyzer.analyze("SELECT " + "(".repeat(65) + "1" + ")".repeat(65), MYSQL))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).contains("nested"));
    }

    @Test
    void analysingStartsNoThread() {
        int before = Thread.getAllStackTraces().size();
        for (int i = 0; i < 200; i++) {
            analyzer.analyze("SELECT " + i, MYSQL);
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("pool-"))
                .hasSizeLessThanOrEqualTo(before + 1);
    }

    @Test
    void noLiteralOfTheStatementIsRepeatedInARefusal() {
        for (Example example : refused()) {
            Refused refused = (Refused) analyzer.analyze(example.sql() + " 'geheim' 4711", example.rules());
            assertThat(refused.reason() + refused.remedy())
                    .doesNotContain("geheim")
                    .doesNotContain("4711");
        }
    }
}
