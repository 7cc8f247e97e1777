package io.dtx.rm;

import java.lang.reflect.Proxy;
import java.sql.ResultSet;
import java.util.List;

/** A scrollable result set that is read forward in another order. */
final class OrderedRows {

    private OrderedRows() {}

    /** @param places the 1-based numbers of its rows, in the order to be read */
    static ResultSet of(ResultSet rows, List<Integer> places) {
        int[] read = {0};
        return (ResultSet) Proxy.newProxyInstance(
                OrderedRows.class.getClassLoader(), new Class<?>[] {ResultSet.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("next")) {
                        return read[0] < places.size() && rows.absolute(places.get(read[0]++));
                    }
                    return Calls.forward(method, rows, arguments);
                });
    }
}
