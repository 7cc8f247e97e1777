package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.sql.TableName.Identifier;
import io.dtx.undo.CaptureRefusedException;
import io.dtx.undo.Column;
import io.dtx.undo.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which generated keys the application asks a statement for, in one of JDBC's three ways.
 *
 * @param wanted whether it asks at all
 * @param indexes of columns; null unless asked for by them
 * @param names of columns; null unless asked for by them
 */
record KeyRequest(
        boolean wanted,
        @Nullable List<Integer> indexes,
        @Nullable List<String> names) {

    static final KeyRequest NONE = new KeyRequest(false, null, null);
    private static final KeyRequest WHATEVER_THE_DRIVER_GIVES = new KeyRequest(true, null, null);

    /** From the argument behind the text in JDBC's methods: a flag, column indexes, or column names. */
    static KeyRequest of(@Nullable Object argument) {
        if (argument instanceof Integer flag) {
            return flag == Statement.RETURN_GENERATED_KEYS ? WHATEVER_THE_DRIVER_GIVES : NONE;
        }
        if (argument instanceof int[] indexes && indexes.length > 0) {
            return new KeyRequest(true, Arrays.stream(indexes).boxed().toList(), null);
        }
        if (argument instanceof String[] names && names.length > 0) {
            return new KeyRequest(true, null, List.of(names));
        }
        return NONE;
    }

    /** Prepares a statement that gives these keys. */
    PreparedStatement prepare(Connection connection, String sql) throws SQLException {
        if (indexes != null) {
            return connection.prepareStatement(
                    sql, indexes.stream().mapToInt(Integer::intValue).toArray());
        }
        if (names != null) {
            return connection.prepareStatement(sql, names.toArray(String[]::new));
        }
        return wanted
                ? connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)
                : connection.prepareStatement(sql);
    }

    /**
     * What the drivers of PostgreSQL and H2 would return for these keys, as SQL.
     *
     * @throws SQLException if the table has no such column
     */
    List<String> columns(Table table, Dialect dialect) throws SQLException {
        List<String> columns = new ArrayList<>();
        if (names != null) {
            for (String name : names) {
                columns.add(named(table, name).sql());
            }
        } else if (indexes != null) {
            for (int index : indexes) {
                if (index < 1 || index > table.columns().size()) {
                    throw new SQLException("table " + table + " has no column " + index, "42703");
                }
                columns.add(table.columns().get(index - 1).sql());
            }
        } else if (dialect == Dialect.POSTGRESQL) {
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

    private static Column named(Table table, String name) throws CaptureRefusedException {
        try {
            return table.column(new Identifier(name, true));
        } catch (CaptureRefusedException notExactly) {
            return table.column(new Identifier(name, false));
        }
    }
}
