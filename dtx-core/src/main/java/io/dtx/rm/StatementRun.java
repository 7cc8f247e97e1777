package io.dtx.rm;

import io.dtx.sql.Fragment;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.UndoEntry;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One execution of one statement that is to be captured.
 *
 * @param owner whom it works for
 * @param transaction the local transaction, bound to the owner
 * @param physical the connection
 * @param application the application's own statement: its settings count
 * @param sql the text
 * @param parameters set for this execution; empty for a plain statement
 * @param keys the generated keys that the application asks for
 * @param ownTransaction whether the local transaction ends with this execution (autocommit)
 * @param asWritten executes the application's own statement as it is, parameters and all
 * @param watch open while the database has a statement of ours that may wait for rows
 * @param running is told each statement of ours, so that the application can cancel it
 */
record StatementRun(
        Coordinator coordinator,
        Owner owner,
        LocalTransaction transaction,
        Connection physical,
        OpenResource resource,
        Statement application,
        String sql,
        Parameters parameters,
        KeyRequest keys,
        boolean ownTransaction,
        AsWritten asWritten,
        DatabaseWaits.Watch watch,
        Consumer<Statement> running) {

    /** Executes an update and gives its count. */
    interface AsWritten {
        int executeUpdate() throws SQLException;
    }

    /** To be called for each statement of ours before it is executed: it gets the application's time limit. */
    void starts(Statement to) throws SQLException {
        running.accept(to);
        int seconds = application.getQueryTimeout();
        if (seconds > 0) {
            to.setQueryTimeout(seconds);
        }
    }

    /**
     * Hands what the statement did to its local transaction, with the locks that these rows need.
     *
     * @param entry null for rows that it found as it would have left them
     * @param before as they were; none for rows that it made
     * @param after as they are; none for rows that it deleted
     */
    void captured(@Nullable UndoEntry entry, RowSelection selection, List<Row> before, List<Row> after) {
        transaction.captured(new Captured(entry, selection.locks(resource.id(), before, after)));
    }

    /**
     * Whether a query of ours must have the queries within these pieces lock what they read, to choose as the application's
     * statement does. Under REPEATABLE READ, InnoDB reads within a statement that writes what is there now, and keeps it so by
     * share locks; but within a SELECT, even one FOR UPDATE, what the read view shows, if they do not say that they lock. The
     * locks are those that the statement is about to take. Under READ COMMITTED both read what is there now, but a statement that
     * locks it waits for whoever is changing it, and would choose other rows than a query that does not.
     *
     * @param underAnyLevel whether the statement takes these locks under READ COMMITTED, too, as all but an UPDATE of one table do
     * @param pieces of the application's statement; null for none
     */
    boolean mustLockWithin(boolean underAnyLevel, @Nullable Fragment... pieces) throws SQLException {
        for (Fragment piece : pieces) {
            if (piece != null && piece.queries()) {
                return underAnyLevel || physical.getTransactionIsolation() == Connection.TRANSACTION_REPEATABLE_READ;
            }
        }
        return false;
    }

    /**
     * Gives a query of ours what the application set about reading its rows. In a local transaction that ends at once nothing
     * can be left to fetch later.
     */
    void copyReading(Statement to) throws SQLException {
        to.setMaxRows(application.getMaxRows());
        to.setMaxFieldSize(application.getMaxFieldSize());
        to.setFetchSize(ownTransaction ? 0 : application.getFetchSize());
    }

    static void closeQuietly(AutoCloseable closeable, Exception because) {
        try {
            closeable.close();
        } catch (Exception e) {
            because.addSuppressed(e);
        }
    }
}
