package io.dtx.test.equivalence;

import io.dtx.test.equivalence.Column.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A generated table.
 *
 * @param sql its name as statements write it, without a schema
 * @param unique the columns of each unique index but the primary key
 * @param reference the foreign key, if there is one
 */
record Table(
        String sql,
        List<Column> columns,
        List<Column> key,
        List<List<Column>> unique,
        @Nullable Reference reference) {

    /**
     * A foreign key.
     *
     * @param columns those that refer to the key of the parent; they take NULL
     * @param parent its name as statements write it
     * @param action what is done to the row when its parent goes, or nothing
     */
    record Reference(List<Column> columns, String parent, List<Column> parentKey, String action) {}

    /** Where a statement may name the schema; replaced when it runs, since the twin's schema is another one. */
    static final String SCHEMA = "{schema}.";
    /** The same with the catalogue, where the database has one above the schema. */
    static final String CATALOGUE = "{catalogue}.";

    String create() {
        StringBuilder sql = new StringBuilder("CREATE TABLE " + this.sql + " (");
        for (Column column : columns) {
            sql.append(column.sql()).append(' ').append(column.declaration()).append(", ");
        }
        sql.append("PRIMARY KEY (").append(names(key)).append(")");
        for (List<Column> index : unique) {
            sql.append(", UNIQUE (").append(names(index)).append(")");
        }
        if (reference != null) {
            sql.append(", FOREIGN KEY (").append(names(reference.columns)).append(") REFERENCES ");
            sql.append(reference.parent)
                    .append(" (")
                    .append(names(reference.parentKey))
                    .append(")");
            sql.append(reference.action);
        }
        return sql.append(")").toString();
    }

    boolean references(Column column) {
        return reference != null && reference.columns.contains(column);
    }

    /** The columns by which its rows refer to each other. */
    List<Column> ownReferences() {
        return reference != null && reference.parent.equals(sql) ? reference.columns : List.of();
    }

    /** The columns of the primary key and of each unique index. */
    List<List<Column>> indexes() {
        List<List<Column>> indexes = new ArrayList<>(unique);
        indexes.add(key);
        return indexes;
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

    /** Whether the database numbers its rows. */
    boolean isNumbered() {
        return columns.stream().anyMatch(column -> column.role() == Role.AUTO);
    }

    boolean isUnique(Column column) {
        return indexes().stream().anyMatch(index -> index.contains(column));
    }
}
