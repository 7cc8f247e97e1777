package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.sql.SqlStatement.Operator;
import io.dtx.undo.Table.NameCase;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ColumnChangeTests {

    private static final Column ID = column("id", "int");
    private static final Column N = column("n", "tinyint unsigned");
    private static final Column D = column("d", "decimal(5,2)");
    private static final Column F = column("f", "float");
    private static final Column CLOCK =
            new Column("clock", "`clock`", type("datetime"), false, false, false, false, true, true, null, false);

    private static ColumnType type(String declared) {
        return MySqlTypes.of(declared.split("[( ]")[0], declared, null, null, "", null);
    }

    private static Column column(String name, String declared) {
        return new Column(
                name, "`" + name + "`", type(declared), true, false, false, false, false, true, "NULL", false);
    }

    private static Table table(List<UniqueIndex> unique, boolean sideEffects, Column... columns) {
        return new Table(
                "c",
                "",
                "t",
                "t",
                List.of(columns),
                List.of(columns[0]),
                unique,
                List.of(),
                List.of(),
                Set.of(),
                sideEffects,
                false,
                NameCase.IGNORED,
                new Shape(List.of()),
                "",
                Table.LOCK,
                "",
                List.of(),
                null);
    }

    private static final Table TABLE = table(List.of(), false, ID, N, D, F);

    private static RowSelection selection(Table table, Column... assigned) throws CaptureRefusedException {
        return RowSelection.forUpdate(table, List.of(assigned));
    }

    private static ColumnChange change(Column column, Operator operator, String number) {
        return new ColumnChange(column, operator, new BigDecimal(number));
    }

    private static Row row(int id, Object... values) {
        List<Value> all = new java.util.ArrayList<>(List.of(Value.integer(id)));
        for (Object value : values) {
            all.add(value instanceof Integer n ? Value.integer(n) : Value.decimal((String) value));
        }
        return new Row(all, List.of(Value.text("of the key")));
    }

    private static @Nullable List<Row> after(RowSelection selection, Row before, ColumnChange... changes) {
        return ColumnChange.after(selection, List.of(before), List.of(changes));
    }

    @Test
    void eachRowIsChangedAsTheStatementChangesIt() throws CaptureRefusedException {
        ColumnChange debit = change(D, Operator.MINUS, "1");
        ColumnChange count = change(N, Operator.PLUS, "55");
        List<Row> before = List.of(row(1, 200, "100.00"), row(2, 0, "0.50"));

        assertThat(ColumnChange.after(selection(TABLE, D, N), before, List.of(debit, count)))
                .containsExactly(row(1, 255, "99.00"), row(2, 55, "-0.50"));
        assertThat(after(selection(TABLE, D), row(1, "1.00"), debit)).containsExactly(row(1, "0.00"));
    }

    @Test
    void aColumnIsSetToANumberWhateverItWas() throws CaptureRefusedException {
        ColumnChange set = change(D, Operator.SET, "-7.5");
        assertThat(after(selection(TABLE, D), row(1, "1.00"), set)).containsExactly(row(1, "-7.50"));
        Row wasNull = new Row(List.of(Value.integer(1), Value.NULL), List.of(Value.text("of the key")));
        assertThat(after(selection(TABLE, D), wasNull, set)).containsExactly(row(1, "-7.50"));
        assertThat(after(selection(TABLE, D), wasNull, change(D, Operator.PLUS, "1")))
                .isNull();
    }

    @Test
    void oneRowWhoseNumberDoesNotFitHasAllOfThemRead() throws CaptureRefusedException {
        List<Row> before = List.of(row(1, 10), row(2, 250));
        RowSelection selection = selection(TABLE, N);
        assertThat(ColumnChange.after(selection, before, List.of(change(N, Operator.PLUS, "5"))))
                .hasSize(2);
        assertThat(ColumnChange.after(selection, before, List.of(change(N, Operator.PLUS, "6"))))
                .isNull();
        assertThat(ColumnChange.after(selection, before, List.of(change(N, Operator.MINUS, "11"))))
                .isNull();
        assertThat(ColumnChange.after(selection, before, List.of(change(N, Operator.SET, "256"))))
                .isNull();
    }

    @Test
    void whatTheDatabaseRoundsItIsAskedFor() throws CaptureRefusedException {
        assertThat(after(selection(TABLE, D), row(1, "1.00"), change(D, Operator.PLUS, "0.005")))
                .isNull();
        assertThat(after(selection(TABLE, D), row(1, "1.00"), change(D, Operator.SET, "0.005")))
                .isNull();
        Row floating = new Row(List.of(Value.integer(1), Value.doublePrecision(1)));
        assertThat(after(selection(TABLE, F), floating, change(F, Operator.PLUS, "1")))
                .isNull();
    }

    @Test
    void aColumnThatIsNotAsItIsKnownIsRead() throws CaptureRefusedException {
        for (Operator operator : Operator.values()) {
            assertThat(after(selection(TABLE, D), row(1, "1.000"), change(D, operator, "1")))
                    .isNull();
            assertThat(after(selection(TABLE, N), row(1, 256), change(N, operator, "1")))
                    .isNull();
        }
    }

    @Test
    void aColumnThatIsAssignedTwiceIsRead() throws CaptureRefusedException {
        ColumnChange plus = change(N, Operator.PLUS, "1");
        assertThat(after(selection(TABLE, N, N), row(1, 1), plus, plus)).isNull();
    }

    @Test
    void whatTheDatabaseChangesBesideItIsRead() throws CaptureRefusedException {
        ColumnChange plus = change(N, Operator.PLUS, "1");
        Row clock = new Row(List.of(Value.integer(1), Value.integer(1), Value.text("2026-01-01 00:00:00")));
        assertThat(after(selection(table(List.of(), false, ID, N, CLOCK), N), clock, plus))
                .isNull();
        assertThat(after(selection(table(List.of(), true, ID, N), N), row(1, 1), plus))
                .isNull();
    }

    @Test
    void aColumnOfAUniqueIndexIsRead() throws CaptureRefusedException {
        UniqueIndex onN = new UniqueIndex("u", List.of(new UniqueIndex.Part(N, 0)), Set.of("n"), true, false, null, "");
        Table table = table(List.of(onN), false, ID, N, D);
        assertThat(after(selection(table, N), row(1, 1), change(N, Operator.PLUS, "1")))
                .isNull();
        assertThat(after(selection(table, D), row(1, "1.00"), change(D, Operator.PLUS, "1")))
                .isNotNull();
    }
}
