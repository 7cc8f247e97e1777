package io.dtx.rm;

import io.dtx.sql.Dialect;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Locale;

/** Executes statements that write, and give rows of what they wrote. */
final class Returning {

    private Returning() {}

    /**
     * H2 takes back what a failed INSERT has done so far, but not what one did that stands in a query (2.4): the rows that met
     * an error, or came before it, would stay without an image.
     */
    static ResultSet executeWhole(StatementRun execution, PreparedStatement statement) throws SQLException {
        if (execution.resource().database().dialect() != Dialect.H2) {
            return rows(execution, statement);
        }
        Savepoint before = execution.physical().setSavepoint();
        try {
            return statement.executeQuery();
        } catch (SQLException e) {
            execution.physical().rollback(before);
            throw e;
        } finally {
            execution.physical().releaseSavepoint(before);
        }
    }

    /** MySQL's own driver takes no write for a query, though MariaDB answers it as one. */
    static ResultSet rows(StatementRun execution, PreparedStatement statement) throws SQLException {
        if (execution.resource().database().dialect() != Dialect.MYSQL || hasMariaDbsDriver(execution)) {
            return statement.executeQuery();
        }
        ResultSet rows = statement.execute() ? statement.getResultSet() : null;
        if (rows == null) {
            throw new SQLException("the database returned no rows of a statement with RETURNING", "02000");
        }
        return rows;
    }

    static boolean hasMariaDbsDriver(StatementRun execution) throws SQLException {
        return String.valueOf(execution.physical().getMetaData().getDriverName())
                .toLowerCase(Locale.ROOT)
                .contains("mariadb");
    }
}
