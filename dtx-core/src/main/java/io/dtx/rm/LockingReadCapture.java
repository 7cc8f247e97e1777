package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.sql.SqlStatement;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.Table;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * Runs {@code SELECT .. FOR UPDATE}: locks the rows in the database, asks the coordinator whether another global transaction
 * holds them, and only then reads what the application asked for, of exactly these rows. What is handed out is committed as
 * far as global transactions go, and stays so as long as the local transaction holds the row locks.
 *
 * <p>They are read again by their keys alone, and counted. The condition has chosen them; by now the clock, or what a subquery
 * reads, may have gone on, while the locked rows are as they were. So if fewer are found, the database does not take a key for
 * what was read of it, and to hand out the others, or none, would be to say that the missing rows are not there.
 */
final class LockingReadCapture {

    /**
     * What leaves rows out although they are locked: SKIP LOCKED those of which an index entry alone was locked before (MySQL's
     * share locks), and KEY SHARE lets others change the columns that the condition is about. These do not count.
     */
    private static final Pattern MAY_LEAVE_OUT =
            Pattern.compile("\\bSKIP\\b|\\bKEY\\s+SHARE\\b", Pattern.CASE_INSENSITIVE);

    private LockingReadCapture() {}

    static Ran read(StatementRun execution, SqlStatement.LockingRead read) throws SQLException {
        Table table = execution.resource().tables().table(execution.physical(), read.table());
        RowSelection keys = execution.resource().selections().forLock(table);
        List<Row> rows = lock(execution, read, keys);
        ChangeCapture.refuseZeroDates(execution, keys, rows, false, read.where());
        LockCheck.ofRead(execution, keys, rows, SqlStatement.waits(read.locking()));
        execution.watch().again(rows.size());
        boolean all = !MAY_LEAVE_OUT.matcher(read.locking()).find();
        ImageSql sql = new ImageSql()
                .piece("", read.head())
                .text("\n" + table.byKey())
                .restricted(
                        all ? null : read.where(),
                        keys.keyCondition(read.table().alias(), rows.size()))
                .piece("", read.orderBy())
                .text("\n" + table.allRows() + "\n" + read.locking());
        PreparedStatement select = execution
                .physical()
                .prepareStatement(
                        sql.toString(),
                        execution.application().getResultSetType(),
                        execution.application().getResultSetConcurrency());
        try {
            execution.starts(select);
            execution.copyReading(select);
            sql.bind(
                    select,
                    execution.parameters(),
                    (to, first) -> rows.isEmpty() ? first : keys.bindKeys(to, first, rows));
            int writes = execution.transaction().writes();
            ResultSet found = select.executeQuery();
            boolean inPortions =
                    execution.resource().database().dialect() == Dialect.POSTGRESQL && select.getFetchSize() > 0;
            // A row is locked anew when its portion is fetched, and passed by if this local transaction has written it
            // since: as it would be without dtx.
            BooleanSupplier mayLeaveOut =
                    () -> inPortions && execution.transaction().writes() != writes;
            ResultSet handedOut =
                    all ? CountedRows.of(found, keys.distinct(rows).size(), table.toString(), mayLeaveOut) : found;
            return new Ran(select, handedOut, -1, null, List.of(select));
        } catch (SQLException | RuntimeException e) {
            StatementRun.closeQuietly(select, e);
            throw e;
        }
    }

    private static List<Row> lock(StatementRun execution, SqlStatement.LockingRead read, RowSelection keys)
            throws SQLException {
        ImageSql sql = new ImageSql()
                .text("SELECT " + keys.selectList(read.table().alias()))
                .piece("FROM ", read.from())
                .piece("WHERE ", read.where())
                .piece("", read.orderBy())
                .piece("", read.limit())
                .text("\n" + read.locking());
        try (PreparedStatement select = execution.physical().prepareStatement(sql.toString())) {
            execution.starts(select);
            select.setMaxRows(execution.application().getMaxRows());
            sql.bind(select, execution.parameters());
            try (ResultSet result = select.executeQuery()) {
                return keys.readAll(result);
            }
        }
    }
}
