package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.sql.Fragment;
import io.dtx.sql.SqlStatement;
import io.dtx.sql.SqlStatement.Around;
import io.dtx.sql.TableName;
import io.dtx.undo.Column;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.Table;
import io.dtx.undo.UndoEntry;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Captures UPDATE and DELETE: locks and reads the rows that the condition chooses, then runs the statement on these rows and
 * no others. Under READ COMMITTED a row may begin to match between the two; restricted to the imaged keys, the statement can
 * not reach it.
 */
final class ChangeCapture {

    /** Bound by databases' limits on parameters per statement (65,535) and on the depth of a condition. */
    private static final int MAX_KEY_VALUES = 30_000;

    private final StatementRun execution;
    private final TableName written;
    private final Fragment head;
    private final Fragment from;
    private final @Nullable Fragment where;
    private final @Nullable Fragment orderBy;
    private final @Nullable Fragment limit;
    private final Around around;
    private final Table table;

    private ChangeCapture(
            StatementRun execution,
            TableName written,
            Fragment head,
            Fragment from,
            @Nullable Fragment where,
            @Nullable Fragment orderBy,
            @Nullable Fragment limit,
            Around around)
            throws SQLException {
        this.execution = execution;
        this.written = written;
        this.head = head;
        this.from = from;
        this.where = where;
        this.orderBy = orderBy;
        this.limit = limit;
        this.around = around;
        this.table = execution.resource().tables().table(execution.physical(), written);
    }

    static Ran update(StatementRun execution, SqlStatement.Update update) throws SQLException {
        ChangeCapture capture = new ChangeCapture(
                execution,
                update.table(),
                update.head(),
                update.from(),
                update.where(),
                update.orderBy(),
                update.limit(),
                update.around());
        return capture.update(update);
    }

    static Ran delete(StatementRun execution, SqlStatement.Delete delete) throws SQLException {
        ChangeCapture capture = new ChangeCapture(
                execution,
                delete.table(),
                delete.head(),
                delete.from(),
                delete.where(),
                delete.orderBy(),
                delete.limit(),
                delete.around());
        return capture.delete();
    }

    private Ran update(SqlStatement.Update update) throws SQLException {
        List<Column> assigned = new ArrayList<>();
        for (TableName.Identifier name : update.assigned()) {
            assigned.add(table.column(name));
        }
        RowSelection selection = execution.resource().selections().forUpdate(table, assigned);
        // Triggers, where they are accepted, may change the row after it is returned.
        boolean returned = execution.resource().oldAndNew()
                && !table.sideEffectsAccepted()
                && !around.joined()
                && around.returning() == null
                && !execution.keys().wanted();
        if (returned) {
            Ran ran = ReturnedImages.update(
                    execution, selection, new ImageSql().piece("", head).piece("WHERE ", where));
            execution.watch().end();
            return ran;
        }
        List<Row> before = lockAndRead(selection, around.joined());
        Ran ran = runOn(before, selection, true);
        if (!before.isEmpty()) {
            List<Row> after = ComputedImages.after(execution, update, assigned, selection, before, ran);
            if (after == null) {
                // With locks: a plain read under REPEATABLE READ shows the snapshot's version of a row to which the
                // database found nothing to change, and not the one that was compared.
                after = selection.inOrderOf(
                        before, selection.readByKey(execution.physical(), before, true, execution::starts));
            }
            execution.captured(UndoEntry.update(selection, before, after), selection, before, after);
        }
        return ran;
    }

    private Ran delete() throws SQLException {
        RowSelection selection = execution.resource().selections().forDelete(table);
        List<Row> before = lockAndRead(selection, true);
        Ran ran = runOn(before, selection, false);
        if (!before.isEmpty()) {
            execution.captured(UndoEntry.delete(selection, before), selection, before, List.of());
        }
        return ran;
    }

    private List<Row> lockAndRead(RowSelection selection, boolean locksUnderAnyLevel) throws SQLException {
        ImageSql sql = new ImageSql(
                        execution.mustLockWithin(locksUnderAnyLevel, around.with(), from, where, orderBy, limit))
                .piece("", around.with())
                .text("\nSELECT " + selection.selectList(written.alias()))
                .piece("FROM ", from)
                .piece("WHERE ", where)
                .piece("", orderBy)
                .piece("", limit)
                .text("\n" + (limit == null ? table.allRows() : "") + " " + selection.locking() + of());
        List<Row> rows;
        boolean warned;
        try (PreparedStatement select = execution.physical().prepareStatement(sql.toString())) {
            execution.starts(select);
            sql.bind(select, execution.parameters());
            try (ResultSet result = select.executeQuery()) {
                rows = selection.readAll(result);
            }
            warned = StrictMode.warned(execution, select);
        }
        if (warned) {
            StrictMode.raise(execution);
        }
        execution.watch().locked(rows.size());
        if (around.joined()) {
            rows = eachOnce(selection, rows);
        }
        refuseZeroDates(execution, selection, rows, around.joined(), where);
        if (areTooMany(table, rows)) {
            throw SqlErrors.refused(
                    execution.owner().xid(),
                    "the statement changes " + rows.size() + " rows of " + table,
                    "change at most " + MAX_KEY_VALUES / table.key().size() + " rows with one statement");
        }
        return rows;
    }

    static boolean areTooMany(Table table, List<Row> rows) {
        return (long) rows.size() * table.key().size() > MAX_KEY_VALUES;
    }

    /**
     * MySQL and MariaDB find zero dates with IS NULL, where the column may not be null; but in a join, which a subquery may
     * become, not if the column is also compared with that date, as it is when the keys are added.
     */
    static void refuseZeroDates(
            StatementRun execution, RowSelection selection, List<Row> rows, boolean joined, @Nullable Fragment where)
            throws SQLException {
        if (!(joined || queries(where)) || execution.resource().database().dialect() != Dialect.MYSQL) {
            return;
        }
        if (rows.stream().anyMatch(row -> selection.describeKey(row).contains("0000-00-00"))) {
            throw SqlErrors.refused(
                    execution.owner().xid(),
                    "a statement with a join or a subquery that chooses a row of " + selection.table()
                            + " whose key holds a zero date",
                    "write or read that row by its key alone, or give it a real date");
        }
    }

    private static boolean queries(@Nullable Fragment where) {
        return where != null && where.sql().toUpperCase(Locale.ROOT).contains("SELECT");
    }

    /** Which of several matches a database takes is up to its plan, which is another one once the keys are added. */
    private List<Row> eachOnce(RowSelection selection, List<Row> matches) throws SQLException {
        List<Row> rows = selection.distinct(matches);
        long there = matches.stream().filter(selection::isThere).count();
        if (around.ofAnyMatch() && rows.size() < there) {
            throw SqlErrors.refused(
                    execution.owner().xid(),
                    "a row of " + table + " is joined with several others, and any of them may give the values that are"
                            + " written or returned",
                    "join so that each row meets one other, or choose the rows with IN (SELECT ..) and compute the values with"
                            + " subqueries (SELECT MAX(..) ..)");
        }
        return rows;
    }

    /** Where the database can, only the written table's rows are locked. */
    private String of() {
        return around.joined() && execution.resource().database().dialect() == Dialect.POSTGRESQL
                ? " OF " + written.alias()
                : "";
    }

    private Ran runOn(List<Row> rows, RowSelection selection, boolean assigns) throws SQLException {
        ImageSql sql = new ImageSql()
                .piece("", head)
                .restricted(where, keyCondition(rows, selection))
                .piece("", orderBy)
                .piece("RETURNING ", around.returning());
        boolean returns = around.returning() != null;
        PreparedStatement statement = returns
                ? execution
                        .physical()
                        .prepareStatement(sql.toString(), ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)
                : execution.keys().prepare(execution.physical(), sql.toString());
        try {
            execution.starts(statement);
            sql.bind(
                    statement,
                    execution.parameters(),
                    (to, first) -> rows.isEmpty() ? first : selection.bindKeys(to, first, rows));
            ResultSet returned = returns ? Returning.rows(execution, statement) : null;
            int count = returned == null ? statement.executeUpdate() : Rewound.count(returned);
            // Not before: it may wait for more than its rows, as for a parent's, or for a value that must be free.
            execution.watch().end();
            if (count > 0 || !rows.isEmpty()) {
                execution.transaction().changed();
            }
            check(count, rows.size(), assigns);
            return returned == null
                    ? Ran.update(statement, count, execution.application())
                    : Ran.returned(statement, count, returned);
        } catch (SQLException | RuntimeException e) {
            StatementRun.closeQuietly(statement, e);
            throw e;
        }
    }

    /** MariaDB gives no result at all, instead of one without rows, where it sees that a condition never holds. */
    private String keyCondition(List<Row> rows, RowSelection selection) {
        boolean returnsNothing = rows.isEmpty()
                && around.returning() != null
                && execution.resource().database().dialect() == Dialect.MYSQL;
        return returnsNothing ? "RAND() < 0" : selection.keyCondition(written.alias(), rows.size());
    }

    /**
     * MySQL may be told to count, of an UPDATE, only the rows that it found to change ({@code useAffectedRows}). Where the rows of
     * other tables choose, which the image does not lock, these may have changed until the statement ran.
     */
    private void check(int count, int imaged, boolean assigns) throws SQLException {
        boolean mayCountFewer = assigns && execution.resource().database().dialect() == Dialect.MYSQL;
        boolean fits = mayCountFewer ? count <= imaged : count == imaged;
        boolean byOthers = !table.sideEffectsAccepted(); // else a trigger may have left them out
        if (!fits && byOthers && count < imaged && (around.joined() || around.with() != null || queries(where))) {
            throw SqlErrors.conflict(
                    "other transactions changed what the condition of a statement on " + table
                            + " reads, while it ran: " + imaged + " rows were chosen, and " + count
                            + " are left. Run the local transaction again",
                    null);
        }
        if (!fits) {
            throw SqlErrors.rollbackOnly(
                    execution.owner().xid(),
                    "a statement on " + table + " changed " + count + " rows, and " + imaged + " were imaged",
                    null);
        }
    }
}
