package io.dtx.test.equivalence;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every row of every table, exactly; read on a connection that is neither dtx's nor the application's. */
record Contents(Map<String, List<String>> tables) {

    /** @param clocks whether columns that hold the time are read */
    static Contents read(Connection connection, List<Table> tables, boolean clocks) throws SQLException {
        Map<String, List<String>> contents = new LinkedHashMap<>();
        for (Table table : tables) {
            List<String> rows = new ArrayList<>();
            try (Statement statement = connection.createStatement();
                    ResultSet result = statement.executeQuery(table.selectExactly())) {
                while (result.next()) {
                    List<String> row = new ArrayList<>();
                    for (int i = 0; i < table.columns().size(); i++) {
                        Column column = table.columns().get(i);
                        row.add(clocks || column.steady() ? String.valueOf(result.getString(i + 1)) : "~");
                    }
                    rows.add(String.join("|", row));
                }
            }
            rows.sort(null);
            contents.put(table.sql(), rows);
        }
        return new Contents(contents);
    }

    /** @return null for no difference */
    @Nullable String differenceFrom(Contents other) {
        StringBuilder difference = new StringBuilder();
        tables.forEach((table, rows) -> {
            List<String> others = other.tables.getOrDefault(table, List.of());
            List<String> missing = without(others, rows);
            List<String> added = without(rows, others);
            if (!missing.isEmpty() || !added.isEmpty()) {
                difference
                        .append(table)
                        .append(": has ")
                        .append(added)
                        .append(" instead of ")
                        .append(missing)
                        .append("; ");
            }
        });
        return difference.isEmpty() ? null : difference.toString();
    }

    private static List<String> without(List<String> rows, List<String> others) {
        List<String> rest = new ArrayList<>(rows);
        others.forEach(rest::remove);
        return rest;
    }
}
