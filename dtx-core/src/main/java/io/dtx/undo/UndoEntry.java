package io.dtx.undo;

import java.util.List;

/**
 * What one statement did to one table, as it is recorded: enough to put back what was there. Immutable.
 *
 * @param kind what it did
 * @param catalogue the table's place and name, as the database's catalogue spells them
 * @param schema likewise
 * @param table likewise
 * @param columns the columns of the rows' values, in order; the primary key's are among them
 * @param before the rows before; for an update in the same order as after, for an insert empty
 * @param after the rows after; for a delete empty
 * @param key the names of the primary key's columns; not recorded: empty in a decoded entry, whose table tells them
 * @param sideEffectsAccepted whether the application that ran the statement had accepted what triggers and cascades of the
 *     table write: whoever undoes it need not have been told so himself. False in entries of versions that did not record it
 */
public record UndoEntry(
        Kind kind,
        String catalogue,
        String schema,
        String table,
        List<RecordedColumn> columns,
        List<Row> before,
        List<Row> after,
        List<String> key,
        boolean sideEffectsAccepted) {

    /** As it is decoded, where no side effects were accepted. */
    UndoEntry(
            Kind kind,
            String catalogue,
            String schema,
            String table,
            List<RecordedColumn> columns,
            List<Row> before,
            List<Row> after) {
        this(kind, catalogue, schema, table, columns, before, after, List.of(), false);
    }

    /** What a statement did. The codes are stored; they never change. */
    public enum Kind {
        INSERT(1),
        UPDATE(2),
        DELETE(3);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static Kind of(int code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("unknown kind of undo entry: " + code);
        }
    }

    /** A column's name, and its type as it was declared when the image was taken. */
    public record RecordedColumn(String name, String declaration) {}

    public UndoEntry {
        columns = List.copyOf(columns);
        before = List.copyOf(before);
        after = List.copyOf(after);
        key = List.copyOf(key);
        boolean fits = switch (kind) {
            case INSERT -> before.isEmpty();
            case UPDATE -> before.size() == after.size();
            case DELETE -> after.isEmpty();
        };
        if (!fits) {
            throw new IllegalArgumentException(
                    before.size() + " rows before and " + after.size() + " after do not make an undo entry of " + kind);
        }
        for (List<Row> rows : List.of(before, after)) {
            for (Row row : rows) {
                if (row.values().size() != columns.size()) {
                    throw new IllegalArgumentException(
                            row.values().size() + " values for " + columns.size() + " columns of " + table);
                }
            }
        }
    }

    public static UndoEntry insert(RowSelection selection, List<Row> after) {
        return of(Kind.INSERT, selection, List.of(), after);
    }

    /** @param after in the order of {@code before}, see {@link RowSelection#inOrderOf} */
    public static UndoEntry update(RowSelection selection, List<Row> before, List<Row> after) {
        return of(Kind.UPDATE, selection, before, after);
    }

    public static UndoEntry delete(RowSelection selection, List<Row> before) {
        return of(Kind.DELETE, selection, before, List.of());
    }

    /** Whether a row has another value of a column than before. */
    boolean updates(RecordedColumn column) {
        int position = columns.indexOf(column);
        for (int i = 0; i < Math.min(before.size(), after.size()); i++) {
            Value was = before.get(i).values().get(position);
            if (!was.equals(after.get(i).values().get(position))) {
                return true;
            }
        }
        return false;
    }

    private static UndoEntry of(Kind kind, RowSelection selection, List<Row> before, List<Row> after) {
        Table table = selection.table();
        return new UndoEntry(
                kind,
                table.catalogue(),
                table.schema(),
                table.name(),
                selection.recordedColumns(),
                before,
                after,
                selection.keyNames(),
                table.sideEffectsAccepted());
    }
}
