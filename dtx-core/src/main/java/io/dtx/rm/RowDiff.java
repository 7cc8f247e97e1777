package io.dtx.rm;

import io.dtx.undo.Column;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.UndoEntry;
import io.dtx.undo.Value;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a statement did, told from all rows that it may have touched, before and after: up to three entries, in an order whose
 * reverse puts the rows back without meeting a unique key: what was inserted goes first, what was deleted comes last. Rows that
 * are as they were need only their locks.
 */
final class RowDiff {

    private RowDiff() {}

    /** @param selection that of every column, so that any change shows */
    static void capture(StatementRun execution, RowSelection selection, List<Row> before, List<Row> after) {
        Map<List<Value>, Row> now = new LinkedHashMap<>();
        after.forEach(row -> now.put(selection.key(row), row));
        List<Row> deleted = new ArrayList<>();
        List<Row> old = new ArrayList<>();
        List<Row> updated = new ArrayList<>();
        List<Row> kept = new ArrayList<>();
        for (Row row : before) {
            Row match = now.get(selection.key(row));
            if (match == null || isAnother(selection, row, match)) {
                deleted.add(row);
                continue;
            }
            now.remove(selection.key(row));
            if (match.values().equals(row.values())) {
                kept.add(row);
            } else {
                old.add(row);
                updated.add(match);
            }
        }
        List<Row> inserted = List.copyOf(now.values());
        if (!deleted.isEmpty()) {
            execution.captured(UndoEntry.delete(selection, deleted), selection, deleted, List.of());
        }
        if (!old.isEmpty()) {
            execution.captured(UndoEntry.update(selection, old, updated), selection, old, updated);
        }
        if (!inserted.isEmpty()) {
            execution.captured(UndoEntry.insert(selection, inserted), selection, List.of(), inserted);
        }
        if (!kept.isEmpty()) {
            // Whoever made them so may have to take it back: they are locked, though there is nothing of them to undo.
            execution.captured(null, selection, kept, kept);
        }
        execution.transaction().unchanged();
    }

    /** One MERGE may delete a row and insert another of its key: a number that no UPDATE assigns tells the two apart. */
    private static boolean isAnother(RowSelection selection, Row row, Row match) {
        List<Column> columns = selection.columns();
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).alwaysNumbered()
                    && !row.values().get(i).equals(match.values().get(i))) {
                return true;
            }
        }
        return false;
    }

    /** The rows whose keys are not among those of others. */
    static List<Row> without(RowSelection selection, List<Row> rows, List<Row> others) {
        Set<List<Value>> keys = selection.keys(others);
        return rows.stream().filter(row -> !keys.contains(selection.key(row))).toList();
    }

    static SQLException appeared(StatementRun execution, RowSelection selection, @Nullable Throwable cause) {
        return SqlErrors.conflict(
                "a statement of the global transaction "
                        + execution.owner().xid() + " on " + selection.table()
                        + " met a row that was not there just before: its local transaction rolls back. Run it"
                        + " again",
                cause);
    }
}
