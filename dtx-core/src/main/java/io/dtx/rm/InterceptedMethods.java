package io.dtx.rm;

import static io.dtx.rm.Interception.action;
import static java.util.Map.entry;

import io.dtx.rm.ManagedStatement.Mode;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** The methods of JDBC that are intercepted, by interface and name. Everything else is forwarded as it is called. */
final class InterceptedMethods {

    private InterceptedMethods() {}

    static final Map<String, Interception<ManagedConnection>> CONNECTION = Map.ofEntries(
            entry("createStatement", ManagedConnection::statement),
            entry("prepareStatement", ManagedConnection::preparedStatement),
            entry("prepareCall", ManagedConnection::callableStatement),
            entry("getMetaData", ManagedConnection::metaData),
            entry("commit", action((connection, call) -> connection.commit())),
            entry("rollback", action((connection, call) -> {
                if (call.arguments().length == 0) {
                    connection.rollback();
                } else {
                    connection.transaction().rollback(call.argument(0, Savepoint.class));
                }
            })),
            entry("setSavepoint", ManagedConnection::savepoint),
            entry("isValid", ManagedConnection::isValid),
            entry(
                    "setAutoCommit",
                    action((connection, call) -> connection.setAutoCommit(call.argument(0, Boolean.class)))),
            entry("close", action((connection, call) -> connection.close())),
            entry("abort", ManagedConnection::abort),
            entry("setCatalog", ManagedConnection::changeState),
            entry("setSchema", ManagedConnection::changeState),
            entry("setTransactionIsolation", ManagedConnection::setIsolation),
            entry("setReadOnly", ManagedConnection::changeState));

    /** What the application gets. */
    interface WrappedConnection extends Connection, Managed {}

    /** Of Statement, PreparedStatement and CallableStatement. */
    static final Map<String, Interception<ManagedStatement>> STATEMENT = Map.ofEntries(
            entry("execute", (statement, call) -> statement.execute(call, Mode.ANY)),
            entry("executeQuery", (statement, call) -> statement.execute(call, Mode.QUERY)),
            entry("executeUpdate", (statement, call) -> statement.execute(call, Mode.UPDATE)),
            entry("executeLargeUpdate", (statement, call) -> statement.execute(call, Mode.LARGE_UPDATE)),
            entry("addBatch", ManagedStatement::addBatch),
            entry("clearBatch", ManagedStatement::clearBatch),
            entry("executeBatch", (statement, call) -> statement.executeBatch(call, false)),
            entry("executeLargeBatch", (statement, call) -> statement.executeBatch(call, true)),
            entry("clearParameters", ManagedStatement::clearParameters),
            entry("getResultSet", ManagedStatement::resultSet),
            entry("getUpdateCount", (statement, call) -> statement.updateCount(call, false)),
            entry("getLargeUpdateCount", (statement, call) -> statement.updateCount(call, true)),
            entry("getMoreResults", ManagedStatement::moreResults),
            entry("getGeneratedKeys", ManagedStatement::generatedKeys),
            entry("getWarnings", ManagedStatement::ofWhatRan),
            entry("clearWarnings", ManagedStatement::ofWhatRan),
            entry("getConnection", (statement, call) -> statement.connection().proxy()),
            entry("cancel", ManagedStatement::cancel),
            entry("close", ManagedStatement::close));

    /** Those of a statement, and every setter of a parameter. */
    static final Map<String, Interception<ManagedStatement>> PREPARED_STATEMENT = withSetters();

    private static Map<String, Interception<ManagedStatement>> withSetters() {
        Map<String, Interception<ManagedStatement>> table = new HashMap<>(STATEMENT);
        for (Method method : PreparedStatement.class.getMethods()) {
            if (Parameters.isSetter(method)) {
                table.put(method.getName(), ManagedStatement::setParameter);
            }
        }
        return Map.copyOf(table);
    }

    static final Map<String, Interception<ManagedStatement>> RESULT_SET = Map.ofEntries(
            entry("getStatement", (statement, call) -> statement.proxy()),
            entry("insertRow", ManagedStatement::updateThroughRows),
            entry("updateRow", ManagedStatement::updateThroughRows),
            entry("deleteRow", ManagedStatement::updateThroughRows));

    static final Map<String, Interception<ManagedConnection>> META_DATA =
            Map.ofEntries(entry("getConnection", (connection, call) -> connection.proxy()));

    static DatabaseMetaData proxy(ManagedConnection connection, DatabaseMetaData target) {
        return Interception.Handler.proxy(DatabaseMetaData.class, connection, target, META_DATA);
    }

    static Connection proxy(ManagedConnection connection, Connection target) {
        return Interception.Handler.proxy(WrappedConnection.class, connection, target, CONNECTION);
    }

    static <S extends Statement> S proxy(Class<S> type, ManagedStatement statement, S target) {
        return Interception.Handler.proxy(
                type, statement, target, type == Statement.class ? STATEMENT : PREPARED_STATEMENT);
    }

    static ResultSet proxy(ManagedStatement statement, ResultSet target) {
        return Interception.Handler.proxy(ResultSet.class, statement, target, RESULT_SET);
    }
}
