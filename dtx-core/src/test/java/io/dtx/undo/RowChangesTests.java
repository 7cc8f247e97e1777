package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dtx.undo.UndoEntry.Kind;
import io.dtx.undo.UndoEntry.RecordedColumn;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RowChangesTests {

    private static final List<Value> KEY = List.of(Value.integer(1));

    private static UndoEntry update(String column, long before, long after) {
        return new UndoEntry(
                Kind.UPDATE, "", "s", "t", columns("id", column), List.of(row(1, before)), List.of(row(1, after)));
    }

    private static UndoEntry insert(long a, long b) {
        return new UndoEntry(Kind.INSERT, "", "s", "t", columns("id", "a", "b"), List.of(), List.of(row(1, a, b)));
    }

    private static UndoEntry delete(long a, long b) {
        return new UndoEntry(Kind.DELETE, "", "s", "t", columns("id", "a", "b"), List.of(row(1, a, b)), List.of());
    }

    private static List<RecordedColumn> columns(String... names) {
        return Stream.of(names).map(name -> new RecordedColumn(name, "int")).toList();
    }

    private static Row row(long... values) {
        return new Row(java.util.Arrays.stream(values).mapToObj(Value::integer).toList());
    }

    private static Map<String, Value> state(long a, long b) {
        return Map.of("id", Value.integer(1), "a", Value.integer(a), "b", Value.integer(b));
    }

    private static RowChanges follow(UndoEntry... entries) throws UndoLogException {
        return Objects.requireNonNull(
                RowChanges.follow(List.of(entries), List.of("id")).get(KEY));
    }

    @Test
    void updatesOfDifferentColumnsAddUp() throws UndoLogException {
        RowChanges changes = follow(update("a", 1, 2), update("b", 10, 20), update("a", 2, 3));

        assertThat(changes.isAfter(state(3, 20))).isTrue();
        assertThat(changes.wasBefore(state(1, 10))).isTrue();
        assertThat(changes.isAfter(state(2, 20))).isFalse();
        assertThat(changes.differingFromAfter(state(1, 20))).containsExactly("a");
        assertThat(changes.wasBefore(null)).isFalse();
    }

    @Test
    void aRowInsertedAndDeletedAgainWasNeverThere() throws UndoLogException {
        RowChanges changes = follow(insert(1, 1), update("a", 1, 2), delete(2, 1));

        assertThat(changes.wasBefore(null)).isTrue();
        assertThat(changes.isAfter(null)).isTrue();
        assertThat(changes.isAfter(state(2, 1))).isFalse();
    }

    @Test
    void aRowDeletedAndInsertedAgainWasAndIs() throws UndoLogException {
        RowChanges changes = follow(update("a", 1, 5), delete(5, 1), insert(7, 7));

        assertThat(changes.wasBefore(state(1, 1))).isTrue();
        assertThat(changes.isAfter(state(7, 7))).isTrue();
        assertThat(changes.isAfter(null)).isFalse();
    }

    @Test
    void aChangeBetweenTwoStatementsThatWasNotCapturedIsNoticed() {
        for (UndoEntry[] broken : List.of(
                new UndoEntry[] {update("a", 1, 2), update("a", 3, 4)},
                new UndoEntry[] {insert(1, 1), insert(1, 1)},
                new UndoEntry[] {delete(1, 1), update("a", 1, 2)},
                new UndoEntry[] {delete(1, 1), delete(1, 1)},
                new UndoEntry[] {update("a", 1, 2), insert(1, 1)})) {
            assertThatExceptionOfType(UndoLogException.class).isThrownBy(() -> follow(broken));
        }
    }
}
