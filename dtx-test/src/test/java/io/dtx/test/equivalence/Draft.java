package io.dtx.test.equivalence;

import io.dtx.sql.Dialect;
import io.dtx.test.equivalence.Column.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** One statement in the making: what its parts are written with, and what is known of it by now. */
final class Draft {

    final Chance chance;
    final Grammar grammar;
    final List<Table> tables;
    final SqlText sql;
    final Values values;
    final Expressions expressions;
    private boolean ordered;
    private boolean mayCollide;

    /** @param parameters whether it may have some */
    Draft(Chance chance, Grammar grammar, List<Table> tables, int firstNumber, Values values, boolean parameters) {
        this.chance = chance;
        this.grammar = grammar;
        this.tables = tables;
        this.values = values;
        this.sql = new SqlText(chance, parameters);
        this.expressions = new Expressions(chance, tables, firstNumber, sql, values, onMySql());
    }

    boolean onMySql() {
        return grammar.dialect() == Dialect.MYSQL;
    }

    /** See {@link Step.Execute#ordered()}. */
    boolean ordered() {
        return ordered;
    }

    /** See {@link Step.Execute#mayCollide()}. */
    boolean mayCollide() {
        return mayCollide;
    }

    void collides() {
        mayCollide = true;
    }

    interface Part {
        void of(Column column);
    }

    String written(Table table) {
        return (chance.oneIn(5) ? chance.of(Table.SCHEMA, Table.CATALOGUE) : "") + table.sql();
    }

    String aliased(Table table) {
        String name = written(table);
        if (chance.oneIn(3)) {
            sql.add(name + chance.of(" x", " AS x"));
            return "x.";
        }
        sql.add(name);
        return "";
    }

    /** What an UPDATE may assign: without the key, if there is anything else. */
    static List<Column> unkeyed(Table table) {
        List<Column> columns = table.columns().stream()
                .filter(column -> column.role() == Role.PLAIN && !table.key().contains(column))
                .toList();
        return columns.isEmpty() ? table.assignable() : columns;
    }

    void separated(List<Column> columns, Part part) {
        for (int i = 0; i < columns.size(); i++) {
            if (i > 0) {
                sql.add(", ");
            }
            part.of(columns.get(i));
        }
    }

    void assignments(Table table, String alias, List<Column> columns) {
        assignments(table, alias, columns, true);
    }

    /** @param qualified whether the assigned column itself may be qualified */
    void assignments(Table table, String alias, List<Column> columns, boolean qualified) {
        boolean prefix = qualified && !alias.isEmpty() && onMySql();
        // MariaDB may or may not show an assignment to those that follow it, as its plan goes.
        boolean blind = onMySql() && columns.size() > 1;
        separated(columns, column -> {
            sql.add((prefix ? alias : "") + column.sql() + " = ");
            if (column.role() == Role.CLOCK) {
                sql.value(column.kind());
            } else if (blind) {
                expressions.plain(column);
            } else {
                expressions.assigned(table, alias, column);
            }
            mayCollide |= table.isUnique(column);
        });
    }

    void joined(Table table, Table other) {
        List<String> pairs = new ArrayList<>();
        for (Column column : table.comparable()) {
            for (Column candidate : other.comparable()) {
                if (column.kind().equals(candidate.kind())) {
                    pairs.add("x." + column.sql() + " = y." + candidate.sql());
                }
            }
        }
        if (pairs.isEmpty()) {
            expressions.condition(table, "x.", 0);
        } else {
            sql.add(chance.of(pairs));
        }
    }

    String castType(Kind kind) {
        if (onMySql()) {
            return switch (kind.sort()) {
                case NUMBER -> "DECIMAL(20, 3)";
                case TEXT, OTHER -> "CHAR";
            };
        }
        return kind.type().replace(" COLLATE ci", "");
    }

    void limit(Table table, String alias) {
        boolean descending = grammar.dialect() != Dialect.H2; // which sometimes forgets it (2.4)
        String order = table.key().stream()
                .map(column -> alias + column.sql() + (descending && chance.coin() ? " DESC" : ""))
                .collect(Collectors.joining(", "));
        sql.gap().add("ORDER BY " + order + " LIMIT " + chance.between(0, 3));
        ordered = true;
    }

    void returning(Table table) {
        boolean all = chance.coin();
        sql.gap().add("RETURNING " + (all ? "*" : Table.names(chance.someOf(table.columns()))));
    }
}
