package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.sql.SqlStatement;
import io.dtx.sql.TableName.Identifier;
import io.dtx.undo.CaptureRefusedException;
import io.dtx.undo.Column;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.Table;
import io.dtx.undo.UndoEntry;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Captures INSERT. Where the database can hand back the rows that a statement inserted, it does: what was really stored, and
 * no guess. Where it can not (MySQL), or where generated keys must be the driver's own (MySQL and MariaDB), the application's
 * statement runs as it is, and {@link InsertedKeys} finds its rows.
 */
final class InsertCapture {

    private final Execution execution;
    private final SqlStatement.Insert insert;
    private final Table table;
    private final RowSelection selection;

    private InsertCapture(Execution execution, SqlStatement.Insert insert) throws SQLException {
        this.execution = execution;
        this.insert = insert;
        this.table = execution.resource().tables().table(execution.physical(), insert.table());
        this.selection = RowSelection.forInsert(table);
    }

    static Ran insert(Execution execution, SqlStatement.Insert insert) throws SQLException {
        return new InsertCapture(execution, insert).insert();
    }

    private Ran insert() throws SQLException {
        Dialect dialect = execution.resource().database().dialect();
        boolean keys = execution.keys().wanted();
        return switch (dialect) {
            case MYSQL -> keys || !execution.resource().returning() ? asWritten() : returning(List.of());
            case POSTGRESQL -> returning(keys ? keyColumns() : List.of());
            case H2 -> returning(keys ? keyColumns() : List.of());
        };
    }

    private Ran asWritten() throws SQLException {
        InsertedKeys keys = InsertedKeys.of(execution, insert, table, selection);
        int count = execution.asWritten().executeUpdate();
        execution.transaction().changed();
        capture(keys.readBack());
        return Ran.update(execution.application(), count, execution.application());
    }

    /**
     * @param applicationColumns what the application is to see as generated keys, as SQL; empty if it asked for none
     */
    private Ran returning(List<String> applicationColumns) throws SQLException {
        boolean keys = !applicationColumns.isEmpty();
        String columns = (keys ? String.join(", ", applicationColumns) + ", " : "") + selection.selectList(null);
        String insertion = execution.sql().stripTrailing();
        while (insertion.endsWith(";")) {
            insertion = insertion.substring(0, insertion.length() - 1).stripTrailing();
        }
        String sql = execution.resource().database().dialect() == Dialect.H2
                ? "SELECT " + columns + " FROM FINAL TABLE (" + insertion + "\n)"
                : insertion + "\nRETURNING " + columns;
        PreparedStatement statement = execution
                .physical()
                .prepareStatement(
                        sql,
                        keys ? ResultSet.TYPE_SCROLL_INSENSITIVE : ResultSet.TYPE_FORWARD_ONLY,
                        ResultSet.CONCUR_READ_ONLY);
        try {
            execution.starts(statement);
            execution.parameters().bindAll(statement);
            ResultSet result = executeWhole(statement);
            execution.transaction().changed();
            int first = result.getMetaData().getColumnCount() - selection.width() + 1;
            List<Row> rows = selection.readAll(result, first);
            capture(rows);
            if (!keys) {
                result.close();
                return Ran.update(statement, rows.size(), execution.application());
            }
            result.beforeFirst();
            return new Ran(statement, null, rows.size(), FirstColumns.of(result, first - 1), List.of(statement));
        } catch (SQLException | RuntimeException e) {
            Execution.closeQuietly(statement, e);
            throw e;
        }
    }

    /**
     * H2 takes back what a failed INSERT has done so far, but not what one did that stands in a query (2.4): the rows that met
     * an error, or came before it, would stay without an image.
     */
    private ResultSet executeWhole(PreparedStatement statement) throws SQLException {
        if (execution.resource().database().dialect() != Dialect.H2) {
            return statement.executeQuery();
        }
        Savepoint before = execution.physical().setSavepoint();
        try {
            return statement.executeQuery();
        } catch (SQLException e) {
            execution.physical().rollback(before);
            throw e;
        } finally {
            execution.physical().releaseSavepoint(before);
        }
    }

    private void capture(List<Row> rows) throws SQLException {
        if (rows.size() != insert.rows().size()) {
            throw SqlErrors.rollbackOnly(
                    execution.owner().xid(),
                    "an INSERT of " + insert.rows().size() + " rows into " + table + " left " + rows.size()
                            + " that could be found again. Give the key explicitly",
                    null);
        }
        execution
                .transaction()
                .captured(new Captured(
                        UndoEntry.insert(selection, rows),
                        selection.locks(execution.resource().id(), List.of(), rows)));
    }

    /** What the drivers of PostgreSQL and H2 would return. */
    private List<String> keyColumns() throws SQLException {
        List<String> columns = new ArrayList<>();
        @Nullable List<String> names = execution.keys().names();
        @Nullable List<Integer> indexes = execution.keys().indexes();
        if (names != null) {
            for (String name : names) {
                columns.add(named(name).sql());
            }
        } else if (indexes != null) {
            for (int index : indexes) {
                if (index < 1 || index > table.columns().size()) {
                    throw new SQLException("table " + table + " has no column " + index, "42703");
                }
                columns.add(table.columns().get(index - 1).sql());
            }
        } else if (execution.resource().database().dialect() == Dialect.POSTGRESQL) {
            columns.add("*");
        } else {
            for (Column column : table.columns()) {
                if (column.autoIncrement() || table.key().contains(column)) {
                    columns.add(column.sql());
                }
            }
        }
        return columns;
    }

    private Column named(String name) throws CaptureRefusedException {
        try {
            return table.column(new Identifier(name, true));
        } catch (CaptureRefusedException notExactly) {
            return table.column(new Identifier(name, false));
        }
    }
}
