package io.dtx.undo;

import io.dtx.undo.RestorePlan.TouchedTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes one entry's before images back: deletes what was inserted, inserts what was deleted, updates what was updated.
 *
 * <p>Rows go back in reverse of the order in which they were read, all in batches; that is nearly always the reverse of the
 * order in which they were written. Where unique or foreign keys say otherwise, they are tried one by one, round after round,
 * as long as a round gets a row further, and each round the other way round: a chain of rows that refer to each other takes two
 * then, and not as many as it has rows. What is left then refers to each other in a circle (values swapped between rows by one
 * statement, rows that are their own parents), and is written with one statement.
 */
final class RowWriter {

    private static final int ROWS_PER_BATCH = 500;

    private final Connection connection;
    private final TouchedTable touched;
    private final UndoEntry entry;
    private final List<Column> columns = new ArrayList<>();
    /** Those with another value than before in some row. */
    private final List<Column> changed = new ArrayList<>();

    private final List<Column> key;
    private final String insertOverride;

    private RowWriter(Connection connection, DatabaseRules rules, TouchedTable touched, UndoEntry entry) {
        this.connection = connection;
        this.touched = touched;
        this.entry = entry;
        this.key = touched.table().key();
        for (UndoEntry.RecordedColumn recorded : entry.columns()) {
            Column column = touched.table().columnNamed(recorded.name());
            if (column == null) {
                throw new IllegalStateException("no column " + recorded.name());
            }
            columns.add(column);
            if (entry.updates(recorded)) {
                changed.add(column);
            }
        }
        this.insertOverride = rules.insertOverride();
    }

    static void undo(Connection connection, DatabaseRules rules, TouchedTable touched, UndoEntry entry)
            throws SQLException {
        RowWriter writer = new RowWriter(connection, rules, touched, entry);
        List<Row> rows = writer.rowsInReverse();
        if (!rows.isEmpty()) {
            writer.undo(rows);
        }
    }

    private List<Row> rowsInReverse() {
        List<Row> images = entry.kind() == UndoEntry.Kind.INSERT ? entry.after() : entry.before();
        List<Row> rows = new ArrayList<>();
        for (int i = images.size() - 1; i >= 0; i--) {
            if (needsUndo(i, images.get(i))) {
                rows.add(images.get(i));
            }
        }
        return rows;
    }

    /** A row whose images are the same needs nothing, and some drivers would count it as not found. */
    private boolean needsUndo(int i, Row image) {
        boolean unchanged = entry.kind() == UndoEntry.Kind.UPDATE
                && entry.before().get(i).values().equals(entry.after().get(i).values());
        return !unchanged
                && touched.needsUndo(key.stream()
                        .map(column -> image.values().get(columns.indexOf(column)))
                        .toList());
    }

    private void undo(List<Row> rows) throws SQLException {
        if (rows.size() == 1 && entry.kind() == UndoEntry.Kind.UPDATE) {
            inBatches(rows); // there is no other order, nor another statement
            return;
        }
        if (violated(() -> inBatches(rows)) == null) {
            return;
        }
        List<Row> left = new ArrayList<>(rows);
        for (boolean further = true; further && !left.isEmpty(); ) {
            further = false;
            for (Iterator<Row> each = left.iterator(); each.hasNext(); ) {
                Row row = each.next();
                if (violated(() -> inBatches(List.of(row))) == null) {
                    each.remove();
                    further = true;
                }
            }
            Collections.reverse(left);
        }
        if (!left.isEmpty()) {
            SQLException violated = violated(() -> together(left));
            if (violated != null) {
                throw violated;
            }
        }
    }

    private interface Work {
        void run() throws SQLException;
    }

    /** Gives the violation of a constraint, after which nothing is left of the work; null if it went well. */
    private @Nullable SQLException violated(Work work) throws SQLException {
        Savepoint savepoint = connection.setSavepoint();
        try {
            work.run();
        } catch (SQLException e) {
            if (!UndoLog.violatesConstraint(e)) {
                throw e;
            }
            connection.rollback(savepoint);
            connection.releaseSavepoint(savepoint); // it would stay, and the next ones be within it
            return e;
        }
        connection.releaseSavepoint(savepoint);
        return null;
    }

    private void inBatches(List<Row> rows) throws SQLException {
        UndoSql sql = sql().one();
        try (PreparedStatement statement = connection.prepareStatement(sql.text())) {
            int batched = 0;
            for (Row row : rows) {
                sql.bind(statement, row);
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

    /** A driver that rewrites batches may not know the counts; what was written is read back anyway. */
    private void execute(PreparedStatement statement) throws SQLException {
        for (int count : statement.executeBatch()) {
            if (count != 1 && count != Statement.SUCCESS_NO_INFO) {
                throw new SQLException("undoing an " + entry.kind() + " on " + touched.table() + " wrote " + count
                        + " rows instead of 1");
            }
        }
    }

    private void together(List<Row> rows) throws SQLException {
        for (UndoSql sql : sql().together(rows.size())) {
            try (PreparedStatement statement = connection.prepareStatement(sql.text())) {
                sql.bindAll(statement, rows);
                statement.executeUpdate();
            }
        }
    }

    private UndoSql.Texts sql() {
        return new UndoSql.Texts(entry.kind(), touched.table(), columns, changed, insertOverride);
    }
}
