package io.dtx.undo;

import io.dtx.error.SqlStates;
import java.sql.SQLTransactionRollbackException;

/**
 * A table is not as it was when the catalogue was read: an image would lack a column, or read it wrongly. What is known of the
 * table must be forgotten; run again, the statement is captured as the table is now.
 */
public final class TableChangedException extends SQLTransactionRollbackException {

    private static final long serialVersionUID = 1L;

    private final transient Table table;

    TableChangedException(Table table) {
        super("table " + table + " was altered just now: run the local transaction again", SqlStates.CONFLICT);
        this.table = table;
    }

    Table table() {
        return table;
    }
}
