package io.dtx.undo;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Lets whoever uses a real connection stand still once: after the first statement with a certain text has run. */
final class PausingConnection {

    private final Connection target;
    private final String part;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    /** @param part of the statement's text */
    PausingConnection(Connection target, String part) {
        this.target = target;
        this.part = part;
    }

    Connection connection() {
        return proxy(Connection.class, (method, arguments) -> {
            Object result = invoke(method, target, arguments);
            return result instanceof PreparedStatement statement && ((String) arguments[0]).contains(part)
                    ? pausing(statement)
                    : result;
        });
    }

    /** Returns when the statement has run. */
    void awaitPause() throws InterruptedException {
        reached.await();
    }

    void goOn() {
        goOn.countDown();
    }

    private PreparedStatement pausing(PreparedStatement statement) {
        return proxy(PreparedStatement.class, (method, arguments) -> {
            Object result = invoke(method, statement, arguments);
            if (method.getName().startsWith("execute")) {
                reached.countDown();
                goOn.await();
            }
            return result;
        });
    }

    private interface Behaviour {
        @Nullable Object call(Method method, Object[] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Behaviour behaviour) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> behaviour.call(method, arguments)));
    }

    private static @Nullable Object invoke(Method method, Object target, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
