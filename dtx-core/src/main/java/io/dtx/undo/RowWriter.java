package io.dtx.undo;

import io.dtx.undo.RestorePlan.TouchedTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes one entry's before images back: deletes what was inserted, inserts what was deleted, updates what was updated. */
final class RowWriter {

    private static final int ROWS_PER_BATCH = 500;

    private final TouchedTable touched;
    private final UndoEntry entry;
    private final List<Column> columns = new ArrayList<>();
    private final List<Column> key;

    private RowWriter(TouchedTable touched, UndoEntry entry) {
        this.touched = touched;
        this.entry = entry;
        this.key = touched.table().key();
        for (UndoEntry.RecordedColumn recorded : entry.columns()) {
            Column column = touched.table().columnNamed(recorded.name());
            if (column == null) {
                throw new IllegalStateException("no column " + recorded.name());
            }
            columns.add(column);
        }
    }

    static void undo(Connection connection, DatabaseRules rules, TouchedTable touched, UndoEntry entry)
            throws SQLException {
        RowWriter writer = new RowWriter(touched, entry);
        switch (entry.kind()) {
            case INSERT -> writer.run(connection, writer.delete(), entry.after(), writer.key);
            case DELETE -> writer.run(connection, writer.insert(rules), entry.before(), writer.columns);
            case UPDATE -> {
                List<Column> assigned = writer.columns.stream()
                        .filter(column -> !writer.key.contains(column))
                        .toList();
                if (!assigned.isEmpty()) {
                    List<Column> bound = new ArrayList<>(assigned);
                    bound.addAll(writer.key);
                    writer.run(connection, writer.update(assigned), entry.before(), bound);
                }
            }
        }
    }

    private String delete() {
        return "DELETE FROM " + touched.table().sql() + " WHERE " + keyCondition();
    }

    private String insert(DatabaseRules rules) {
        return "INSERT INTO " + touched.table().sql() + " ("
                + String.join(", ", columns.stream().map(Column::sql).toList()) + ")" + rules.insertOverride()
                + " VALUES ("
                + String.join(
                        ", ",
                        columns.stream()
                                .map(column -> column.type().placeholder())
                                .toList())
                + ")";
    }

    private String update(List<Column> assigned) {
        List<String> assignments =
                new ArrayList<>(assigned.stream().map(RowWriter::equation).toList());
        for (Column column : touched.table().columns()) {
            if (column.onUpdate() && !columns.contains(column)) { // added since: to be left as it is
                assignments.add(column.sql() + " = " + column.sql());
            }
        }
        return "UPDATE " + touched.table().sql() + " SET " + String.join(", ", assignments) + " WHERE "
                + keyCondition();
    }

    private String keyCondition() {
        return String.join(" AND ", key.stream().map(RowWriter::equation).toList());
    }

    private static String equation(Column column) {
        return column.sql() + " = " + column.type().placeholder();
    }

    private void run(Connection connection, String sql, List<Row> rows, List<Column> bound) throws SQLException {
        int[] positions = bound.stream().mapToInt(columns::indexOf).toArray();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int batched = 0;
            for (int i = rows.size() - 1; i >= 0; i--) {
                if (!needsUndo(i)) {
                    continue;
                }
                for (int parameter = 0; parameter < positions.length; parameter++) {
                    int position = positions[parameter];
                    columns.get(position)
                            .type()
                            .form()
                            .set(statement, parameter + 1, rows.get(i).values().get(position));
                }
                statement.addBatch();
                if (++batched == ROWS_PER_BATCH) {
                    execute(statement);
                    batched = 0;
                }
            }
            if (batched > 0) {
                execute(statement);
            }
        }
    }

    /** A row whose images are the same needs nothing, and some drivers would count it as not found. */
    private boolean needsUndo(int i) {
        Row before = i < entry.before().size() ? entry.before().get(i) : null;
        Row after = i < entry.after().size() ? entry.after().get(i) : null;
        if (before != null && after != null && before.values().equals(after.values())) {
            return false;
        }
        return touched.needsUndo(keyOf(before != null ? before : after));
    }

    private List<Value> keyOf(@Nullable Row row) {
        if (row == null) {
            throw new IllegalStateException("an entry without rows");
        }
        return key.stream()
                .map(column -> row.values().get(columns.indexOf(column)))
                .toList();
    }

    /** A driver that rewrites batches may not know the counts; what was written is read back anyway. */
    private void execute(PreparedStatement statement) throws SQLException {
        for (int count : statement.executeBatch()) {
            if (count != 1 && count != Statement.SUCCESS_NO_INFO) {
                throw new SQLException("undoing an " + entry.kind() + " on " + touched.table() + " wrote " + count
                        + " rows instead of 1");
            }
        }
    }
}
