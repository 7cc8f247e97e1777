package io.dtx.undo;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code SELECT *} gives of a table. Images of whole rows select it beside the columns that they name: a column that was
 * added while the table's description was kept shows in the very statement that reads the rows, and under its locks.
 */
record Shape(List<ShownColumn> columns) {

    Shape {
        columns = List.copyOf(columns);
    }

    /** A column as the driver describes it. */
    record ShownColumn(String name, String type, int precision, int scale) {}

    static Shape of(Connection connection, String table) throws SQLException {
        try (Statement select = connection.createStatement();
                ResultSet result = select.executeQuery("SELECT * FROM " + table + " WHERE 1 = 0")) {
            ResultSetMetaData shown = result.getMetaData();
            return of(shown, 1, shown.getColumnCount());
        }
    }

    /** @param first the 1-based index of the first column; with fewer columns from there on than {@code count}, all of them */
    static Shape of(ResultSetMetaData shown, int first, int count) throws SQLException {
        List<ShownColumn> columns = new ArrayList<>();
        for (int i = Math.max(1, first); i < first + count && i <= shown.getColumnCount(); i++) {
            columns.add(new ShownColumn(
                    shown.getColumnName(i), shown.getColumnTypeName(i), shown.getPrecision(i), shown.getScale(i)));
        }
        return new Shape(columns);
    }

    int width() {
        return columns.size();
    }

    List<String> names() {
        return columns.stream().map(ShownColumn::name).toList();
    }
}
