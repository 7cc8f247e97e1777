package io.dtx.rm;

import io.dtx.sql.Dialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;

/**
 * What MySQL and MariaDB, in strict mode, raise as an error in a statement that writes, and only warn of in a query: a value
 * that can not be converted for a comparison, a division by zero. Such a value may stand in a row that the condition looks at
 * and does not choose. The query for the image goes past it with a warning, and the statement, once it is restricted to the
 * keys of the image, does not look at it: it would go through where it fails without dtx.
 */
final class StrictMode {

    private StrictMode() {}

    /** Whether the query for an image ended with warnings. Costs nothing where it did not: the database counts them. */
    static boolean warned(StatementRun execution, Statement query) throws SQLException {
        return execution.resource().database().dialect() == Dialect.MYSQL && query.getWarnings() != null;
    }

    /** Raises what the statement raises as it is written: runs it, and takes it back if it goes through. */
    static void raise(StatementRun execution) throws SQLException {
        Connection connection = execution.physical();
        if (!isStrict(connection)) {
            return;
        }
        Savepoint before = connection.setSavepoint();
        try (PreparedStatement statement = connection.prepareStatement(execution.sql())) {
            execution.starts(statement);
            execution.parameters().bindAll(statement);
            statement.execute();
            execution.transaction().changed();
            connection.rollback(before);
            execution.transaction().unchanged();
        }
        connection.releaseSavepoint(before);
    }

    private static boolean isStrict(Connection connection) throws SQLException {
        try (Statement select = connection.createStatement();
                ResultSet mode = select.executeQuery("SELECT @@SESSION.sql_mode")) {
            return mode.next() && mode.getString(1).contains("STRICT_");
        }
    }
}
