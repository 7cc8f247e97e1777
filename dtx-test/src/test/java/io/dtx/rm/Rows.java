package io.dtx.rm;

import io.dtx.test.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Looks into a database past dtx. */
final class Rows {

    private Rows() {}

    /** Every value of a query's rows, exactly: bytes where the driver gives bytes, text otherwise. */
    static List<String> of(Database database, String query) {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            List<String> rows = new ArrayList<>();
            int width = result.getMetaData().getColumnCount();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= width; i++) {
                    row.add(exact(result, i));
                }
                rows.add(String.join("|", row));
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(query, e);
        }
    }

    private static String exact(ResultSet result, int column) throws SQLException {
        Object value = result.getObject(column);
        if (value == null) {
            return "null";
        }
        if (value instanceof byte[] bytes) {
            return HexFormat.of().formatHex(bytes);
        }
        if (value instanceof Double number) {
            return Long.toHexString(Double.doubleToRawLongBits(number));
        }
        return result.getString(column);
    }

    /** How many rows of undo_log have this log_status: 0 undo, 1 guard. */
    static int inUndoLog(Database database, int status) {
        return Integer.parseInt(of(database, "SELECT COUNT(*) FROM undo_log WHERE log_status = " + status)
                .get(0));
    }
}
