package io.dtx.undo;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Cuts a real connection at the n-th call that talks to the database: before it is carried out, or after. */
final class FailingConnection {

    private static final List<String> TALKING = List.of(
            "execute", "executeQuery", "executeUpdate", "executeBatch", "commit", "prepareStatement", "setSavepoint");

    private final Connection target;
    private final int failAt;
    private final boolean carryOut;
    private final AtomicInteger calls = new AtomicInteger();

    private FailingConnection(Connection target, int failAt, boolean carryOut) {
        this.target = target;
        this.failAt = failAt;
        this.carryOut = carryOut;
    }

    /** @param carryOut whether the failing call reaches the database, and only its answer is lost */
    static Connection at(int call, boolean carryOut, Connection target) {
        return new FailingConnection(target, call, carryOut).proxy(Connection.class, target);
    }

    private <T> T proxy(Class<T> type, Object delegate) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    boolean fails = TALKING.contains(method.getName()) && calls.incrementAndGet() == failAt;
                    if (fails && !carryOut) {
                        throw cut();
                    }
                    Object result = call(() -> method.invoke(delegate, arguments));
                    if (fails) {
                        throw cut();
                    }
                    if (result instanceof PreparedStatement) {
                        return proxy(PreparedStatement.class, result);
                    }
                    return result instanceof Statement ? proxy(Statement.class, result) : result;
                }));
    }

    private SQLException cut() throws SQLException {
        target.abort(Runnable::run);
        return new SQLException("the connection was cut by the test", "08006");
    }

    private interface Call {
        @Nullable Object run() throws ReflectiveOperationException;
    }

    private static @Nullable Object call(Call call) throws Throwable {
        try {
            return call.run();
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
