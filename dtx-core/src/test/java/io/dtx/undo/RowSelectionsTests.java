package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dtx.undo.Table.NameCase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RowSelectionsTests {

    private static final Column ID = column("id");
    private static final Column A = column("a");
    private static final Column B = column("b");

    private final RowSelections selections = new RowSelections(Duration.ofHours(1));

    private static Column column(String name) {
        ColumnType type = MySqlTypes.of("int", "int", null, null, "", null);
        return new Column(name, "`" + name + "`", type, true, false, false, false, false, true, "NULL", false);
    }

    private static Table table() {
        return table(List.of(), Table.LOCK);
    }

    private static Table table(List<UniqueIndex> unique, String lockToUpdate) {
        return new Table(
                "c",
                "",
                "t",
                "t",
                List.of(ID, A, B),
                List.of(ID),
                unique,
                List.of(),
                List.of(),
                Set.of(),
                false,
                false,
                NameCase.IGNORED,
                new Shape(List.of()),
                "",
                lockToUpdate,
                "",
                List.of(),
                null);
    }

    @Test
    void aSelectionIsMadeOnceForATableAndTheAssignedColumns() throws Exception {
        Table table = table();
        RowSelection ofA = selections.forUpdate(table, List.of(A));
        assertThat(ofA.columns()).containsExactly(ID, A);
        assertThat(selections.forUpdate(table, List.of(A))).isSameAs(ofA);
        assertThat(selections.forUpdate(table, List.of(B)).columns()).containsExactly(ID, B);
        assertThat(selections.forDelete(table).columns()).containsExactly(ID, A, B);
        assertThat(selections.forLock(table).columns()).containsExactly(ID);
    }

    @Test
    void aTableThatIsReadAnewGetsItsOwnSelection() throws Exception {
        Table known = table();
        Table anew = table();
        RowSelection before = selections.forInsert(known);
        assertThat(anew).isEqualTo(known);
        assertThat(selections.forInsert(anew)).isNotSameAs(before);
        assertThat(selections.forInsert(anew).table()).isSameAs(anew);
    }

    @Test
    void whatIsRefusedIsRefusedEachTime() {
        Table table = table();
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(CaptureRefusedException.class)
                    .isThrownBy(() -> selections.forUpdate(table, List.of(A, ID)));
            assertThatExceptionOfType(CaptureRefusedException.class)
                    .isThrownBy(() -> selections.forUpsert(table, List.of(ID)));
        }
    }

    private static UndoEntry update(RowSelection selection, long... changes) {
        List<Value> before = new ArrayList<>();
        List<Value> after = new ArrayList<>();
        for (long change : changes) {
            before.add(Value.integer(5));
            after.add(Value.integer(5 + change));
        }
        return UndoEntry.update(selection, List.of(new Row(before)), List.of(new Row(after)));
    }

    @Test
    void rowsThatKeepTheirKeysAreLockedAsForAnUpdate() throws Exception {
        UniqueIndex ofA = new UniqueIndex("ux", List.of(), Set.of("a"), true, true, null, "");
        Table table = table(List.of(ofA), "FOR NO KEY UPDATE");
        RowSelection all = selections.forUpsert(table, List.of(A, B));
        RowSelection both = selections.forUpdate(table, List.of(A, B));
        assertThat(both.locking()).isEqualTo("FOR NO KEY UPDATE");
        assertThat(all.locking()).isEqualTo("FOR UPDATE");
        assertThat(selections.forInsert(table).locking()).isEqualTo("FOR UPDATE");
        assertThat(selections.forDelete(table).locking()).isEqualTo("FOR UPDATE");
        assertThat(selections.forLock(table).locking()).isEqualTo("FOR UPDATE");

        UndoEntry ofB = update(both, 0, 0, 1);
        UndoEntry insert = UndoEntry.insert(all, ofB.after());
        UndoEntry delete = UndoEntry.delete(all, ofB.before());
        assertThat(RowSelection.recorded(new PostgreSqlRules(), table, List.of(ofB, ofB))
                        .locking())
                .isEqualTo("FOR NO KEY UPDATE");
        for (UndoEntry keyed : List.of(update(both, 0, 1, 1), insert, delete)) {
            assertThat(RowSelection.recorded(new PostgreSqlRules(), table, List.of(ofB, keyed))
                            .locking())
                    .isEqualTo("FOR UPDATE");
        }
    }

    @Test
    void theSelectListIsThatOfTheAlias() throws Exception {
        RowSelection selection = selections.forUpdate(table(), List.of(A));
        for (int i = 0; i < 2; i++) {
            assertThat(selection.selectList(null)).isEqualTo("`id` AS dtx_image_0, `a` AS dtx_image_1");
            for (int alias = 0; alias < 40; alias++) {
                assertThat(selection.selectList("x" + alias))
                        .isEqualTo("x" + alias + ".`id` AS dtx_image_0, x" + alias + ".`a` AS dtx_image_1");
            }
        }
    }
}
