package io.dtx.rm;

import io.dtx.model.Xid;
import io.dtx.sql.SqlStatement;
import io.dtx.sql.SqlStatement.Value;
import io.dtx.sql.TableName.Identifier;
import io.dtx.undo.CaptureRefusedException;
import io.dtx.undo.Column;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.Table;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the rows that an INSERT made, on MySQL and MariaDB, by their key's values: given as parameters or literals, or one
 * auto-increment column that every row leaves to the database.
 *
 * <p>Generated values are the session's {@code LAST_INSERT_ID()} and those that follow it in steps of
 * {@code auto_increment_increment}: MySQL's manual promises no gaps within one statement whose number of rows is known
 * beforehand and which leaves all of them to the database, under every {@code innodb_autoinc_lock_mode}. Whatever is not
 * surely one of these cases is refused before the statement runs; that as many rows are found as were inserted is checked
 * after it.
 */
final class InsertedKeys {

    private final StatementRun execution;
    private final Table table;
    private final RowSelection selection;
    /** Per row, per column of the key. */
    private final List<List<Value>> keys;

    private InsertedKeys(StatementRun execution, Table table, RowSelection selection, List<List<Value>> keys) {
        this.execution = execution;
        this.table = table;
        this.selection = selection;
        this.keys = keys;
    }

    static InsertedKeys of(StatementRun execution, SqlStatement.Insert insert, Table table, RowSelection selection)
            throws SQLException {
        List<Column> columns = listed(table, insert.columns());
        requireWidth(execution, table, columns, insert.rows());
        List<List<Value>> keys = new ArrayList<>();
        int generated = 0;
        for (List<Value> row : insert.rows()) {
            List<Value> key = new ArrayList<>();
            for (Column column : table.key()) {
                int position = columns.indexOf(column);
                boolean given = position >= 0 && position < row.size();
                Value value = value(execution, table, column, given ? row.get(position) : new Value.Default());
                generated += isGenerated(value) ? 1 : 0;
                key.add(value);
            }
            keys.add(key);
        }
        if (generated != 0 && generated != insert.rows().size()) {
            throw SqlErrors.refused(
                    execution.owner().xid(),
                    "the INSERT into " + table
                            + " gives the key of some rows and leaves that of others to the database",
                    "insert the two kinds of rows with two statements");
        }
        return new InsertedKeys(execution, table, selection, keys);
    }

    /** The columns of an INSERT's values: where none are listed, those that are not invisible. */
    static List<Column> listed(Table table, List<Identifier> names) throws CaptureRefusedException {
        List<Column> listed = new ArrayList<>();
        for (Identifier name : names) {
            listed.add(table.column(name));
        }
        return listed.isEmpty()
                ? table.columns().stream().filter(column -> !column.hidden()).toList()
                : listed;
    }

    /** Whether a row gives each of the columns its value, or all of them their defaults. */
    static boolean fits(List<Value> row, List<Column> columns) {
        return row.isEmpty() || row.size() == columns.size();
    }

    /** The database refuses such a row, too, unless it counts other columns than we do: then no value would be where it is thought. */
    static void requireWidth(StatementRun execution, Table table, List<Column> columns, List<List<Value>> rows)
            throws SQLException {
        for (List<Value> row : rows) {
            if (!fits(row, columns)) {
                throw SqlErrors.refused(
                        execution.owner().xid(),
                        "a row of " + row.size() + " values for the " + columns.size() + " columns of " + table,
                        "list the columns, and give each a value");
            }
        }
    }

    /** A parameter or literal that is the column's value, or Default where the database generates it. */
    private static Value value(StatementRun execution, Table table, Column column, Value written) throws SQLException {
        Xid xid = execution.owner().xid();
        boolean null_ = written instanceof Value.Null
                || (written instanceof Value.Parameter parameter
                        && execution.parameters().isNull(parameter.position()));
        if (written instanceof Value.Default || null_) {
            if (column.counted()) {
                return new Value.Default();
            }
            throw SqlErrors.refused(
                    xid,
                    "the INSERT leaves " + column.name() + ", of the primary key of " + table
                            + ", to a default that can not be read back",
                    "give its value");
        }
        if (written instanceof Value.Expression) {
            throw SqlErrors.refused(
                    xid,
                    "the INSERT computes " + column.name() + ", of the primary key of " + table,
                    "compute the value in the application, and pass it as a parameter");
        }
        boolean zero = written instanceof Value.Parameter parameter
                ? execution.parameters().isZero(parameter.position())
                : written instanceof Value.Literal literal
                        && literal.sql().replaceAll("[^1-9]", "").isEmpty();
        if (column.counted() && zero) {
            throw SqlErrors.refused(
                    xid,
                    "the INSERT gives 0 for the auto-increment column " + column.name() + " of " + table
                            + ", which is a value or not, as the session's sql_mode says",
                    "leave the column out, or give null");
        }
        return written;
    }

    /** Whether the database generates the keys. */
    boolean generated() {
        return keys.stream().flatMap(List::stream).anyMatch(InsertedKeys::isGenerated);
    }

    private static boolean isGenerated(Value value) {
        return value instanceof Value.Default;
    }

    /** The rows, as they are now; fewer or more than were inserted if they can not be told. */
    List<Row> readBack() throws SQLException {
        long first = 0;
        long step = 0;
        if (generated()) {
            try (Statement select = execution.physical().createStatement();
                    ResultSet result =
                            select.executeQuery("SELECT LAST_INSERT_ID(), @@session.auto_increment_increment")) {
                result.next();
                first = result.getLong(1);
                step = result.getLong(2);
            }
        }
        String sql = "SELECT " + selection.selectList(null) + " FROM " + table.sql() + table.byKey() + "\nWHERE "
                + condition() + table.allRows() + "\nFOR UPDATE";
        try (PreparedStatement select = execution.physical().prepareStatement(sql)) {
            execution.starts(select);
            int index = 1;
            for (int row = 0; row < keys.size(); row++) {
                for (Value value : keys.get(row)) {
                    if (isGenerated(value)) {
                        select.setLong(index++, first + row * step);
                    } else if (value instanceof Value.Parameter parameter) {
                        index = execution.parameters().bind(select, index, List.of(parameter.position()));
                    }
                }
            }
            try (ResultSet result = select.executeQuery()) {
                return selection.readAll(result);
            }
        }
    }

    private String condition() {
        List<String> rows = new ArrayList<>();
        for (List<Value> key : keys) {
            List<String> columns = new ArrayList<>();
            for (int i = 0; i < key.size(); i++) {
                String value = key.get(i) instanceof Value.Literal literal ? literal.sql() : "?";
                columns.add(table.key().get(i).sql() + " = " + value);
            }
            rows.add("(" + String.join(" AND ", columns) + ")");
        }
        return String.join(" OR ", rows);
    }
}
