package io.dtx.test.equivalence;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A generated table.
 *
 * @param sql its name as statements write it, without a schema
 * @param unique the columns of each unique index but the primary key
 * @param parent the table that the last column refers to
 */
record Table(
        String sql,
        List<Column> columns,
        List<Column> key,
        List<List<Column>> unique,
        @Nullable Table parent) {

    /** Where a statement may name the schema; replaced when it runs, since the twin's schema is another one. */
    static final String SCHEMA = "{schema}.";

    String create() {
        StringBuilder sql = new StringBuilder("CREATE TABLE " + this.sql + " (");
        for (Column column : columns) {
            sql.append(column.sql()).append(' ').append(column.declaration()).append(", ");
        }
        sql.append("PRIMARY KEY (").append(names(key)).append(")");
        for (List<Column> index : unique) {
            sql.append(", UNIQUE (").append(names(index)).append(")");
        }
        if (parent != null) {
            sql.append(", FOREIGN KEY (").append(reference().sql()).append(") REFERENCES ");
            sql.append(parent.sql).append(" (").append(names(parent.key)).append(")");
        }
        return sql.append(")").toString();
    }

    /** The column that refers to the parent. */
    Column reference() {
        return columns.get(columns.size() - 1);
    }

    static String names(List<Column> columns) {
        return columns.stream().map(Column::sql).collect(Collectors.joining(", "));
    }

    /** Selects every row, each column in a form that differs for any two values. */
    String selectExactly() {
        return "SELECT "
                + columns.stream()
                        .map(column -> column.kind().exactOf(column.sql()))
                        .collect(Collectors.joining(", "))
                + " FROM " + sql;
    }

    List<Column> assignable() {
        return columns.stream().filter(Column::assignable).toList();
    }

    List<Column> comparable() {
        return columns.stream().filter(Column::comparable).toList();
    }

    Set<String> clocks() {
        return columns.stream()
                .filter(column -> !column.steady())
                .map(Column::label)
                .collect(Collectors.toSet());
    }

    boolean isUnique(Column column) {
        return key.contains(column) || unique.stream().anyMatch(index -> index.contains(column));
    }
}
