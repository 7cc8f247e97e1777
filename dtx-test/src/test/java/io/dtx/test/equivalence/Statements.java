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
    private Values values;
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
        this.values = Values.ordinary(chance);
        this.expressions = new Expressions(chance, tables, firstNumber, sql, values);
        for (Shape shape : Shape.values()) {
            for (int i = 0; i < shape.weight() && grammar.knows(shape); i++) {
                shapes.add(shape);
            }
        }
    }

    /** A row that a table holds at the start. */
    String initialRow(Table table) {
        sql = new SqlText(chance, false);
        List<Column> columns = table.assignable();
        sql.add("INSERT INTO " + table.sql() + " (" + Table.names(columns) + ") VALUES (");
        separated(columns, column -> sql.value(column.kind(), initial(table, column)));
        return sql.add(")").command().sql();
    }

    private Kind.@Nullable Sample initial(Table table, Column column) {
        return column.nullable() && chance.oneIn(table.references(column) ? 2 : 5)
                ? null
                : chance.of(column.kind().samples());
    }

    Execute next() {
        Table table = chance.of(tables);
        Shape shape = fitting(chance.of(shapes), table);
        Call call = call(shape);
        ordered = false;
        mayCollide = false;
        List<Command> commands = commands(shape, call, table);
        List<String> keyNames = table.key().stream().map(Column::label).toList();
        return new Execute(shape, call, keys(shape), commands, keyNames, ordered, mayCollide, chance.oneIn(4));
    }

    /** The same statement, on the same PreparedStatement, with other values: one, or a batch. */
    Execute again(Execute before) {
        Call call = before.shape().isQuery()
                ? before.call()
                : chance.of(before.call(), Call.PREPARED, Call.PREPARED_LARGE, Call.PREPARED_BATCH);
        if (call.batch() && notInBulk(before.shape())) {
            call = Call.PREPARED;
        }
        List<Command> commands = new ArrayList<>();
        int first = firstElement();
        for (int i = call.batch() ? chance.between(1, 4) : 1; i > 0; i--) {
            commands.add(SqlText.again(before.commands().get(0), chance, first + i));
        }
        return new Execute(
                before.shape(),
                call,
                before.keys(),
                commands,
                before.keyNames(),
                before.ordered(),
                before.mayCollide(),
                true);
    }

    private Call call(Shape shape) {
        Call call = chance.of(Call.values());
        if (shape == Shape.MIXED_BATCH) {
            return chance.of(Call.STATEMENT_BATCH, Call.STATEMENT_LARGE_BATCH);
        }
        boolean large = call == Call.PREPARED_LARGE || call == Call.STATEMENT_LARGE;
        boolean single = (shape.isQuery() && large) || (call.batch() && (shape.isQuery() || notInBulk(shape)));
        return single ? Call.PREPARED : call;
    }

    /** MariaDB's bulk execution raises an error at a query's rows and at joins, and misreads columns in the values of SET. */
    private boolean notInBulk(Shape shape) {
        boolean misread = switch (shape) {
            case INSERT_SELECT, INSERT_IGNORE_SELECT, INSERT_SET, UPDATE_JOIN, DELETE_JOIN -> true;
            default -> false;
        };
        return misread && grammar.dialect() == Dialect.MYSQL;
    }

    private Keys keys(Shape shape) {
        boolean insert = shape.name().startsWith("INSERT") && !shape.isQuery();
        // MariaDB's driver gives the key of an ignored row, too.
        boolean ignored = shape == Shape.INSERT_IGNORE || shape == Shape.INSERT_IGNORE_SELECT;
        // Which row of the other table a row is joined with is the database's choice, and PostgreSQL returns it.
        boolean joined = shape == Shape.UPDATE_FROM || shape == Shape.DELETE_USING;
        return joined || ignored || shape.isQuery() || !chance.oneIn(insert ? 2 : 10)
                ? Keys.NONE
                : chance.of(grammar.keys());
    }

    private List<Command> commands(Shape shape, Call call, Table table) {
        if (!call.batch()) {
            return List.of(command(shape, table, call.prepared(), false));
        }
        boolean great = shape.inGreatBatches() && Values.canBeMany(table) && chance.oneIn(10);
        int count =
                great ? (chance.oneIn(10) ? chance.between(100, 300) : chance.between(10, 60)) : chance.between(1, 4);
        int first = firstElement();
        List<Command> commands = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values = great ? Values.ofGreatBatch(chance, first + i) : Values.ordinary(chance);
            if (i > 0 && call.prepared()) {
                commands.add(SqlText.again(commands.get(0), chance, first + i));
            } else if (shape == Shape.MIXED_BATCH) {
                Shape one = chance.of(Shape.INSERT_ROW, Shape.UPDATE, Shape.DELETE);
                commands.add(command(one, chance.of(tables), false, true));
            } else {
                commands.add(command(shape, table, call.prepared(), true));
            }
        }
        values = Values.ordinary(chance);
        return commands;
    }

    /** Now and then two great batches meet in their values. */
    private int firstElement() {
        return chance.of(0, 400, 800);
    }

    private Shape fitting(Shape shape, Table table) {
        boolean merge = shape == Shape.MERGE || shape == Shape.MERGE_KEY;
        if (merge && grammar.dialect() == Dialect.H2 && table.isNumbered()) {
            return Shape.UPDATE; // dtx runs it twice, so that numbers differ from those of the twin
        }
        boolean deletesMany = merge || (shape.name().startsWith("DELETE") && shape != Shape.DELETE);
        if (deletesMany && deletesOneByOne(table)) {
            return Shape.DELETE;
        }
        return shape;
    }

    /** All but PostgreSQL look at a foreign key with each row, in the order in which they visit rows. */
    private boolean deletesOneByOne(Table table) {
        return grammar.dialect() != Dialect.POSTGRESQL && !table.ownReferences().isEmpty();
    }

    private Command command(Shape shape, Table table, boolean parameters, boolean batch) {
        sql = new SqlText(chance, parameters);
        expressions = new Expressions(chance, tables, firstNumber, sql, values);
        // Where an upsert meets a row, MariaDB skips numbers that dtx, which knows that it will, does not ask for.
        // So does its driver with a batch of prepared statements.
        numbersGiven = grammar.dialect() == Dialect.MYSQL
                && ((batch && parameters)
                        || shape == Shape.INSERT_IGNORE
                        || shape == Shape.INSERT_IGNORE_SELECT
                        || shape == Shape.ON_DUPLICATE_KEY
                        || shape == Shape.REPLACE);
        if (chance.oneIn(12)) {
            sql.add(chance.of("/* by hand */ ", "-- ;\n", " "));
        }
        switch (shape) {
            case INSERT_ROW -> insert(table, 1);
            case INSERT_ROWS -> insert(table, chance.between(2, 4));
            case INSERT_SELECT -> insertSelect(table, "INSERT INTO ");
            case INSERT_IGNORE_SELECT -> insertSelect(table, "INSERT IGNORE INTO ");
            case INSERT_DEFAULT_VALUES -> sql.add("INSERT INTO " + written(table) + " DEFAULT VALUES");
            case INSERT_SET -> {
                sql.add("INSERT INTO " + written(table) + " SET ");
                separated(given(table), column -> {
                    sql.add(column.sql() + " = ");
                    inserted(table, column, false);
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
            case ON_CONFLICT_RETURNING -> {
                insert(table, 1);
                List<Column> columns = chance.someOf(unkeyed(table));
                sql.gap().add("ON CONFLICT " + target(table) + "DO UPDATE SET ");
                separated(columns, column -> sql.add(column.sql() + " = EXCLUDED." + column.sql()));
                if (chance.oneIn(3)) {
                    expressions.where(table, table.sql() + ".");
                }
                returning(table);
            }
            case REPLACE -> {
                sql.add("REPLACE INTO ");
                rows(table, chance.between(1, 3));
            }
            case MERGE -> merge(table);
            case MERGE_KEY -> {
                sql.add("MERGE INTO " + written(table));
                List<Column> columns = table.assignable();
                List<Column> by = chance.of(table.indexes());
                boolean named = columns.containsAll(by);
                sql.add(" (" + Table.names(columns) + ") ");
                sql.add(named ? "KEY (" + Table.names(by) + ") " : "").add("VALUES (");
                separated(columns, column -> inserted(table, column, false));
                sql.add(")");
            }
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
            case FOR_KEY_SHARE -> select(table, "FOR KEY SHARE");
            case MIXED_BATCH -> throw new IllegalArgumentException("made of others");
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
        }
        if (!batch && shape != Shape.TWO_STATEMENTS && chance.oneIn(15)) {
            sql.add(";");
        }
        return sql.command();
    }

    private String written(Table table) {
        return (chance.oneIn(5) ? chance.of(Table.SCHEMA, Table.CATALOGUE) : "") + table.sql();
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
            separated(listed, column -> inserted(table, column, auto));
            sql.add(")");
        }
    }

    private void inserted(Table table, Column column, boolean auto) {
        Kind.Sample sample = values.inserted(table, column);
        boolean chosen = sample == null || !column.kind().samples().contains(sample);
        if (column.role() == Role.GENERATED) {
            sql.add("DEFAULT");
        } else if (chosen && (column.role() == Role.PLAIN || !auto)) {
            sql.value(column.kind(), sample);
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

    private void insertSelect(Table table, String verb) {
        List<Column> columns = given(table).stream()
                .filter(column -> column.assignable() || (numbersGiven && column.role() == Role.AUTO))
                .toList();
        if (columns.isEmpty()) {
            columns = table.assignable();
        }
        Table source = chance.of(tables);
        sql.add(verb + written(table) + " (" + Table.names(columns) + ") SELECT ");
        separated(columns, column -> selected(source, column));
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
        return "(" + Table.names(chance.of(table.indexes())) + ") ";
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
        boolean unique = !values.areMany() || chance.oneIn(20);
        List<Column> possible = table.assignable().stream()
                .filter(column -> !table.key().contains(column) && (clock || column.steady()))
                .filter(column -> unique || !table.isUnique(column))
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
        if (deletesOneByOne(table)) {
            expressions.whereKey(table, alias);
        } else {
            expressions.where(table, alias);
        }
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
