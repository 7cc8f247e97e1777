package io.dtx.test.equivalence;

import java.util.List;

/** Writes UPDATEs and DELETEs. */
final class Changes {

    private final Draft draft;
    private final Chance chance;
    private final SqlText sql;
    private final Expressions expressions;

    Changes(Draft draft) {
        this.draft = draft;
        this.chance = draft.chance;
        this.sql = draft.sql;
        this.expressions = draft.expressions;
    }

    void write(Shape shape, Table table) {
        switch (shape) {
            case UPDATE -> update(table, false);
            case UPDATE_LIMIT -> update(table, true);
            case UPDATE_JOIN -> {
                Table other = chance.of(draft.tables);
                sql.add("UPDATE " + draft.written(table) + " x JOIN " + other.sql() + " y ON ");
                draft.joined(table, other);
                sql.add(" SET ");
                draft.assignments(table, "x.", chance.someOf(Draft.unkeyed(table)));
                expressions.where(table, "x.");
            }
            case UPDATE_FROM -> {
                Table other = chance.of(draft.tables);
                sql.add("UPDATE " + draft.written(table) + " AS x SET ");
                draft.assignments(table, "x.", chance.someOf(Draft.unkeyed(table)), false);
                sql.gap().add("FROM " + other.sql() + " AS y WHERE ");
                draft.joined(table, other);
            }
            case UPDATE_CTE -> {
                Table other = chance.of(draft.tables);
                sql.add("WITH chosen AS (SELECT * FROM " + other.sql() + ") UPDATE " + draft.written(table)
                        + " AS x SET ");
                draft.assignments(table, "x.", chance.someOf(Draft.unkeyed(table)), false);
                sql.add(" WHERE EXISTS (SELECT 1 FROM chosen y WHERE ");
                draft.joined(table, other);
                sql.add(")");
            }
            case UPDATE_RETURNING -> {
                update(table, false);
                draft.returning(table);
            }
            case UPDATE_KEY -> {
                sql.add("UPDATE " + draft.written(table) + " SET ");
                draft.assignments(table, "", table.key());
                expressions.where(table, "");
                draft.collides();
            }
            case DELETE -> delete(table, false);
            case DELETE_LIMIT -> delete(table, true);
            case DELETE_JOIN -> {
                Table other = chance.of(draft.tables);
                sql.add("DELETE x FROM " + draft.written(table) + " x JOIN " + other.sql() + " y ON ");
                draft.joined(table, other);
                expressions.where(table, "x.");
            }
            case DELETE_USING -> {
                Table other = chance.of(draft.tables);
                sql.add("DELETE FROM " + draft.written(table) + " AS x USING " + other.sql() + " AS y WHERE ");
                draft.joined(table, other);
            }
            case DELETE_CTE -> {
                Table other = chance.of(draft.tables);
                sql.add("WITH chosen AS (SELECT * FROM " + other.sql() + ") DELETE FROM " + draft.written(table)
                        + " AS x WHERE EXISTS (SELECT 1 FROM chosen y WHERE ");
                draft.joined(table, other);
                sql.add(")");
            }
            case DELETE_RETURNING -> {
                delete(table, false);
                draft.returning(table);
            }
            case TRUNCATE -> sql.add("TRUNCATE TABLE " + table.sql());
            case CREATE_INDEX ->
                sql.add("CREATE INDEX i ON " + table.sql() + " ("
                        + table.key().get(0).sql() + ")");
            case TWO_STATEMENTS -> {
                delete(table, false);
                sql.add("; DELETE FROM " + table.sql());
            }
            case EXECUTABLE_COMMENT -> {
                sql.add(chance.of("DELETE /*! QUICK */ FROM ", "DELETE /*M! QUICK */ FROM ") + table.sql());
                expressions.where(table, "");
            }
            case WRITING_CTE -> {
                sql.add("WITH gone AS (");
                delete(table, false);
                sql.add(" RETURNING *) SELECT * FROM gone");
            }
            default -> throw new IllegalArgumentException(shape.text());
        }
    }

    private void update(Table table, boolean limit) {
        sql.add("UPDATE ");
        String alias = draft.aliased(table);
        sql.gap().add("SET ");
        boolean clock = chance.oneIn(8);
        boolean unique = !draft.values.areMany() || chance.oneIn(20);
        List<Column> possible = table.assignable().stream()
                .filter(column -> !table.key().contains(column) && (clock || column.steady()))
                .filter(column -> unique || !table.isUnique(column))
                .toList();
        draft.assignments(table, alias, chance.someOf(possible.isEmpty() ? Draft.unkeyed(table) : possible));
        expressions.where(table, alias);
        if (limit) {
            draft.limit(table, alias);
        }
    }

    private void delete(Table table, boolean limit) {
        sql.add("DELETE FROM ");
        String alias = draft.onMySql() ? "" : draft.aliased(table);
        if (alias.isEmpty() && draft.onMySql()) {
            sql.add(draft.written(table));
        }
        if (draft.grammar.deletesOneByOne(table)) {
            expressions.whereKey(table, alias);
        } else {
            expressions.where(table, alias);
        }
        if (limit) {
            draft.limit(table, alias);
        }
    }
}
