package io.dtx.rm;

import java.lang.reflect.Proxy;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** Several result sets of equal columns read as one, forward only: the generated keys of a batch. */
final class ChainedRows {

    private final List<ResultSet> parts;
    private int current;

    private ChainedRows(List<ResultSet> parts) {
        this.parts = List.copyOf(parts);
    }

    /** @param parts at least one */
    static ResultSet of(List<ResultSet> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        ChainedRows rows = new ChainedRows(parts);
        return (ResultSet) Proxy.newProxyInstance(
                ChainedRows.class.getClassLoader(),
                new Class<?>[] {ResultSet.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "next" -> rows.next();
                    case "close" -> {
                        rows.close();
                        yield null;
                    }
                    default -> Calls.forward(method, rows.parts.get(rows.current), arguments);
                });
    }

    private boolean next() throws SQLException {
        while (!parts.get(current).next()) {
            if (current + 1 == parts.size()) {
                return false;
            }
            current++;
        }
        return true;
    }

    private void close() throws SQLException {
        for (ResultSet part : parts) {
            part.close();
        }
    }
}
