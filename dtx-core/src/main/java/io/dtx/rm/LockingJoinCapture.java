package io.dtx.rm;

import io.dtx.model.Lock;
import io.dtx.sql.Dialect;
import io.dtx.sql.SqlStatement;
import io.dtx.sql.TableName;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.Table;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Runs {@code SELECT .. FOR UPDATE} that reads several tables, or one in an order of its list's making: once, as it is written, with
 * the keys of all rows that it locks behind its list, and hands out the result when the coordinator knows these rows to be free.
 * What was read of them stays true while that is awaited, since the database's row locks are held.
 *
 * <p>A second reading, limited to the keys, would be wrong: a row of an outer join that had no partner may have one by then or
 * be left out; one that is joined with several was met once by a LIMIT, and would be handed out with all of them.
 */
final class LockingJoinCapture {

    private static final Pattern OUTER = Pattern.compile("\\b(LEFT|RIGHT|FULL|NATURAL)\\b", Pattern.CASE_INSENSITIVE);

    private LockingJoinCapture() {}

    static Ran read(StatementRun execution, SqlStatement.LockingJoin join) throws SQLException {
        if (execution.application().getMaxFieldSize() > 0) {
            throw SqlErrors.refused(
                    execution.owner().xid(),
                    "a locking read of several tables, or in an order of its list's making, with a limit on the size of its"
                            + " values, which would cut keys, too",
                    "call setMaxFieldSize(0), and cut the values in the application");
        }
        if (join.joined()
                && execution.resource().database().dialect() == Dialect.H2
                && OUTER.matcher(join.rest().sql()).find()) {
            throw SqlErrors.refused(
                    execution.owner().xid(),
                    "a locking read with an outer join, of whose optional side H2 locks no rows",
                    "lock the rows of each table with a statement of its own");
        }
        List<RowSelection> selections = new ArrayList<>();
        StringBuilder keys = new StringBuilder();
        int width = 0;
        for (TableName name : join.tables()) {
            Table table = execution.resource().tables().table(execution.physical(), name);
            RowSelection selection = execution.resource().selections().forLock(table);
            selections.add(selection);
            keys.append("\n, ").append(selection.selectList(name.alias()));
            width += selection.width();
        }
        ImageSql sql =
                new ImageSql().piece("", join.list()).text(keys.toString()).piece("", join.rest());
        PreparedStatement select = execution
                .physical()
                .prepareStatement(sql.toString(), ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
        try {
            execution.starts(select);
            select.setMaxRows(execution.application().getMaxRows());
            sql.bind(select, execution.parameters());
            ResultSet result = select.executeQuery();
            int own = result.getMetaData().getColumnCount() - width;
            List<Lock> locks = locks(execution, selections, result, own + 1);
            if (!locks.isEmpty()) {
                LockCheck.ofRead(
                        execution, locks, SqlStatement.waits(join.rest().sql()));
            }
            result.beforeFirst();
            return new Ran(select, FirstColumns.of(result, own), -1, null, List.of(select));
        } catch (SQLException | RuntimeException e) {
            StatementRun.closeQuietly(select, e);
            throw e;
        }
    }

    private static List<Lock> locks(
            StatementRun execution, List<RowSelection> selections, ResultSet result, int firstKey) throws SQLException {
        List<List<Row>> rows = new ArrayList<>();
        selections.forEach(selection -> rows.add(new ArrayList<>()));
        while (result.next()) {
            int first = firstKey;
            for (int i = 0; i < selections.size(); i++) {
                rows.get(i).add(selections.get(i).readRow(result, first));
                first += selections.get(i).width();
            }
        }
        List<Lock> locks = new ArrayList<>();
        for (int i = 0; i < selections.size(); i++) {
            RowSelection selection = selections.get(i);
            locks.addAll(selection.locks(execution.resource().id(), selection.distinct(rows.get(i)), List.of()));
        }
        return locks;
    }
}
