package io.dtx.benchmarks.bank;

import com.alibaba.druid.pool.DruidPooledConnection;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The least that any AT mode has to do in the database, written by hand for this one table, and no coordinator: before image,
 * the update, after image read by the insert of the undo row, and undo rows deleted in batches afterwards. Images and undo
 * rows go through the driver's own connection, below the pool. It can undo nothing: only its cost counts.
 */
@Component
@ConditionalOnProperty(name = "bank.flavour", havingValue = "floor")
final class FloorTransfers implements Transfers {

    private static final int BATCH = 100;

    private final TransactionOperations local;
    private final DataSource dataSource;
    private final boolean postgreSql;
    private final BlockingQueue<Long> committed = new LinkedBlockingQueue<>();

    FloorTransfers(TransactionTemplate local, DataSource dataSource) throws SQLException {
        this.local = local;
        this.dataSource = dataSource;
        try (Connection connection = dataSource.getConnection()) {
            postgreSql = connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
        }
        Thread sweeper = new Thread(this::sweep, "undo-sweep");
        sweeper.setDaemon(true);
        sweeper.start();
    }

    @Override
    public void transfer(Runnable work) {
        work.run();
    }

    @Override
    public void change(String accountNo, Runnable update) {
        long branch = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
        local.executeWithoutResult(status -> {
            Connection connection = DataSourceUtils.getConnection(dataSource);
            try {
                Connection driver =
                        connection.unwrap(DruidPooledConnection.class).getConnection();
                long id;
                BigDecimal before;
                try (PreparedStatement image = driver.prepareStatement(
                        "SELECT id, account_balance FROM account_info WHERE account_no = ? FOR UPDATE")) {
                    image.setString(1, accountNo);
                    try (ResultSet row = image.executeQuery()) {
                        row.next();
                        id = row.getLong(1);
                        before = row.getBigDecimal(2);
                    }
                }
                update.run();
                try (PreparedStatement undo = driver.prepareStatement(undoInsert())) {
                    undo.setLong(1, branch);
                    undo.setString(2, "floor-" + branch);
                    undo.setString(3, id + "=" + before);
                    undo.setLong(4, id);
                    undo.executeUpdate();
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            } finally {
                DataSourceUtils.releaseConnection(connection, dataSource);
            }
        });
        committed.add(branch);
    }

    /** On MariaDB by VALUES: INSERT .. SELECT is a bulk insert there, which costs more than a statement for itself. */
    private String undoInsert() {
        String insert =
                "INSERT INTO undo_log (branch_id, xid, context, rollback_info, log_status, log_created, log_modified) ";
        return postgreSql
                ? insert + "SELECT ?, ?, 'floor', convert_to(CAST(? AS text) || '>' || CAST(account_balance AS text),"
                        + " 'UTF8'), 0, LOCALTIMESTAMP, LOCALTIMESTAMP FROM account_info WHERE id = ?"
                : insert + "VALUES (?, ?, 'floor', (SELECT CONCAT(?, '>', account_balance) FROM account_info WHERE id"
                        + " = ?), 0, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))";
    }

    private void sweep() {
        List<Long> branches = new ArrayList<>();
        while (true) {
            try {
                branches.add(committed.take());
                Thread.sleep(100); // as a release message that waits for company
                committed.drainTo(branches, BATCH - 1);
                delete(branches);
                branches.clear();
            } catch (SQLException e) {
                // They are tried again with the next ones.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void delete(List<Long> branches) throws SQLException {
        String pairs = String.join(", ", Collections.nCopies(branches.size(), "(?, ?)"));
        try (Connection connection = dataSource.getConnection();
                PreparedStatement delete =
                        connection.prepareStatement("DELETE FROM undo_log WHERE (xid, branch_id) IN (" + pairs + ")")) {
            int parameter = 1;
            for (long branch : branches) {
                delete.setString(parameter++, "floor-" + branch);
                delete.setLong(parameter++, branch);
            }
            delete.executeUpdate();
        }
    }
}
