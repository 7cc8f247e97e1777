package io.dtx.rm;

import java.lang.reflect.Proxy;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import org.jspecify.annotations.Nullable;

/** A result set of whose columns only the first few are said to be there: those behind them were selected for us. */
final class FirstColumns {

    private FirstColumns() {}

    static ResultSet of(ResultSet all, int count) {
        return (ResultSet) Proxy.newProxyInstance(
                FirstColumns.class.getClassLoader(), new Class<?>[] {ResultSet.class}, (proxy, method, arguments) -> {
                    Object result = Calls.forward(method, all, arguments);
                    return method.getName().equals("getMetaData") && result instanceof ResultSetMetaData metaData
                            ? of(metaData, count)
                            : result;
                });
    }

    private static ResultSetMetaData of(ResultSetMetaData all, int count) {
        return (ResultSetMetaData) Proxy.newProxyInstance(
                FirstColumns.class.getClassLoader(),
                new Class<?>[] {ResultSetMetaData.class},
                (proxy, method, arguments) -> {
                    @Nullable Object result = Calls.forward(method, all, arguments);
                    return method.getName().equals("getColumnCount") ? (Object) count : result;
                });
    }
}
