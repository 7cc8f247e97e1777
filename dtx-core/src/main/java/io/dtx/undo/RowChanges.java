package io.dtx.undo;

import io.dtx.undo.UndoEntry.RecordedColumn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a local transaction did to one row in all, however many of its statements touched it: the state of its imaged
 * columns before the first, and after the last. Made statement by statement; not thread-safe.
 */
final class RowChanges {

    /** Column name to value; null if there was no such row. */
    private @Nullable Map<String, Value> before;

    private @Nullable Map<String, Value> after;

    private RowChanges() {}

    /**
     * Follows the statements of one table.
     *
     * @param entries in statement order
     * @param key the names of the primary key's columns
     * @return by the values of the key, in the order of first touch
     * @throws UndoLogException if an image does not follow from the one before it: something changed the row in between
     *     that was not captured
     */
    static Map<List<Value>, RowChanges> follow(List<UndoEntry> entries, List<String> key) throws UndoLogException {
        Map<List<Value>, RowChanges> rows = new LinkedHashMap<>();
        for (UndoEntry entry : entries) {
            for (int i = 0; i < Math.max(entry.before().size(), entry.after().size()); i++) {
                Map<String, Value> from =
                        i < entry.before().size() ? state(entry, entry.before().get(i)) : null;
                Map<String, Value> to =
                        i < entry.after().size() ? state(entry, entry.after().get(i)) : null;
                List<Value> keyOfRow = key(from != null ? from : to, key);
                RowChanges row = rows.get(keyOfRow);
                if (row == null) {
                    row = new RowChanges();
                    row.before = from;
                    row.after = to;
                    rows.put(keyOfRow, row);
                } else if (!row.add(from, to)) {
                    throw new UndoLogException("a row of " + entry.table()
                            + " changed between two statements of one local transaction, and not by a statement that dtx"
                            + " captured");
                }
            }
        }
        return rows;
    }

    /**
     * Whether the images of a local transaction follow from each other, as its restore will ask: what does not must not be
     * committed. Entries of which a table has only one follow from nothing.
     *
     * @param entries as captured, with their keys
     * @throws UndoLogException if an image does not follow from the one before it
     */
    static void check(List<UndoEntry> entries) throws UndoLogException {
        Map<String, List<UndoEntry>> byTable = new LinkedHashMap<>();
        for (UndoEntry entry : entries) {
            byTable.computeIfAbsent(entry.table(), table -> new ArrayList<>()).add(entry);
        }
        for (List<UndoEntry> ofTable : byTable.values()) {
            if (ofTable.size() > 1 && !ofTable.get(0).key().isEmpty()) {
                follow(ofTable, ofTable.get(0).key());
            }
        }
    }

    private static Map<String, Value> state(UndoEntry entry, Row row) {
        Map<String, Value> state = new LinkedHashMap<>();
        List<RecordedColumn> columns = entry.columns();
        for (int i = 0; i < columns.size(); i++) {
            state.put(columns.get(i).name(), row.values().get(i));
        }
        return state;
    }

    private static List<Value> key(@Nullable Map<String, Value> state, List<String> key) throws UndoLogException {
        List<Value> values = new ArrayList<>(key.size());
        for (String column : key) {
            Value value = state == null ? null : state.get(column);
            if (value == null || value.isNull()) {
                throw new UndoLogException("an image has no value for the key column " + column);
            }
            values.add(value);
        }
        return values;
    }

    private boolean add(@Nullable Map<String, Value> from, @Nullable Map<String, Value> to) {
        if (from == null || after == null) {
            if (from != null || after != null) {
                return false;
            }
            after = to;
            return true;
        }
        for (Map.Entry<String, Value> column : from.entrySet()) {
            Value known = after.get(column.getKey());
            if (known != null && !known.equals(column.getValue())) {
                return false;
            }
            if (known == null && before != null) {
                before.put(column.getKey(), column.getValue());
            }
        }
        if (to == null) {
            after = null;
        } else {
            after.putAll(to);
        }
        return true;
    }

    /** Whether the row, read now, is as it was before; null stands for no row. */
    boolean wasBefore(@Nullable Map<String, Value> now) {
        return matches(before, now);
    }

    /** Whether the row, read now, is as the local transaction left it. */
    boolean isAfter(@Nullable Map<String, Value> now) {
        return matches(after, now);
    }

    /** Column name to value; null if there was no such row. */
    @Nullable Map<String, Value> before() {
        return before;
    }

    /** Likewise. */
    @Nullable Map<String, Value> after() {
        return after;
    }

    boolean existsAfter() {
        return after != null;
    }

    /** The columns in which the row, read now, differs from what the local transaction left. */
    List<String> differingFromAfter(Map<String, Value> now) {
        return differing(after, now);
    }

    /** The columns in which the row, read now, differs from what was before. */
    List<String> differingFromBefore(Map<String, Value> now) {
        return differing(before, now);
    }

    private static List<String> differing(@Nullable Map<String, Value> expected, Map<String, Value> now) {
        if (expected == null) {
            return List.copyOf(now.keySet());
        }
        return expected.entrySet().stream()
                .filter(column -> !column.getValue().equals(now.get(column.getKey())))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static boolean matches(@Nullable Map<String, Value> expected, @Nullable Map<String, Value> now) {
        if (expected == null || now == null) {
            return expected == null && now == null;
        }
        return differing(expected, now).isEmpty();
    }
}
