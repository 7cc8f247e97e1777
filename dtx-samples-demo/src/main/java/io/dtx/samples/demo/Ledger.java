package io.dtx.samples.demo;

import io.dtx.test.Database;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Looks into the two databases past the banks, so that nobody's word has to be taken for it. */
record Ledger(Database bank1, Database bank2) {

    Balances balances() {
        String sql = "SELECT account_balance FROM account_info";
        return new Balances(number(bank1, sql), number(bank2, sql));
    }

    /**
     * Undo rows in both databases. Rows of other kinds do not count: a database's own id, and the marks that keep a late
     * branch from committing (log_status 1 and 2), which dtx clears away after a while.
     */
    int undoRows() {
        String sql = "SELECT count(*) FROM undo_log WHERE log_status = 0";
        return number(bank1, sql).add(number(bank2, sql)).intValueExact();
    }

    private static BigDecimal number(Database database, String sql) {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getBigDecimal(1);
        } catch (SQLException e) {
            throw new DemoFailure("The database of " + database.name() + " does not answer: " + e.getMessage(), e);
        }
    }
}
