package io.dtx.undo;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A statement that writes before images back.
 *
 * @param text for one row, or for a number of rows that is fixed
 * @param columns of a {@link Row}'s values, in order
 * @param passes the columns whose values it takes of each row; where there are several such lists, all rows go through the
 *     first, then all through the second
 */
record UndoSql(String text, List<Column> columns, List<List<Column>> passes) {

    /** Binds the one row of the text. */
    void bind(PreparedStatement to, Row row) throws SQLException {
        bindAll(to, List.of(row));
    }

    /** Binds pass by pass, and within each row by row. */
    void bindAll(PreparedStatement to, List<Row> rows) throws SQLException {
        int index = 1;
        for (List<Column> pass : passes) {
            for (Row row : rows) {
                for (Column column : pass) {
                    column.type().form().set(to, index++, row.values().get(columns.indexOf(column)));
                }
            }
        }
    }

    /**
     * The statements that undo rows of one entry.
     *
     * @param columns those of the images
     * @param changed those of them in which a row of the entry was another before
     */
    record Texts(UndoEntry.Kind kind, Table table, List<Column> columns, List<Column> changed, String insertOverride) {

        /** For one row. */
        UndoSql one() {
            return switch (kind) {
                case INSERT -> sql("DELETE FROM " + table.sql() + " WHERE " + keyCondition(), table.key());
                case DELETE -> insert(1);
                case UPDATE -> {
                    List<String> assignments = new ArrayList<>(
                            assigned().stream().map(Texts::equation).toList());
                    assignments.addAll(keptAsTheyAre());
                    yield sql(
                            "UPDATE " + table.sql() + " SET " + String.join(", ", assignments) + " WHERE "
                                    + keyCondition(),
                            joined(assigned(), table.key()));
                }
            };
        }

        /** For rows that refer to each other in a circle: the database looks at the constraints when the statement ends. */
        List<UndoSql> together(int rows) {
            return switch (kind) {
                case DELETE -> List.of(insert(rows));
                case UPDATE -> List.of(updateTogether(rows));
                case INSERT -> {
                    String which = " WHERE " + repeated("(" + keyCondition() + ")", " OR ", rows);
                    List<UndoSql> statements = new ArrayList<>();
                    String parted = String.join(
                            ", ",
                            ownParents().stream()
                                    .map(column -> column.sql() + " = NULL")
                                    .toList());
                    if (!parted.isEmpty()) {
                        statements.add(sql("UPDATE " + table.sql() + " SET " + parted + which, table.key()));
                    }
                    statements.add(sql("DELETE FROM " + table.sql() + which, table.key()));
                    yield statements;
                }
            };
        }

        private UndoSql insert(int rows) {
            String row = "("
                    + String.join(
                            ", ",
                            columns.stream()
                                    .map(column -> column.type().placeholder())
                                    .toList())
                    + ")";
            return sql(
                    "INSERT INTO " + table.sql() + " ("
                            + String.join(
                                    ", ", columns.stream().map(Column::sql).toList()) + ")" + insertOverride
                            + " VALUES " + repeated(row, ", ", rows),
                    columns);
        }

        private UndoSql updateTogether(int rows) {
            List<String> assignments = new ArrayList<>();
            List<List<Column>> passes = new ArrayList<>();
            for (Column column : assigned()) {
                String when =
                        " WHEN " + keyCondition() + " THEN " + column.type().placeholder();
                assignments.add(column.sql() + " = CASE" + when.repeat(rows) + " ELSE " + column.sql() + " END");
                passes.add(joined(table.key(), List.of(column)));
            }
            passes.add(table.key());
            assignments.addAll(keptAsTheyAre());
            return new UndoSql(
                    "UPDATE " + table.sql() + " SET " + String.join(", ", assignments) + " WHERE "
                            + repeated("(" + keyCondition() + ")", " OR ", rows),
                    columns,
                    passes);
        }

        private UndoSql sql(String text, List<Column> bound) {
            return new UndoSql(text, columns, List.of(bound));
        }

        /**
         * What was changed, never the key or a number that no update can assign; and what the database would change by itself.
         *
         * <p>No more: an upsert has images of all columns, and the user need not have the right to assign them all. Nor is more
         * needed: later statements are undone before, so a row is now as this one left it, in every column of its images.
         */
        private List<Column> assigned() {
            return columns.stream()
                    .filter(column -> changed.contains(column) || column.onUpdate())
                    .filter(column -> !table.key().contains(column) && !column.alwaysNumbered())
                    .toList();
        }

        /** A column that the database would change, and that came since the images were taken. */
        private List<String> keptAsTheyAre() {
            return table.columns().stream()
                    .filter(column -> column.onUpdate() && !columns.contains(column))
                    .map(column -> column.sql() + " = " + column.sql())
                    .toList();
        }

        /** Columns by which rows of the table refer to rows of the table, and need not. */
        private List<Column> ownParents() {
            return table.references().stream()
                    .filter(reference -> reference.isWithin(table))
                    .flatMap(reference -> reference.parts().stream())
                    .map(ForeignKey.Part::child)
                    .filter(column -> column.nullable() && !column.generated())
                    .distinct()
                    .toList();
        }

        private String keyCondition() {
            return String.join(
                    " AND ", table.key().stream().map(Texts::equation).toList());
        }

        private static String equation(Column column) {
            return column.sql() + " = " + column.type().placeholder();
        }

        private static String repeated(String text, String separator, int times) {
            return String.join(separator, Collections.nCopies(times, text));
        }

        private static List<Column> joined(List<Column> one, List<Column> other) {
            List<Column> both = new ArrayList<>(one);
            both.addAll(other);
            return both;
        }
    }
}
