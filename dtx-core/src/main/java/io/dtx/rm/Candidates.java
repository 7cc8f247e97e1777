package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.sql.Fragment;
import io.dtx.sql.SqlStatement.Value;
import io.dtx.undo.Column;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.Table;
import io.dtx.undo.Table.UniqueKey;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a table that the rows of an upsert could meet: those with an equal value of a unique key, compared by the
 * database. They are locked as they are read.
 *
 * <p>This is a prediction (a value may be converted when it is stored, and rows may appear afterwards); whoever uses it has
 * to see to it that the statement touches no other row. Not thread-safe.
 */
final class Candidates {

    /** Rows of the statement that one query asks for. */
    private static final int ROWS_PER_QUERY = 40;
    /** Else a zero asks for the next number, also one that only becomes zero as it is stored, and meets no row. */
    private static final String ZERO_IS_A_VALUE = "FIND_IN_SET('NO_AUTO_VALUE_ON_ZERO', @@SESSION.sql_mode) > 0";

    private final StatementRun execution;
    private final RowSelection selection;
    private final List<Column> columns;
    private final List<List<Value>> rows;
    private final List<UniqueKey> keys;
    /** Whether they are left alone. */
    private final boolean kept;

    /** Rows that will be written. */
    Candidates(
            StatementRun execution,
            RowSelection selection,
            List<Column> columns,
            List<List<Value>> rows,
            List<UniqueKey> keys) {
        this(execution, selection, columns, rows, keys, false);
    }

    private Candidates(
            StatementRun execution,
            RowSelection selection,
            List<Column> columns,
            List<List<Value>> rows,
            List<UniqueKey> keys,
            boolean kept) {
        this.execution = execution;
        this.selection = selection;
        this.columns = columns;
        this.rows = rows;
        this.keys = keys;
        this.kept = kept;
    }

    /** Rows that stay as they are: they are locked only so that nobody takes them away, and what can not be told is passed over. */
    static Candidates kept(
            StatementRun execution,
            RowSelection selection,
            List<Column> columns,
            List<List<Value>> rows,
            List<UniqueKey> keys) {
        return new Candidates(execution, selection, columns, rows, keys, true);
    }

    /**
     * What was found.
     *
     * @param byRow per row of the statement, the rows that it meets, by their keys
     */
    record Found(List<Map<List<io.dtx.undo.Value>, Row>> byRow) {

        /** Whether two rows of the statement meet one of the table. */
        boolean meetsOneTwice() {
            return byRow.stream().mapToInt(Map::size).sum() > all().size();
        }

        /** Each row once. */
        List<Row> all() {
            Map<List<io.dtx.undo.Value>, Row> all = new LinkedHashMap<>();
            byRow.forEach(all::putAll);
            return List.copyOf(all.values());
        }
    }

    /** A condition that a row meets which one row of the statement would collide with. */
    private record Condition(int row, String sql, List<Integer> parameters) {}

    /** Whether a row of the statement gives a unique key by which it can be found. */
    boolean findable(int row) throws SQLException {
        for (UniqueKey key : keys) {
            if (condition(row, key) != null) {
                return true;
            }
        }
        return false;
    }

    /**
     * A column of a unique key whose value, in some row of the statement, the database makes anew, by an expression: what a row
     * meets by it is not known before. A number that has just been given meets nothing.
     */
    @Nullable Column madeByDatabase() {
        for (UniqueKey key : keys) {
            for (Column column : key.columns()) {
                boolean made = column.constantDefault() == null && (column.generated() || !column.autoIncrement());
                for (int row = 0; made && row < rows.size(); row++) {
                    if (value(row, column) instanceof Value.Default) {
                        return column;
                    }
                }
            }
        }
        return null;
    }

    /**
     * Why a row was met that is not among those found before.
     *
     * @param before what was found
     * @param cause as the database told it; it has undone the statement
     */
    SQLException metAnother(Found before, @Nullable SQLException cause) throws SQLException {
        Set<List<io.dtx.undo.Value>> known = new HashSet<>();
        before.byRow().forEach(row -> known.addAll(row.keySet()));
        for (Map<List<io.dtx.undo.Value>, Row> row : lockAndRead().byRow()) {
            if (!known.containsAll(row.keySet())) {
                return RowDiff.appeared(execution, selection, cause);
            }
        }
        Column made = madeByDatabase();
        if (made == null && rows.size() > 1) {
            return SqlErrors.refused(
                    execution.owner().xid(),
                    "an upsert of several rows on " + selection.table()
                            + " in one statement, of which one meets another",
                    "write each row with its own, in a batch");
        }
        SQLException refused = SqlErrors.refused(
                execution.owner().xid(),
                "a row of " + selection.table()
                        + " is met by a unique value that is not known before the statement runs, "
                        + (made == null
                                ? "as it is converted when it is stored"
                                : "as the database makes that of " + made.name()),
                "give every column of its unique keys a value of the column's own type");
        if (cause != null) {
            refused.initCause(cause);
        }
        return refused;
    }

    Found lockAndRead() throws SQLException {
        List<Map<List<io.dtx.undo.Value>, Row>> byRow = new ArrayList<>();
        rows.forEach(row -> byRow.add(new LinkedHashMap<>()));
        for (UniqueKey key : keys) {
            List<Condition> conditions = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                Condition condition = condition(i, key);
                if (condition != null) {
                    conditions.add(condition);
                }
            }
            String byName = key.byName();
            for (int from = 0; from < conditions.size(); from += ROWS_PER_QUERY) {
                List<Condition> some = conditions.subList(from, Math.min(conditions.size(), from + ROWS_PER_QUERY));
                try {
                    read(byName, some, byRow);
                } catch (SQLException e) {
                    if (!UniqueKey.isNotThereByName(e)) {
                        throw e;
                    }
                    byName = "";
                    read(byName, some, byRow);
                }
            }
        }
        return new Found(byRow);
    }

    private void read(String byName, List<Condition> conditions, List<Map<List<io.dtx.undo.Value>, Row>> byRow)
            throws SQLException {
        Table table = selection.table();
        StringBuilder tags = new StringBuilder();
        StringBuilder where = new StringBuilder();
        List<Integer> parameters = new ArrayList<>();
        for (Condition condition : conditions) {
            tags.append(", CASE WHEN ").append(condition.sql()).append("\nTHEN 1 ELSE 0 END");
            where.append(where.isEmpty() ? "" : "\nOR ").append(condition.sql());
            parameters.addAll(condition.parameters());
        }
        String from = table.sql() + byName + "\nWHERE " + where + "\n" + table.allRows();
        String sql = "SELECT " + selection.selectList(null) + tags + "\nFROM " + from + locking();
        try (PreparedStatement select = execution.physical().prepareStatement(sql)) {
            execution.starts(select);
            int behind = execution.parameters().bind(select, 1, parameters);
            execution.parameters().bind(select, behind, parameters);
            try (ResultSet result = select.executeQuery()) {
                selection.requireShape(result.getMetaData(), 1);
                while (result.next()) {
                    Row row = selection.readRow(result, 1);
                    for (int i = 0; i < conditions.size(); i++) {
                        if (result.getInt(selection.width() + 1 + i) == 1) {
                            byRow.get(conditions.get(i).row()).put(selection.key(row), row);
                        }
                    }
                }
            }
        }
    }

    private String locking() {
        if (!kept) {
            return "\nFOR UPDATE";
        }
        return isPostgreSql() ? "\nFOR KEY SHARE" : "\nLOCK IN SHARE MODE";
    }

    private boolean isPostgreSql() {
        return execution.resource().database().dialect() == Dialect.POSTGRESQL;
    }

    /**
     * Whether a row that meets one which is there is sure to find it: every unique key is given as it is, also as a null, given or
     * left out, or made by the database, which has nothing to meet then. A null is sure where the column's description is: of a
     * table with triggers, which could fill it, nothing is; what is NOT NULL and left out has failed the statement before.
     */
    boolean areComplete() {
        if (selection.table().sideEffectsAccepted()) {
            return false;
        }
        for (UniqueKey key : keys) {
            for (Column column : key.columns()) {
                for (int row = 0; row < rows.size(); row++) {
                    if (!isGiven(value(row, column), column)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private boolean isGiven(Value value, Column column) {
        return value instanceof Value.Parameter
                || value instanceof Value.Literal
                || isNull(value, column)
                || (value instanceof Value.Default && column.autoIncrement());
    }

    /** Whether the row gives null, or leaves out a column that has nothing else to become. */
    private boolean isNull(Value value, Column column) {
        return value instanceof Value.Null
                || (value instanceof Value.Parameter parameter
                        && execution.parameters().isNull(parameter.position()))
                || (value instanceof Value.Default
                        && !column.defaulted()
                        && !column.autoIncrement()
                        && !column.generated());
    }

    /** Null where the database makes a part of the key, or the row gives a null that meets nothing. */
    private @Nullable Condition condition(int row, UniqueKey key) throws SQLException {
        List<String> parts = new ArrayList<>();
        List<Integer> parameters = new ArrayList<>();
        for (int i = 0; i < key.columns().size(); i++) {
            Column column = key.columns().get(i);
            Value value = value(row, column);
            if (!key.nullsDistinct() && isNull(value, column)) {
                parts.add(column.sql() + " IS NULL");
                continue;
            }
            String sql = sql(value, column, parameters);
            if (sql == null) {
                return null;
            }
            if (isPostgreSql()) {
                // As it will be stored; and it compares values of one type only.
                sql = "CAST(" + sql + " AS " + column.declaration() + ")";
            }
            if (column.counted() && execution.resource().database().dialect() == Dialect.MYSQL) {
                parts.add("(" + column.sql() + " <> 0 OR " + ZERO_IS_A_VALUE + ")");
            }
            // Only where its value is known by the database alone: no index serves the longer operator.
            boolean mayBeNull = !key.nullsDistinct() && value instanceof Value.Expression;
            int prefix = key.prefixes().get(i);
            parts.add(
                    prefix == 0
                            ? column.sql() + (mayBeNull ? " IS NOT DISTINCT FROM " : " = ") + sql
                            : "LEFT(" + column.sql() + ", " + prefix + ") = LEFT(" + sql + ", " + prefix + ")");
        }
        return new Condition(row, "(" + String.join(" AND ", parts) + ")", parameters);
    }

    private Value value(int row, Column column) {
        int position = columns.indexOf(column);
        boolean given = position >= 0 && position < rows.get(row).size();
        return given ? rows.get(row).get(position) : new Value.Default();
    }

    private @Nullable String sql(Value value, Column column, List<Integer> parameters) throws SQLException {
        if (value instanceof Value.Parameter parameter) {
            boolean generated = execution.parameters().isNull(parameter.position());
            parameters.add(parameter.position());
            return generated ? null : "?";
        }
        if (value instanceof Value.Literal literal) {
            return literal.sql();
        }
        if (value instanceof Value.Expression expression) {
            if (!expression.stable() && kept) {
                return null;
            }
            if (!expression.stable()) {
                throw SqlErrors.refused(
                        execution.owner().xid(),
                        "the value of " + column.name() + ", of a unique key of " + selection.table()
                                + ", may be another each time it is asked for",
                        "compute the value in the application, and pass it as a parameter");
            }
            Fragment fragment = expression.sql();
            parameters.addAll(fragment.parameters());
            return "(" + (execution.mustLockWithin(true, fragment) ? fragment.lockingSql() : fragment.sql()) + "\n)";
        }
        return value instanceof Value.Null ? null : column.constantDefault();
    }
}
