package io.dtx.test.equivalence;

import io.dtx.sql.Dialect;
import io.dtx.test.equivalence.Column.Role;
import io.dtx.test.equivalence.Step.Call;
import io.dtx.test.equivalence.Step.Command;
import io.dtx.test.equivalence.Step.Execute;
import io.dtx.test.equivalence.Step.Keys;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes random statements of every shape that a database understands. */
final class Statements {

    private final Chance chance;
    private final Grammar grammar;
    private final List<Table> tables;
    private final int firstNumber;
    private final List<Shape> shapes = new ArrayList<>();

    private SqlText sql;
    private Expressions expressions;
    private boolean ordered;
    private boolean mayCollide;
    /** Whether the database numbers no row. */
    private boolean numbersGiven;

    Statements(Chance chance, Grammar grammar, List<Table> tables, int firstNumber) {
        this.chance = chance;
        this.grammar = grammar;
        this.tables = tables;
        this.firstNumber = firstNumber;
        this.sql = new SqlText(chance, false);
        this.expressions = new Expressions(chance, tables, firstNumber, sql);
        for (Shape shape : Shape.values()) {
            for (int i = 0; i < shape.weight() && grammar.shapes().contains(shape); i++) {
                shapes.add(shape);
            }
        }
    }

    /** A row that a table holds at the start. */
    String initialRow(Table table) {
        sql = new SqlText(chance, false);
        expressions = new Expressions(chance, List.of(), firstNumber, sql);
        List<Column> columns = table.assignable();
        sql.add("INSERT INTO " + table.sql() + " (" + Table.names(columns) + ") VALUES (");
        separated(columns, column -> sql.value(column.kind(), initial(column)));
        return sql.add(")").command().sql();
    }

    private Kind.@Nullable Sample initial(Column column) {
        return column.nullable() && chance.oneIn(5)
                ? null
                : chance.of(column.kind().samples());
    }

    Execute next() {
        Shape shape = chance.of(shapes);
        Call call = chance.of(Call.values());
        if (shape.isQuery() && (call.batch() || call == Call.PREPARED_LARGE || call == Call.STATEMENT_LARGE)) {
            call = Call.PREPARED;
        }
        boolean notInBulk = shape == Shape.INSERT_SELECT || shape == Shape.INSERT_SET;
        if (notInBulk && grammar.dialect() == Dialect.MYSQL && call.batch()) {
            // MariaDB's bulk execution raises an error at a query's rows, and misreads columns in the values of SET.
            call = Call.PREPARED;
        }
        Table table = chance.of(tables);
        if (shape == Shape.MERGE && grammar.dialect() == Dialect.H2 && numbered(table)) {
            shape = Shape.UPDATE; // dtx runs it twice, so that numbers differ from those of the twin
        }
        ordered = false;
        mayCollide = false;
        List<Command> commands = new ArrayList<>();
        int count = call.batch() ? chance.between(1, 4) : 1;
        for (int i = 0; i < count; i++) {
            if (i > 0 && call.prepared()) {
                commands.add(SqlText.again(commands.get(0), chance));
            } else {
                commands.add(command(shape, table, call.prepared(), call.batch()));
            }
        }
        boolean insert = shape.name().startsWith("INSERT") && !shape.isQuery();
        // MariaDB's driver gives the key of an ignored row, too.
        // Which row of the other table a row is joined with is the database's choice, and PostgreSQL returns it.
        boolean joined = shape == Shape.UPDATE_FROM || shape == Shape.DELETE_USING;
        // MariaDB's driver gives the key of an ignored row, too.
        Keys keys = joined || shape.isQuery() || shape == Shape.INSERT_IGNORE || !chance.oneIn(insert ? 2 : 10)
                ? Keys.NONE
                : chance.of(grammar.keys());
        List<String> keyNames = table.key().stream().map(Column::label).toList();
        return new Execute(shape, call, keys, commands, keyNames, ordered, mayCollide);
    }

    private static boolean numbered(Table table) {
        return table.columns().stream().anyMatch(column -> column.role() == Role.AUTO);
    }

    private Command command(Shape shape, Table table, boolean parameters, boolean batch) {
        sql = new SqlText(chance, parameters);
        expressions = new Expressions(chance, tables, firstNumber, sql);
        // Where an upsert meets a row, MariaDB skips numbers that dtx, which knows that it will, does not ask for.
        // So does its driver with a batch of prepared statements.
        numbersGiven = grammar.dialect() == Dialect.MYSQL
                && ((batch && parameters)
                        || shape == Shape.INSERT_IGNORE
                        || shape == Shape.ON_DUPLICATE_KEY
                        || shape == Shape.REPLACE);
        if (chance.oneIn(12)) {
            sql.add(chance.of("/* by hand */ ", "-- ;\n", " "));
        }
        switch (shape) {
            case INSERT_ROW -> insert(table, 1);
            case INSERT_ROWS -> insert(table, chance.between(2, 4));
            case INSERT_SELECT -> insertSelect(table);
            case INSERT_DEFAULT_VALUES -> sql.add("INSERT INTO " + written(table) + " DEFAULT VALUES");
            case INSERT_SET -> {
                sql.add("INSERT INTO " + written(table) + " SET ");
                separated(given(table), column -> {
                    sql.add(column.sql() + " = ");
                    inserted(column, false);
                });
            }
            case INSERT_RETURNING -> {
                insert(table, chance.between(1, 3));
                returning(table);
            }
            case INSERT_IGNORE -> {
                sql.add("INSERT IGNORE INTO ");
                rows(table, chance.between(1, 3));
            }
            case ON_DUPLICATE_KEY -> {
                insert(table, chance.between(1, 3));
                sql.gap().add("ON DUPLICATE KEY UPDATE ");
                assignments(table, "", chance.someOf(unkeyed(table)));
            }
            case ON_CONFLICT_NOTHING -> {
                insert(table, chance.between(1, 3));
                sql.gap().add("ON CONFLICT " + (chance.coin() ? "" : target(table)) + "DO NOTHING");
            }
            case ON_CONFLICT_UPDATE -> {
                insert(table, chance.between(1, 2));
                sql.gap().add("ON CONFLICT " + target(table) + "DO UPDATE SET ");
                List<Column> columns = chance.someOf(unkeyed(table));
                separated(columns, column -> sql.add(column.sql() + " = EXCLUDED." + column.sql()));
            }
            case REPLACE -> {
                sql.add("REPLACE INTO ");
                rows(table, chance.between(1, 3));
            }
            case MERGE -> merge(table);
            case UPDATE -> update(table, false);
            case UPDATE_LIMIT -> update(table, true);
            case UPDATE_JOIN -> {
                Table other = chance.of(tables);
                sql.add("UPDATE " + written(table) + " x JOIN " + other.sql() + " y ON ");
                joined(table, other);
                sql.add(" SET ");
                assignments(table, "x.", chance.someOf(unkeyed(table)));
                expressions.where(table, "x.");
            }
            case UPDATE_FROM -> {
                Table other = chance.of(tables);
                sql.add("UPDATE " + written(table) + " AS x SET ");
                assignments(table, "x.", chance.someOf(unkeyed(table)), false);
                sql.gap().add("FROM " + other.sql() + " AS y WHERE ");
                joined(table, other);
            }
            case UPDATE_CTE -> {
                Table other = chance.of(tables);
                sql.add("WITH chosen AS (SELECT * FROM " + other.sql() + ") UPDATE " + written(table) + " AS x SET ");
                assignments(table, "x.", chance.someOf(unkeyed(table)), false);
                sql.add(" WHERE EXISTS (SELECT 1 FROM chosen y WHERE ");
                joined(table, other);
                sql.add(")");
            }
            case UPDATE_RETURNING -> {
                update(table, false);
                returning(table);
            }
            case UPDATE_KEY -> {
                sql.add("UPDATE " + written(table) + " SET ");
                assignments(table, "", table.key());
                expressions.where(table, "");
                mayCollide = true;
            }
            case DELETE -> delete(table, false);
            case DELETE_LIMIT -> delete(table, true);
            case DELETE_JOIN -> {
                Table other = chance.of(tables);
                sql.add("DELETE x FROM " + written(table) + " x JOIN " + other.sql() + " y ON ");
                joined(table, other);
                expressions.where(table, "x.");
            }
            case DELETE_USING -> {
                Table other = chance.of(tables);
                sql.add("DELETE FROM " + written(table) + " AS x USING " + other.sql() + " AS y WHERE ");
                joined(table, other);
            }
            case DELETE_CTE -> {
                Table other = chance.of(tables);
                sql.add("WITH chosen AS (SELECT * FROM " + other.sql() + ") DELETE FROM " + written(table)
                        + " AS x WHERE EXISTS (SELECT 1 FROM chosen y WHERE ");
                joined(table, other);
                sql.add(")");
            }
            case DELETE_RETURNING -> {
                delete(table, false);
                returning(table);
            }
            case SELECT -> select(table, "");
            case FOR_UPDATE -> select(table, "FOR UPDATE");
            case FOR_UPDATE_NOWAIT -> select(table, "FOR UPDATE NOWAIT");
            case FOR_UPDATE_SKIP_LOCKED -> select(table, "FOR UPDATE SKIP LOCKED");
            case FOR_NO_KEY_UPDATE -> select(table, "FOR NO KEY UPDATE");
            case FOR_SHARE -> select(table, grammar.dialect() == Dialect.MYSQL ? "LOCK IN SHARE MODE" : "FOR SHARE");
            case TRUNCATE -> sql.add("TRUNCATE TABLE " + table.sql());
        }
        if (!batch && chance.oneIn(15)) {
            sql.add(";");
        }
        return sql.command();
    }

    private String written(Table table) {
        return (chance.oneIn(5) ? Table.SCHEMA : "") + table.sql();
    }

    private static List<Column> unkeyed(Table table) {
        List<Column> columns = table.columns().stream()
                .filter(column -> column.role() == Role.PLAIN && !table.key().contains(column))
                .toList();
        return columns.isEmpty() ? table.assignable() : columns;
    }

    private interface Part {
        void of(Column column);
    }

    private void separated(List<Column> columns, Part part) {
        for (int i = 0; i < columns.size(); i++) {
            if (i > 0) {
                sql.add(", ");
            }
            part.of(columns.get(i));
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
        sql.add(written(table) + (all ? "" : " (" + Table.names(listed) + ")"))
                .gap()
                .add("VALUES ");
        boolean auto = !numbersGiven && chance.coin();
        for (int i = 0; i < rows; i++) {
            sql.add(i == 0 ? "(" : ", (");
            separated(listed, column -> inserted(column, auto));
            sql.add(")");
        }
    }

    private void inserted(Column column, boolean auto) {
        if (column.role() == Role.GENERATED) {
            sql.add("DEFAULT");
        } else if (column.role() == Role.AUTO) {
            if (auto) {
                sql.add(grammar.dialect() == Dialect.MYSQL && chance.coin() ? "NULL" : "DEFAULT");
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

    private void insertSelect(Table table) {
        List<Column> columns = given(table).stream().filter(Column::assignable).toList();
        if (columns.isEmpty()) {
            columns = table.assignable();
        }
        Table source = chance.of(tables);
        sql.add("INSERT INTO " + written(table) + " (" + Table.names(columns) + ") SELECT ");
        separated(columns, column -> selected(source, column));
        sql.add(" FROM " + source.sql());
        expressions.where(source, "");
        if (numbered(table)) { // in the order in which they come
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
            sql.add("CAST(").value(column.kind()).add(" AS " + castType(column.kind()) + ")");
        }
    }

    private String castType(Kind kind) {
        if (grammar.dialect() == Dialect.MYSQL) {
            return switch (kind.sort()) {
                case NUMBER -> "DECIMAL(20, 3)";
                case TEXT, OTHER -> "CHAR";
            };
        }
        return kind.type().replace(" COLLATE ci", "");
    }

    private void assignments(Table table, String alias, List<Column> columns) {
        assignments(table, alias, columns, true);
    }

    /** @param qualified whether the assigned column itself may be qualified */
    private void assignments(Table table, String alias, List<Column> columns, boolean qualified) {
        boolean prefix = qualified && !alias.isEmpty() && grammar.dialect() == Dialect.MYSQL;
        // MariaDB may or may not show an assignment to those that follow it, as its plan goes.
        boolean blind = grammar.dialect() == Dialect.MYSQL && columns.size() > 1;
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

    private void joined(Table table, Table other) {
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

    private String target(Table table) {
        List<List<Column>> indexes = new ArrayList<>(table.unique());
        indexes.add(table.key());
        return "(" + Table.names(chance.of(indexes)) + ") ";
    }

    private void merge(Table table) {
        List<Column> columns = table.assignable();
        String source = columns.stream().map(column -> "y." + column.sql()).collect(Collectors.joining(", "));
        sql.add("MERGE INTO " + written(table) + " x USING (SELECT ");
        separated(columns, column -> {
            sql.add("CAST(").value(column.kind()).add(" AS " + castType(column.kind()) + ") AS " + column.sql());
        });
        Column key = table.key().get(0).assignable() ? table.key().get(0) : columns.get(0);
        sql.add(") y ON x." + key.sql() + " = y." + key.sql());
        sql.gap().add("WHEN MATCHED THEN ");
        List<Column> updated = unkeyed(table);
        if (chance.oneIn(3)) {
            sql.add("DELETE");
        } else {
            sql.add("UPDATE SET ");
            separated(updated, column -> sql.add(column.sql() + " = y." + column.sql()));
        }
        sql.gap().add("WHEN NOT MATCHED THEN INSERT (" + Table.names(columns) + ") VALUES (" + source + ")");
    }

    private String aliased(Table table) {
        String name = written(table);
        if (chance.oneIn(3)) {
            sql.add(name + chance.of(" x", " AS x"));
            return "x.";
        }
        sql.add(name);
        return "";
    }

    private void update(Table table, boolean limit) {
        sql.add("UPDATE ");
        String alias = aliased(table);
        sql.gap().add("SET ");
        boolean clock = chance.oneIn(8);
        List<Column> possible = table.assignable().stream()
                .filter(column -> !table.key().contains(column) && (clock || column.steady()))
                .toList();
        assignments(table, alias, chance.someOf(possible.isEmpty() ? unkeyed(table) : possible));
        expressions.where(table, alias);
        if (limit) {
            limit(table, alias);
        }
    }

    private void delete(Table table, boolean limit) {
        sql.add("DELETE FROM ");
        String alias = grammar.dialect() == Dialect.MYSQL ? "" : aliased(table);
        if (alias.isEmpty() && grammar.dialect() == Dialect.MYSQL) {
            sql.add(written(table));
        }
        expressions.where(table, alias);
        if (limit) {
            limit(table, alias);
        }
    }

    private void limit(Table table, String alias) {
        boolean descending = grammar.dialect() != Dialect.H2; // which sometimes forgets it (2.4)
        String order = table.key().stream()
                .map(column -> alias + column.sql() + (descending && chance.coin() ? " DESC" : ""))
                .collect(Collectors.joining(", "));
        sql.gap().add("ORDER BY " + order + " LIMIT " + chance.between(0, 3));
        ordered = true;
    }

    private void returning(Table table) {
        boolean all = chance.coin();
        sql.gap().add("RETURNING " + (all ? "*" : Table.names(chance.someOf(table.columns()))));
    }

    private void select(Table table, String locking) {
        sql.add("SELECT " + (chance.coin() ? "*" : Table.names(chance.someOf(table.columns()))) + " FROM ");
        String alias = aliased(table);
        expressions.where(table, alias);
        if (chance.oneIn(3)) {
            limit(table, alias);
        }
        sql.gap().add(locking);
    }
}
