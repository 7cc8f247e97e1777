package io.dtx.rm;

import java.sql.ResultSet;
import java.sql.SQLException;

/** Scrollable result sets that are looked at before the application reads them. */
final class Rewound {

    private Rewound() {}

    /** How many rows there are; the result set stands before the first again. */
    static int count(ResultSet rows) throws SQLException {
        int count = rows.last() ? rows.getRow() : 0;
        rows.beforeFirst();
        return count;
    }
}
