package io.dtx.undo;

import io.dtx.sql.SqlStatement.Operator;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an UPDATE does to one column of all its rows: sets it to a number, adds one, or takes one away. From the rows before it
 * follows what they are after it, as long as everything is exact and within what the column can hold: such a sum has one
 * answer. Immutable.
 */
public record ColumnChange(Column column, Operator operator, BigDecimal number) {

    /**
     * The rows as they are after the changes.
     *
     * @param selection for the UPDATE
     * @param before rows that it matched, as it found them
     * @param changes all that it does
     * @return in the order of the rows before; null where the database must be asked, because something else may change
     *     them, or because the answer would not be exact, or not fit
     */
    public static @Nullable List<Row> after(RowSelection selection, List<Row> before, List<ColumnChange> changes) {
        Table table = selection.table();
        List<Column> columns = selection.columns();
        // Anything else that is imaged is the database's to change: ON UPDATE.
        boolean all = columns.size() == table.key().size() + changes.size();
        if (!all || table.sideEffectsAccepted() || !selection.locksKeysOnly()) {
            return null;
        }
        @Nullable ColumnChange[] byPosition = new ColumnChange[columns.size()];
        for (ColumnChange change : changes) {
            int position = columns.indexOf(change.column());
            if (position < 0 || !change.isExact() || byPosition[position] != null) {
                return null;
            }
            byPosition[position] = change;
        }
        List<Row> after = new ArrayList<>(before.size());
        for (Row row : before) {
            Row changed = after(row, byPosition);
            if (changed == null) {
                return null;
            }
            after.add(changed);
        }
        return after;
    }

    /** What is read beside the values makes the locks, and belongs to the key. */
    private static @Nullable Row after(Row row, @Nullable ColumnChange[] changes) {
        List<Value> values = new ArrayList<>(changes.length);
        for (int i = 0; i < changes.length; i++) {
            Value value = row.values().get(i);
            ColumnChange change = changes[i];
            Value changed = change == null ? value : change.after(value);
            if (changed == null) {
                return null;
            }
            values.add(changed);
        }
        return new Row(values, row.extras());
    }

    private boolean isExact() {
        ExactNumbers numbers = column.type().numbers();
        return numbers != null && !column.autoIncrement() && numbers.canBeChangedBy(number);
    }

    private @Nullable Value after(Value before) {
        ExactNumbers numbers = Objects.requireNonNull(column.type().numbers());
        BigDecimal old = numbers.read(before);
        BigDecimal changed;
        if (old != null) {
            changed = switch (operator) {
                case SET -> number;
                case PLUS -> old.add(number);
                case MINUS -> old.subtract(number);
            };
        } else if (operator == Operator.SET && before.isNull()) {
            changed = number;
        } else {
            return null; // the sum is null, or the column is another one than is known
        }
        return numbers.hold(changed) ? numbers.written(changed, column.type().form()) : null;
    }
}
