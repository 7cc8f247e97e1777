package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.sql.Fragment;
import io.dtx.sql.SqlStatement;
import io.dtx.sql.SqlStatement.OnDuplicate;
import io.dtx.undo.Column;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.Table;
import io.dtx.undo.Value;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Captures INSERT. Where the database can hand back the rows that a statement inserted, it does: what was really stored, and
 * no guess. Where it can not (MySQL), or where generated keys must be the driver's own (MySQL and MariaDB), the application's
 * statement runs as it is, and {@link InsertedKeys} finds its rows.
 */
final class InsertCapture {

    private final StatementRun execution;
    private final SqlStatement.Insert insert;
    private final Table table;
    private final RowSelection selection;
    /** Whether the application's own statement is what is to run. */
    private final boolean own;
    /** The rows that it may leave as they are; null if it leaves none. */
    private final @Nullable Candidates kept;

    private InsertCapture(
            StatementRun execution, SqlStatement.Insert insert, Table table, RowSelection selection, boolean own)
            throws SQLException {
        this.execution = execution;
        this.insert = insert;
        this.table = table;
        this.selection = selection;
        this.own = own;
        this.kept = insert.onDuplicate() == OnDuplicate.SKIP ? KeptRows.candidates(execution, insert, table) : null;
    }

    static Ran insert(StatementRun execution, SqlStatement.Insert insert) throws SQLException {
        Table table = execution.resource().tables().table(execution.physical(), insert.table());
        if (insert.onDuplicate() == OnDuplicate.UPDATE || insert.onDuplicate() == OnDuplicate.REPLACE) {
            return UpsertCapture.upsert(execution, insert, table);
        }
        return new InsertCapture(
                        execution,
                        insert,
                        table,
                        execution.resource().selections().forInsert(table),
                        true)
                .insert();
    }

    /** Runs an upsert of which it is known that no row of it is there, as a plain insert. */
    static Ran plain(StatementRun execution, SqlStatement.Insert upsert, Table table, RowSelection selection)
            throws SQLException {
        SqlStatement.Insert plain = new SqlStatement.Insert(
                upsert.table(),
                upsert.columns(),
                upsert.rows(),
                upsert.parameters(),
                upsert.plain(),
                OnDuplicate.FAIL,
                upsert.plain(),
                List.of(),
                null,
                upsert.returning());
        return new InsertCapture(execution, plain, table, selection, false).insert();
    }

    private Ran insert() throws SQLException {
        boolean keys = execution.keys().wanted() && insert.returning() == null;
        Dialect dialect = execution.resource().database().dialect();
        if (dialect != Dialect.MYSQL) {
            return returning(keys ? execution.keys().columns(table, dialect) : List.of(), true);
        }
        if (!execution.resource().returning()) {
            return found(foundBy());
        }
        if (!keys) {
            return returning(List.of(), true);
        }
        boolean plain = insert.onDuplicate() == OnDuplicate.FAIL && !insert.ofQuery();
        if (plain && !table.sideEffectsAccepted()) {
            InsertedKeys known;
            try {
                known = foundBy();
            } catch (SqlErrors.RefusedException e) {
                return returning(List.of(driversKey()), hasGeneratedKey());
            }
            return found(known);
        }
        return returning(List.of(driversKey()), hasGeneratedKey());
    }

    private InsertedKeys foundBy() throws SQLException {
        if (insert.ofQuery()) {
            throw SqlErrors.refused(
                    execution.owner().xid(),
                    "INSERT of a query's rows on MySQL, which does not return them",
                    "read the rows first, then insert them with VALUES");
        }
        InsertedKeys keys = InsertedKeys.of(execution, insert, table, selection);
        if (insert.onDuplicate() == OnDuplicate.SKIP && keys.generated()) {
            throw SqlErrors.refused(
                    execution.owner().xid(),
                    "INSERT IGNORE with generated keys on MySQL, which does not return them",
                    "give the key explicitly");
        }
        return keys;
    }

    /** Runs it as it is, and finds its rows by their keys. */
    private Ran found(InsertedKeys keys) throws SQLException {
        boolean skips = insert.onDuplicate() == OnDuplicate.SKIP;
        // A plain INSERT would fail on a row that is there, unless a trigger gives the new one another key.
        // Where none can, nothing is looked for: that locks the gap where the row is not yet, against other INSERTs.
        List<Row> there = skips || table.insertTriggers() ? keys.readBack() : List.of();
        Ran ran = own ? asWritten() : prepared();
        try {
            execution.transaction().changed();
            List<Row> rows = RowDiff.without(selection, keys.readBack(), there);
            if (skips && rows.size() != ran.count()) {
                throw RowDiff.appeared(execution, selection, null);
            }
            capture(rows);
            return ran;
        } catch (SQLException | RuntimeException e) {
            ran.closeQuietly(e);
            throw e;
        }
    }

    private Ran asWritten() throws SQLException {
        int count = execution.asWritten().executeUpdate();
        return Ran.update(execution.application(), count, execution.application());
    }

    private Ran prepared() throws SQLException {
        PreparedStatement statement =
                execution.keys().prepare(execution.physical(), insert.body().sql());
        try {
            execution.starts(statement);
            execution.parameters().bind(statement, 1, insert.body().parameters());
            return Ran.update(statement, statement.executeUpdate(), execution.application());
        } catch (SQLException | RuntimeException e) {
            StatementRun.closeQuietly(statement, e);
            throw e;
        }
    }

    /**
     * @param generated what the application is to see as generated keys, as SQL; empty if it asked for none
     * @param shown whether it is to see them, and not an empty result
     */
    private Ran returning(List<String> generated, boolean shown) throws SQLException {
        Fragment returned = insert.returning();
        boolean keys = !generated.isEmpty();
        String columns = (returned != null ? returned.sql() + "\n, " : keys ? String.join(", ", generated) + ", " : "")
                + selection.selectList(qualifier());
        String insertion = insert.body().sql();
        String sql = execution.resource().database().dialect() == Dialect.H2
                ? "SELECT " + columns + " FROM FINAL TABLE (" + insertion + "\n)"
                : insertion + "\nRETURNING " + columns;
        boolean rewinds = keys || returned != null;
        PreparedStatement statement = execution
                .physical()
                .prepareStatement(
                        sql,
                        rewinds ? ResultSet.TYPE_SCROLL_INSENSITIVE : ResultSet.TYPE_FORWARD_ONLY,
                        ResultSet.CONCUR_READ_ONLY);
        try {
            execution.starts(statement);
            // Not all that the application has set: an upsert that met nothing runs without its assignments, and a
            // driver that prepares on the server would send their parameters, too.
            int next = execution.parameters().bind(statement, 1, insert.body().parameters());
            if (returned != null) {
                execution.parameters().bind(statement, next, returned.parameters());
            }
            ResultSet result = Returning.executeWhole(execution, statement);
            execution.transaction().changed();
            int first = result.getMetaData().getColumnCount() - selection.width() + 1;
            List<Row> rows = selection.readAll(result, first);
            capture(rows);
            if (!rewinds) {
                result.close();
                return Ran.update(statement, rows.size(), execution.application());
            }
            if (shown) {
                result.beforeFirst();
            }
            ResultSet seen = FirstColumns.of(result, first - 1);
            return returned != null
                    ? Ran.returned(statement, rows.size(), seen)
                    : new Ran(statement, null, rows.size(), seen, List.of(statement));
        } catch (SQLException | RuntimeException e) {
            StatementRun.closeQuietly(statement, e);
            throw e;
        }
    }

    /** MySQL wants {@code *} alone, or with its table. */
    private @Nullable String qualifier() {
        return execution.resource().database().dialect() == Dialect.MYSQL ? table.sql() : null;
    }

    /** Rows that a database hands back, or that are found by keys that had no row before, were inserted. */
    private void capture(List<Row> rows) throws SQLException {
        boolean any = insert.ofQuery() || insert.onDuplicate() == OnDuplicate.SKIP;
        if (!any && rows.size() != insert.rows().size()) {
            throw SqlErrors.rollbackOnly(
                    execution.owner().xid(),
                    "an INSERT of " + insert.rows().size() + " rows into " + table + " left " + rows.size()
                            + " that could be found again. Give the key explicitly",
                    null);
        }
        if (kept == null || rows.size() >= insert.rows().size()) {
            RowDiff.capture(execution, selection, List.of(), rows);
            return;
        }
        List<List<Value>> inserted = rows.stream().map(selection::key).toList();
        // PostgreSQL's own statement locks no row that it meets. Ours go with the answer: many can share them, so kept
        // they would be a deadlock as soon as two who have met one row want to write it.
        boolean unlocks = execution.resource().database().dialect() == Dialect.POSTGRESQL;
        Savepoint before = unlocks ? execution.physical().setSavepoint() : null;
        KeptRows left = KeptRows.leftOut(execution, insert, table, kept, inserted);
        RowDiff.capture(execution, selection, List.of(), rows);
        left.await();
        if (before != null) {
            execution.physical().rollback(before);
            execution.physical().releaseSavepoint(before);
        }
    }

    private boolean hasGeneratedKey() {
        return table.columns().stream().anyMatch(Column::counted);
    }

    /** The generated column under the name that the driver gives it. */
    private String driversKey() throws SQLException {
        String name = Returning.hasMariaDbsDriver(execution) ? "insert_id" : "GENERATED_KEY";
        for (Column column : table.columns()) {
            if (column.counted()) {
                return column.sql() + " AS " + name;
            }
        }
        return "0 AS " + name;
    }
}
