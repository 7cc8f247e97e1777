package io.dtx.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.sql.SqlStatement.Pin;
import io.dtx.sql.SqlStatement.Value;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A column that is taken for pinned and is not would give a batch the image of another row. */
class PinsTests {

    private final SqlAnalyzer analyzer = new SqlAnalyzer();

    @ParameterizedTest
    @EnumSource
    void columnsThatMustEqualAValueArePinned(Dialect dialect) {
        assertThat(pins("UPDATE t SET v = ? WHERE id = ? AND t.n = 7 AND v > ?", dialect))
                .extracting(pin -> pin.column().text().toLowerCase(Locale.ROOT) + "=" + value(pin))
                .containsExactly("id=?2", "n=7");
        assertThat(pins("DELETE FROM t WHERE id = ?", dialect)).hasSize(1);
        assertThat(pins("DELETE FROM s.t WHERE s.t.id = ? AND t.v = 1 AND r.t.n = 2", dialect))
                .extracting(PinsTests::value)
                .containsExactly("?1", "1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id = ? OR v = 1",
                "v = 1 or id = ?",
                "NOT id = ?",
                "id = ? + 1",
                "id = v",
                "id + 1 = ?",
                "id <> ?",
                "id = (SELECT 1)",
                "id BETWEEN ? AND id = 3",
                "id = CASE WHEN v = ? AND id = 3 THEN 1 END",
                "id = ? IS NULL",
                "(id = ? AND v = 1) IS NULL",
                "u.id = ?",
                "id IN (1)",
                "id = NULL"
            })
    void whatMayHoldForOtherValuesPinsNothing(String condition) {
        assertThat(pins("UPDATE t SET v = 1 WHERE " + condition, Dialect.MYSQL)).isEmpty();
        assertThat(pins("UPDATE t SET v = 1 WHERE " + condition, Dialect.POSTGRESQL))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"id = ? XOR v = 1", "id = ? || v = 1", "id = ? && v = 1", "id = ? DIV 2", "! id = ?"})
    void mySqlsOwnOperatorsPinNothing(String condition) {
        assertThat(pins("DELETE FROM t WHERE " + condition, Dialect.MYSQL)).isEmpty();
    }

    private List<Pin> pins(String sql, Dialect dialect) {
        SqlStatement statement = analyzer.analyze(sql, SessionRules.standard(dialect));
        if (statement instanceof SqlStatement.Update update) {
            return update.pins();
        }
        return statement instanceof SqlStatement.Delete delete ? delete.pins() : List.of();
    }

    private static String value(Pin pin) {
        if (pin.value() instanceof Value.Parameter parameter) {
            return "?" + parameter.position();
        }
        return pin.value() instanceof Value.Literal literal
                ? literal.sql()
                : pin.value().toString();
    }
}
