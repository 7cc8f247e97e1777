package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.sql.Fragment;
import io.dtx.sql.SqlStatement;
import io.dtx.sql.SqlStatement.Branch;
import io.dtx.sql.TableName.Identifier;
import io.dtx.undo.Column;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.Table;
import io.dtx.undo.Table.UniqueKey;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Captures MERGE. PostgreSQL returns what it wrote. H2 tells either the rows as they were or the rows as they are:
 *
 * <ul>
 *   <li>Of the form with KEY, the rows to be met are locked and imaged by these columns; the statement then tells the rows as
 *       they were, which must be among the imaged ones.
 *   <li>Of the form with USING, the rows that match are locked and imaged first; the statement then tells the rows as they are,
 *       with a condition added that raises an error in a row that was not imaged.
 * </ul>
 */
final class MergeCapture {

    /** H2's DIVISION_BY_ZERO_1. */
    private static final String DIVISION_BY_ZERO = "22012";

    private final StatementRun execution;
    private final SqlStatement.Merge merge;
    private final Table table;
    private final RowSelection selection;

    private MergeCapture(StatementRun execution, SqlStatement.Merge merge, Table table, RowSelection selection) {
        this.execution = execution;
        this.merge = merge;
        this.table = table;
        this.selection = selection;
    }

    static Ran merge(StatementRun execution, SqlStatement.Merge merge) throws SQLException {
        Table table = execution.resource().tables().table(execution.physical(), merge.table());
        List<Column> assigned = new ArrayList<>();
        for (Identifier name : merge.assigned()) {
            assigned.add(table.column(name));
        }
        if (merge.head() == null) {
            // The form with KEY assigns every column that is not one of the keys; of a row that it meets H2 leaves
            // the number.
            for (Column column : columns(table, merge)) {
                if (!keys(table, merge).contains(column) && !column.alwaysNumbered()) {
                    assigned.add(column);
                }
            }
        }
        RowSelection selection = execution
                .resource()
                .selections()
                .forMerge(table, assigned, merge.branches().isEmpty() || may(merge, "INSERT"), may(merge, "DELETE"));
        if (execution.resource().database().dialect() == Dialect.POSTGRESQL) {
            return returned(execution, merge, table, selection);
        }
        if (execution.keys().wanted()) {
            throw SqlErrors.refused(
                    execution.owner().xid(), "generated keys of a MERGE", "read the rows by another key");
        }
        MergeCapture capture = new MergeCapture(execution, merge, table, selection);
        Fragment head = merge.head();
        Fragment matches = merge.matches();
        return head == null || matches == null ? capture.byKey() : capture.using(head, matches);
    }

    /** Whether one of its actions is this, or has a name with that word: then it is asked for too much. */
    private static boolean may(SqlStatement.Merge merge, String action) {
        return merge.branches().stream()
                .anyMatch(
                        branch -> branch.action().sql().toUpperCase(Locale.ROOT).contains(action));
    }

    private static Ran returned(StatementRun execution, SqlStatement.Merge merge, Table table, RowSelection selection)
            throws SQLException {
        Fragment shown = merge.returning();
        String returning = shown == null ? null : shown.sql();
        Fragment matches = merge.matches();
        if (matches == null || !mayKeepMatches(merge)) {
            return ReturnedImages.run(execution, selection, merge.body(), returning, false);
        }
        KeptRows before = KeptRows.matching(execution, merge, table, matches);
        Ran ran = ReturnedImages.run(execution, selection, merge.body(), returning, false);
        try {
            before.and(KeptRows.matching(execution, merge, table, matches)).await();
            return ran;
        } catch (SQLException | RuntimeException e) {
            ran.closeQuietly(e);
            throw e;
        }
    }

    /** Whether it may leave a row as it is that matches. */
    private static boolean mayKeepMatches(SqlStatement.Merge merge) {
        boolean writesAny = false;
        for (Branch branch : merge.branches()) {
            if (branch.what().equalsIgnoreCase("MATCHED")) {
                if (!branch.writes()) {
                    return true;
                }
                writesAny |= branch.condition() == null;
            }
        }
        return !writesAny;
    }

    private static List<Column> keys(Table table, SqlStatement.Merge merge) throws SQLException {
        return merge.keys().isEmpty() ? table.key() : InsertedKeys.listed(table, merge.keys());
    }

    /** H2's MERGE, unlike its INSERT, wants a value for every column, invisible or not. */
    private static List<Column> columns(Table table, SqlStatement.Merge merge) throws SQLException {
        return merge.columns().isEmpty() ? table.columns() : InsertedKeys.listed(table, merge.columns());
    }

    private Ran byKey() throws SQLException {
        List<Column> keys = keys(table, merge);
        List<Column> columns = columns(table, merge);
        InsertedKeys.requireWidth(execution, table, columns, merge.rows());
        UniqueKey key = new UniqueKey(keys, keys.stream().map(column -> 0).toList(), true, "");
        Candidates candidates = new Candidates(execution, selection, columns, merge.rows(), List.of(key));
        Candidates.Found before = candidates.lockAndRead();
        List<Row> met = before.all();
        Savepoint savepoint = execution.physical().setSavepoint();
        List<Row> old = rows("OLD", merge.body().sql());
        if (!RowDiff.without(selection, old, met).isEmpty()) {
            boolean twice = candidates.lockAndRead().meetsOneTwice();
            execution.physical().rollback(savepoint);
            execution.transaction().unchanged();
            throw twice
                    ? SqlErrors.refused(
                            execution.owner().xid(),
                            "a MERGE that writes one row twice, which it inserts itself",
                            "give each row once, or write them with statements of their own")
                    : candidates.metAnother(before, null);
        }
        execution.physical().releaseSavepoint(savepoint);
        List<Row> after = new ArrayList<>(selection.readByKey(execution.physical(), met, true, execution::starts));
        Candidates.Found now = candidates.lockAndRead();
        for (int i = 0; i < merge.rows().size(); i++) {
            Map<List<io.dtx.undo.Value>, Row> found = now.byRow().get(i);
            if (before.byRow().get(i).isEmpty()) {
                if (found.size() != 1) {
                    throw SqlErrors.rollbackOnly(
                            execution.owner().xid(),
                            "a MERGE into " + table + " left " + found.size() + " rows under one key",
                            null);
                }
                after.addAll(RowDiff.without(selection, List.copyOf(found.values()), after));
            }
        }
        RowDiff.capture(execution, selection, met, after);
        return counted(merge.rows().size());
    }

    private Ran using(Fragment head, Fragment matches) throws SQLException {
        List<Row> met = lockAndRead(matches);
        List<Row> written;
        try {
            written = guarded(head, met);
        } catch (SQLException e) {
            throw DIVISION_BY_ZERO.equals(e.getSQLState()) ? RowDiff.appeared(execution, selection, e) : e;
        }
        List<Row> after = new ArrayList<>(selection.readByKey(execution.physical(), met, true, execution::starts));
        int deleted = met.size() - after.size();
        List<Row> kept = RowDiff.without(selection, after, written);
        after.removeAll(kept);
        after.addAll(RowDiff.without(selection, written, after));
        RowDiff.capture(execution, selection, RowDiff.without(selection, met, kept), after);
        if (!kept.isEmpty()) {
            LockCheck.ofRead(execution, selection.locks(execution.resource().id(), kept, kept), true);
        }
        return counted(written.size() + deleted);
    }

    /** The table's row is the left side of the join, and locked by its key alone: the source's rows are only read. */
    private List<Row> lockAndRead(Fragment matches) throws SQLException {
        ImageSql sql = new ImageSql()
                .text("SELECT " + selection.selectList(merge.table().alias()))
                .piece("FROM ", matches);
        List<Row> found;
        try (PreparedStatement select = execution.physical().prepareStatement(sql.toString())) {
            execution.starts(select);
            sql.bind(select, execution.parameters());
            try (ResultSet result = select.executeQuery()) {
                found = selection.readAll(result);
            }
        }
        return selection.readByKey(execution.physical(), selection.distinct(found), true, execution::starts);
    }

    private List<Row> guarded(Fragment head, List<Row> met) throws SQLException {
        StringBuilder sql =
                new StringBuilder("SELECT " + selection.selectList(null) + " FROM FINAL TABLE (" + head.sql());
        String alias = merge.table().alias();
        String known = selection.keyCondition(alias, met.size());
        String key = alias + "." + table.key().get(0).sql();
        List<Branch> branches = merge.branches();
        for (Branch branch : branches) {
            Fragment condition = branch.condition();
            sql.append("\nWHEN ").append(branch.what());
            if (branch.writes()) {
                sql.append(" AND CASE WHEN ")
                        .append(condition == null ? "TRUE" : "(" + condition.sql() + "\n)")
                        .append(" THEN CASE WHEN ")
                        .append(known)
                        .append(" THEN TRUE ELSE 1 / (CASE WHEN ")
                        .append(key)
                        .append(" IS NULL THEN 1 ELSE 0 END) = 1 END ELSE FALSE END");
            } else if (condition != null) {
                sql.append(" AND (").append(condition.sql()).append("\n)");
            }
            sql.append('\n').append(branch.action().sql());
        }
        sql.append("\n)");
        try (PreparedStatement statement = execution.physical().prepareStatement(sql.toString())) {
            execution.starts(statement);
            int index = execution.parameters().bind(statement, 1, head.parameters());
            for (Branch branch : branches) {
                Fragment condition = branch.condition();
                if (condition != null) {
                    index = execution.parameters().bind(statement, index, condition.parameters());
                }
                if (branch.writes() && !met.isEmpty()) {
                    index = selection.bindKeys(statement, index, met);
                }
                index = execution
                        .parameters()
                        .bind(statement, index, branch.action().parameters());
            }
            return read(statement);
        }
    }

    /** Runs the statement, and reads the rows that it wrote as they were (OLD). */
    private List<Row> rows(String table, String body) throws SQLException {
        String sql = "SELECT " + selection.selectList(null) + " FROM " + table + " TABLE (" + body + "\n)";
        try (PreparedStatement statement = execution.physical().prepareStatement(sql)) {
            execution.starts(statement);
            execution.parameters().bindAll(statement);
            return read(statement);
        }
    }

    private List<Row> read(PreparedStatement statement) throws SQLException {
        try (ResultSet result = Returning.executeWhole(execution, statement)) {
            execution.transaction().changed();
            return selection.readAll(result);
        }
    }

    private Ran counted(int count) {
        return Ran.update(execution.application(), count, execution.application());
    }
}
