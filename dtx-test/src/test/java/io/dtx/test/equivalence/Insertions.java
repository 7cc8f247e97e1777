package io.dtx.test.equivalence;

import io.dtx.test.equivalence.Column.Role;
import java.util.List;
import java.util.stream.Collectors;

/** Writes INSERTs, and what may insert: upserts, REPLACE and MERGE. */
final class Insertions {

    private final Draft draft;
    private final Chance chance;
    private final SqlText sql;
    private final Expressions expressions;
    /** Whether the database numbers no row. */
    private final boolean numbersGiven;

    Insertions(Draft draft, boolean numbersGiven) {
        this.draft = draft;
        this.chance = draft.chance;
        this.sql = draft.sql;
        this.expressions = draft.expressions;
        this.numbersGiven = numbersGiven;
    }

    void write(Shape shape, Table table) {
        switch (shape) {
            case INSERT_ROW -> insert(table, 1);
            case INSERT_ROWS -> insert(table, chance.between(2, 4));
            case INSERT_SELECT -> insertSelect(table, "INSERT INTO ");
            case INSERT_IGNORE_SELECT -> insertSelect(table, "INSERT IGNORE INTO ");
            case INSERT_DEFAULT_VALUES -> sql.add("INSERT INTO " + draft.written(table) + " DEFAULT VALUES");
            case INSERT_SET -> {
                sql.add("INSERT INTO " + draft.written(table) + " SET ");
                draft.separated(given(table), column -> {
                    sql.add(column.sql() + " = ");
                    inserted(table, column, false);
                });
            }
            case INSERT_RETURNING -> {
                insert(table, chance.between(1, 3));
                draft.returning(table);
            }
            case INSERT_IGNORE -> {
                sql.add("INSERT IGNORE INTO ");
                rows(table, chance.between(1, 3));
            }
            case ON_DUPLICATE_KEY -> {
                insert(table, chance.between(1, 3));
                sql.gap().add("ON DUPLICATE KEY UPDATE ");
                draft.assignments(table, "", chance.someOf(Draft.unkeyed(table)));
            }
            case ON_CONFLICT_NOTHING -> {
                insert(table, chance.between(1, 3));
                sql.gap().add("ON CONFLICT " + (chance.coin() ? "" : target(table)) + "DO NOTHING");
            }
            case ON_CONFLICT_UPDATE -> {
                insert(table, chance.between(1, 2));
                sql.gap().add("ON CONFLICT " + target(table) + "DO UPDATE SET ");
                List<Column> columns = chance.someOf(Draft.unkeyed(table));
                draft.separated(columns, column -> sql.add(column.sql() + " = EXCLUDED." + column.sql()));
            }
            case ON_CONFLICT_RETURNING -> {
                insert(table, 1);
                List<Column> columns = chance.someOf(Draft.unkeyed(table));
                sql.gap().add("ON CONFLICT " + target(table) + "DO UPDATE SET ");
                draft.separated(columns, column -> sql.add(column.sql() + " = EXCLUDED." + column.sql()));
                if (chance.oneIn(3)) {
                    expressions.where(table, table.sql() + ".");
                }
                draft.returning(table);
            }
            case REPLACE -> {
                sql.add("REPLACE INTO ");
                rows(table, chance.between(1, 3));
            }
            case MERGE -> merge(table);
            case MERGE_KEY -> {
                sql.add("MERGE INTO " + draft.written(table));
                List<Column> columns = table.assignable();
                List<Column> by = chance.of(table.indexes());
                boolean named = columns.containsAll(by);
                sql.add(" (" + Table.names(columns) + ") ");
                sql.add(named ? "KEY (" + Table.names(by) + ") " : "").add("VALUES (");
                draft.separated(columns, column -> inserted(table, column, false));
                sql.add(")");
            }
            default -> throw new IllegalArgumentException(shape.text());
        }
    }

    private void insert(Table table, int rows) {
        sql.add("INSERT INTO ");
        rows(table, rows);
    }

    /** The columns that an INSERT gives: those that it must, and some more. */
    private List<Column> given(Table table) {
        return table.columns().stream()
                .filter(column -> switch (column.role()) {
                    case PLAIN -> !(column.nullable() || column.hasDefault()) || !chance.oneIn(4);
                    case AUTO -> numbersGiven || chance.oneIn(3);
                    case CLOCK -> chance.oneIn(3);
                    case GENERATED -> false;
                })
                .toList();
    }

    private void rows(Table table, int rows) {
        boolean all = chance.oneIn(5);
        List<Column> columns = all ? table.columns() : given(table);
        if (columns.isEmpty()) {
            columns = table.assignable();
        }
        List<Column> listed = columns;
        sql.add(draft.written(table) + (all ? "" : " (" + Table.names(listed) + ")"))
                .gap()
                .add("VALUES ");
        boolean auto = !numbersGiven && chance.coin();
        for (int i = 0; i < rows; i++) {
            sql.add(i == 0 ? "(" : ", (");
            draft.separated(listed, column -> inserted(table, column, auto));
            sql.add(")");
        }
    }

    private void inserted(Table table, Column column, boolean auto) {
        Kind.Sample sample = draft.values.inserted(table, column);
        boolean chosen = sample == null || !column.kind().samples().contains(sample);
        if (column.role() == Role.GENERATED) {
            sql.add("DEFAULT");
        } else if (chosen && (column.role() == Role.PLAIN || !auto)) {
            sql.value(column.kind(), sample);
        } else if (column.role() == Role.AUTO) {
            if (auto) {
                sql.add(draft.onMySql() && chance.coin() ? "NULL" : "DEFAULT");
            } else {
                sql.value(column.kind());
            }
        } else if (column.role() == Role.CLOCK && chance.coin()) {
            sql.add(chance.of("DEFAULT", "CURRENT_TIMESTAMP"));
        } else if (column.kind().sort() == Kind.Sort.NUMBER && chance.oneIn(10)) {
            sql.add("ABS(").value(column.kind()).add(")");
        } else if (column.kind().sort() == Kind.Sort.TEXT && chance.oneIn(10)) {
            sql.add("UPPER(").value(column.kind()).add(")");
        } else {
            expressions.plain(column);
        }
    }

    private void insertSelect(Table table, String verb) {
        List<Column> columns = given(table).stream()
                .filter(column -> column.assignable() || (numbersGiven && column.role() == Role.AUTO))
                .toList();
        if (columns.isEmpty()) {
            columns = table.assignable();
        }
        Table source = chance.of(draft.tables);
        sql.add(verb + draft.written(table) + " (" + Table.names(columns) + ") SELECT ");
        draft.separated(columns, column -> selected(source, column));
        sql.add(" FROM " + source.sql());
        expressions.where(source, "");
        if (table.isNumbered()) { // in the order in which they come
            sql.gap().add("ORDER BY " + Table.names(source.key()));
        }
    }

    private void selected(Table source, Column column) {
        List<Column> same = source.columns().stream()
                .filter(other -> other.steady() && other.kind().equals(column.kind()))
                .toList();
        if (!same.isEmpty() && !chance.oneIn(4)) {
            sql.add(chance.of(same).sql());
            if (column.kind().sort() == Kind.Sort.NUMBER && chance.coin()) {
                sql.add(" + 100");
            }
        } else {
            sql.add("CAST(").value(column.kind()).add(" AS " + draft.castType(column.kind()) + ")");
        }
    }

    private String target(Table table) {
        return "(" + Table.names(chance.of(table.indexes())) + ") ";
    }

    private void merge(Table table) {
        List<Column> columns = table.assignable();
        String source = columns.stream().map(column -> "y." + column.sql()).collect(Collectors.joining(", "));
        sql.add("MERGE INTO " + draft.written(table) + " x USING (SELECT ");
        draft.separated(columns, column -> {
            sql.add("CAST(").value(column.kind()).add(" AS " + draft.castType(column.kind()) + ") AS " + column.sql());
        });
        Column key = table.key().get(0).assignable() ? table.key().get(0) : columns.get(0);
        sql.add(") y ON x." + key.sql() + " = y." + key.sql());
        sql.gap().add("WHEN MATCHED THEN ");
        List<Column> updated = Draft.unkeyed(table);
        if (chance.oneIn(3)) {
            sql.add("DELETE");
        } else {
            sql.add("UPDATE SET ");
            draft.separated(updated, column -> sql.add(column.sql() + " = y." + column.sql()));
        }
        sql.gap().add("WHEN NOT MATCHED THEN INSERT (" + Table.names(columns) + ") VALUES (" + source + ")");
    }
}
