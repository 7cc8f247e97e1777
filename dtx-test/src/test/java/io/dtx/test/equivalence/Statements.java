package io.dtx.test.equivalence;

import io.dtx.sql.Dialect;
import io.dtx.test.equivalence.Step.Call;
import io.dtx.test.equivalence.Step.Command;
import io.dtx.test.equivalence.Step.Execute;
import io.dtx.test.equivalence.Step.Keys;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes random statements of every shape that a database understands. */
final class Statements {

    private final Chance chance;
    private final Grammar grammar;
    private final List<Table> tables;
    private final int firstNumber;
    private final List<Shape> shapes = new ArrayList<>();

    private Values values;
    private boolean ordered;
    private boolean mayCollide;

    Statements(Chance chance, Grammar grammar, List<Table> tables, int firstNumber) {
        this.chance = chance;
        this.grammar = grammar;
        this.tables = tables;
        this.firstNumber = firstNumber;
        this.values = Values.ordinary(chance);
        for (Shape shape : Shape.values()) {
            for (int i = 0; i < shape.weight() && grammar.knows(shape); i++) {
                shapes.add(shape);
            }
        }
    }

    /** A row that a table holds at the start. */
    String initialRow(Table table) {
        Draft draft = draft(false);
        List<Column> columns = table.assignable();
        draft.sql.add("INSERT INTO " + table.sql() + " (" + Table.names(columns) + ") VALUES (");
        draft.separated(columns, column -> draft.sql.value(column.kind(), initial(table, column)));
        return draft.sql.add(")").command().sql();
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
        if (deletesMany && grammar.deletesOneByOne(table)) {
            return Shape.DELETE;
        }
        return shape;
    }

    private Command command(Shape shape, Table table, boolean parameters, boolean batch) {
        Draft draft = draft(parameters);
        SqlText sql = draft.sql;
        // Where an upsert meets a row, MariaDB skips numbers that dtx, which knows that it will, does not ask for.
        // So does its driver with a batch of prepared statements.
        boolean numbersGiven = grammar.dialect() == Dialect.MYSQL
                && ((batch && parameters)
                        || shape == Shape.INSERT_IGNORE
                        || shape == Shape.INSERT_IGNORE_SELECT
                        || shape == Shape.ON_DUPLICATE_KEY
                        || shape == Shape.REPLACE);
        if (chance.oneIn(12)) {
            sql.add(chance.of("/* by hand */ ", "-- ;\n", " "));
        }
        switch (shape) {
            case INSERT_ROW,
                    INSERT_ROWS,
                    INSERT_SELECT,
                    INSERT_IGNORE_SELECT,
                    INSERT_DEFAULT_VALUES,
                    INSERT_SET,
                    INSERT_RETURNING,
                    INSERT_IGNORE,
                    ON_DUPLICATE_KEY,
                    ON_CONFLICT_NOTHING,
                    ON_CONFLICT_UPDATE,
                    ON_CONFLICT_RETURNING,
                    REPLACE,
                    MERGE,
                    MERGE_KEY -> new Insertions(draft, numbersGiven).write(shape, table);
            case SELECT,
                    FOR_UPDATE,
                    FOR_UPDATE_NOWAIT,
                    FOR_UPDATE_SKIP_LOCKED,
                    FOR_NO_KEY_UPDATE,
                    FOR_SHARE,
                    FOR_KEY_SHARE -> new Reads(draft).write(shape, table);
            default -> new Changes(draft).write(shape, table);
        }
        if (!batch && shape != Shape.TWO_STATEMENTS && chance.oneIn(15)) {
            sql.add(";");
        }
        ordered |= draft.ordered();
        mayCollide |= draft.mayCollide();
        return sql.command();
    }

    private Draft draft(boolean parameters) {
        return new Draft(chance, grammar, tables, firstNumber, values, parameters);
    }
}
