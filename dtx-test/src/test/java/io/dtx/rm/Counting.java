package io.dtx.rm;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** A data source below dtx that counts what its statements are asked to execute: a batch is one. */
final class Counting {

    private final AtomicInteger executions = new AtomicInteger();
    private final DataSource target;

    Counting(DataSource target) {
        this.target = target;
    }

    /** Since it was asked last. */
    int executions() {
        return executions.getAndSet(0);
    }

    DataSource dataSource() {
        return counted(DataSource.class, target);
    }

    private <T> T counted(Class<T> type, Object object) {
        return type.cast(Proxy.newProxyInstance(
                Counting.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    Object result = call(method, object, arguments);
                    if (object instanceof Statement && method.getName().startsWith("execute")) {
                        executions.incrementAndGet();
                    }
                    boolean wraps = result instanceof Connection || result instanceof Statement;
                    return wraps && !(object instanceof Statement) ? counted(method.getReturnType(), result) : result;
                }));
    }

    private static Object call(Method method, Object object, Object[] arguments) throws Throwable {
        try {
            return method.invoke(object, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
