package io.dtx.rm;

import java.lang.reflect.Proxy;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.BooleanSupplier;

/** A result set that must hold so many rows: that it ends before is an error, never an answer. */
final class CountedRows {

    private CountedRows() {}

    /**
     * One that can be scrolled, which drivers hold in memory, is counted at once; any other while it is read, since it may come
     * in portions.
     *
     * @param count how many rows were locked
     * @param table whose rows, for people
     * @param mayLeaveOut asked where there are fewer: whether some may rightly be left out by now
     * @throws SQLException if there are fewer; otherwise it is raised where the application reads on behind the last one
     */
    static ResultSet of(ResultSet rows, int count, String table, BooleanSupplier mayLeaveOut) throws SQLException {
        if (count == 0) {
            return rows;
        }
        if (rows.getType() != ResultSet.TYPE_FORWARD_ONLY) {
            int found = rows.last() ? rows.getRow() : 0;
            rows.beforeFirst();
            if (found < count) {
                throw fewer(found, count, table);
            }
            return rows;
        }
        int[] read = {0};
        return (ResultSet) Proxy.newProxyInstance(
                CountedRows.class.getClassLoader(), new Class<?>[] {ResultSet.class}, (proxy, method, arguments) -> {
                    Object result = Calls.forward(method, rows, arguments);
                    if (method.getName().equals("next")) {
                        if (Boolean.TRUE.equals(result)) {
                            read[0]++;
                        } else if (read[0] < count && !mayLeaveOut.getAsBoolean()) {
                            throw fewer(read[0], count, table);
                        }
                    }
                    return result;
                });
    }

    private static SQLException fewer(int found, int count, String table) {
        return new SQLException(
                "a locking read has locked " + count + " rows of " + table + ", and found " + found
                        + " of them again by their primary keys: the database does not take a key for what it gave"
                        + " itself. Nothing of the result may be used. Look at what the driver is told of the"
                        + " connection's character set, and at conversions of the key's values on the way.",
                "HY000");
    }
}
