package io.dtx.benchmarks.transfer;

import io.dtx.sql.Dialect;
import io.dtx.test.Database;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The tables of one bank: as the demo has them, with more accounts. */
final class Accounts {

    static final int COUNT = 10_000;
    private static final BigDecimal BALANCE = new BigDecimal(1_000_000);

    private Accounts() {}

    static void create(Database database, Path home) throws SQLException {
        String directory = database.dialect() == Dialect.POSTGRESQL ? "postgresql" : "mysql";
        database.runScript(home.resolve("sql").resolve(directory).resolve("bank2.sql"));
        database.runScript(home.resolve("sql").resolve(directory).resolve("undo_log.sql"));
        database.run("DELETE FROM account_info");
        try (Connection connection = database.connect();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO account_info (account_name, account_no, account_password, account_balance)"
                                + " VALUES (?, ?, '', ?)")) {
            connection.setAutoCommit(false);
            for (int account = 1; account <= COUNT; account++) {
                insert.setString(1, "Customer " + account);
                insert.setString(2, String.valueOf(account));
                insert.setBigDecimal(3, BALANCE);
                insert.addBatch();
            }
            insert.executeBatch();
            connection.commit();
        }
    }

    static BigDecimal sum(Database database) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet sum = statement.executeQuery("SELECT SUM(account_balance) FROM account_info")) {
            sum.next();
            return sum.getBigDecimal(1);
        }
    }
}
