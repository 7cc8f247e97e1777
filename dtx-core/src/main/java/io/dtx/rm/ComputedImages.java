package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.sql.SqlStatement.Step;
import io.dtx.sql.SqlStatement.Update;
import io.dtx.sql.SqlStatement.Value;
import io.dtx.undo.Column;
import io.dtx.undo.ColumnChange;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * After images that need not be read, on MySQL and MariaDB: those of {@code c = c + ?}, {@code c = c - ?} and {@code c = ?}
 * with exact numbers. It saves the SELECT by which the rows would be read again.
 *
 * <p>The before image has locked the rows, and the UPDATE is restricted to their keys: it reads the values that were imaged,
 * and nobody else writes them. It says that it met all of them, and warns of nothing. It assigns each column once, from that
 * column and one number; an exact sum, without rounding, within what the column holds, has one answer, in every session's mode.
 * Whatever else could change such a row (a trigger, ON UPDATE, a cascade) or is not certain has the rows read.
 *
 * <p>Should an image be wrong nevertheless, say because a trigger came after the table was looked at: a restore writes only
 * if the row holds the after image, or the before image already, and otherwise stalls the branch for the operator; and a later
 * statement of the local transaction that images the row shows that its images do not follow from each other, so that it is
 * not committed. Such an image makes a rollback fail; it never makes one write over a row that is otherwise.
 */
final class ComputedImages {

    private ComputedImages() {}

    /**
     * The rows as the UPDATE has left them.
     *
     * @param assigned the columns that it assigns, in their order
     * @param before the rows as they were when it began, locked
     * @return in the same order; null where they must be read
     */
    static @Nullable List<Row> after(
            StatementRun execution,
            Update update,
            List<Column> assigned,
            RowSelection selection,
            List<Row> before,
            Ran ran)
            throws SQLException {
        boolean known = !update.steps().isEmpty()
                && execution.resource().database().dialect() == Dialect.MYSQL
                && !execution.keys().wanted()
                && ran.count() == before.size()
                && ran.source().getWarnings() == null;
        if (!known) {
            return null;
        }
        List<ColumnChange> changes = new ArrayList<>(assigned.size());
        for (int i = 0; i < assigned.size(); i++) {
            Step step = update.steps().get(i);
            BigDecimal number = number(step.operand(), execution.parameters());
            if (number == null) {
                return null;
            }
            changes.add(new ColumnChange(assigned.get(i), step.operator(), number));
        }
        return ColumnChange.after(selection, before, changes);
    }

    private static @Nullable BigDecimal number(Value operand, Parameters parameters) {
        if (operand instanceof Value.Parameter parameter) {
            return parameters.exactNumber(parameter.position());
        }
        return operand instanceof Value.Literal literal ? new BigDecimal(literal.sql()) : null;
    }
}
