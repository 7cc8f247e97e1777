package io.dtx.sql;

import io.dtx.sql.SqlStatement.Around;
import io.dtx.sql.TableName.Identifier;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads UPDATE and DELETE that write one table, joined with others or not. */
final class WriteReader {

    private static final String ONE = "write one table with each statement";

    private final Tokens tokens;
    private final int start;
    private final int end;
    private final @Nullable Fragment with;
    private final @Nullable Fragment returning;

    /** @param start the place of UPDATE or DELETE, behind the common table expressions */
    WriteReader(Tokens tokens, int start) {
        this.tokens = tokens;
        this.start = start;
        this.end = tokens.returning(start);
        this.with = start == 0 ? null : tokens.fragment(0, start);
        this.returning = Returning.read(tokens, end);
    }

    private boolean mysql() {
        return tokens.dialect() == Dialect.MYSQL;
    }

    private boolean postgresql() {
        return tokens.dialect() == Dialect.POSTGRESQL;
    }

    /** {@code UPDATE tables SET a = .., (b, c) = .. [FROM tables] [clauses]}. */
    SqlStatement.Update update() {
        refuseOnly(start + 1);
        TableRefs tables = mysql() ? TableRefs.read(tokens, start + 1, end) : one(start + 1);
        if (tables.plain().isEmpty()) {
            throw Target.unexpected(tokens, start + 1);
        }
        if (!tokens.isWord(tables.end(), "SET")) {
            throw Target.unexpected(tokens, tables.end());
        }
        int first = tables.end() + 1;
        int others = postgresql() ? tokens.find(first, end, "FROM") : end;
        int assignedEnd = Clauses.clauseAt(tokens, first, others);
        Assignments assignments = Assignments.read(tokens, first, assignedEnd);
        Target target = written(tables, assignments);
        Joined joined = others < end && others == assignedEnd ? joined(target, others + 1) : null;
        Clauses clauses = joined == null ? clauses(assignedEnd) : clausesAt(joined.end());
        boolean several = tables.several() || joined != null;
        Fragment from = joined != null ? joined.from() : tokens.fragment(start + 1, tables.end());
        Effects.of(tokens, start + 1, tables.end()).mustChooseTheSameRowsAgain();
        if (mysql() && (several || tokens.holdsWord(first, "SELECT"))) {
            assignments.mustNotReadWhatTheyAssign(target);
        }
        boolean any = several && (returning != null || assignments.takeValuesOfOthers(target));
        Around around = around(several, any, clauses);
        boolean alone = around.equals(Around.NOTHING) && !tokens.holdsWord(first, "SELECT");
        return new SqlStatement.Update(
                table(target, several),
                tokens.head(clauses.start()),
                from,
                assignments.columns(),
                clauses.where(),
                clauses.orderBy(),
                clauses.limit(),
                tokens.parameterCount(),
                around,
                pins(target, clauses),
                alone ? assignments.steps(target) : List.of());
    }

    private Target written(TableRefs tables, Assignments assignments) {
        if (!tables.several()) {
            Target only = tables.plain().get(0);
            assignments.columnsOf(only);
            return only;
        }
        List<Identifier> qualifier = assignments.onlyQualifier();
        if (qualifier == null) {
            throw new Refusal(
                    "an UPDATE of joined tables that does not say whose columns it assigns",
                    "put the table's name or alias before each assigned column");
        }
        return tables.named(qualifier);
    }

    private void refuseOnly(int i) {
        if (tokens.isWord(i, "ONLY")) {
            throw Target.unexpected(tokens, i);
        }
    }

    private TableRefs one(int i) {
        Target target = Target.read(tokens, i, true);
        return new TableRefs(List.of(target), false, false, target.end());
    }

    /** The tables that PostgreSQL joins to the written one. */
    private record Joined(Fragment from, int end) {}

    private Joined joined(Target target, int i) {
        TableRefs others = TableRefs.read(tokens, i, end);
        Effects.of(tokens, i, others.end()).mustChooseTheSameRowsAgain();
        Fragment from = Fragment.joined(target.from(tokens), ",\n", tokens.fragment(i, others.end()));
        return new Joined(from, others.end());
    }

    /** {@code DELETE FROM table [USING tables]}, and MySQL's {@code DELETE t FROM tables}, {@code DELETE FROM t USING tables}. */
    SqlStatement.Delete delete() {
        if (!tokens.isWord(start + 1, "FROM")) {
            return ofNamed(start + 1);
        }
        refuseOnly(start + 2);
        Target target = Target.read(tokens, start + 2, true);
        int behind = target.end();
        if (tokens.isWord(behind, "USING") && postgresql()) {
            Joined joined = joined(target, behind + 1);
            return delete(target, true, joined.from(), clausesAt(joined.end()));
        }
        if (tokens.isWord(behind, "USING") && mysql()) {
            return deleteJoined(tokens.get(start + 2), behind + 1);
        }
        if (tokens.isSymbol(behind, ",") && mysql()) {
            throw new Refusal("a DELETE from several tables", ONE);
        }
        return delete(target, false, target.from(tokens), clausesAt(behind));
    }

    private SqlStatement.Delete ofNamed(int i) {
        Token name = tokens.get(i);
        if (!name.isIdentifier() || Target.refusedWord(name.text()) != null) {
            throw Target.unexpected(tokens, i);
        }
        if (!mysql()) {
            throw new Refusal("DELETE that names what to delete before FROM", "write DELETE FROM with one table");
        }
        if (tokens.isSymbol(i + 1, ",")) {
            throw new Refusal("a DELETE from several tables", ONE);
        }
        if (!tokens.isWord(i + 1, "FROM")) {
            throw new Refusal("DELETE that names what to delete before FROM", "write DELETE FROM with one table");
        }
        return deleteJoined(name, i + 2);
    }

    private SqlStatement.Delete deleteJoined(Token name, int tablesStart) {
        TableRefs tables = TableRefs.read(tokens, tablesStart, end);
        Effects.of(tokens, tablesStart, tables.end()).mustChooseTheSameRowsAgain();
        Target target = tables.named(new Identifier(name.text(), name.kind() == Token.Kind.NAME));
        return delete(target, true, tokens.fragment(tablesStart, tables.end()), clausesAt(tables.end()));
    }

    private SqlStatement.Delete delete(Target target, boolean joined, Fragment from, Clauses clauses) {
        return new SqlStatement.Delete(
                table(target, joined),
                tokens.head(clauses.start()),
                from,
                clauses.where(),
                clauses.orderBy(),
                clauses.limit(),
                tokens.parameterCount(),
                around(joined, returning != null, clauses),
                pins(target, clauses));
    }

    private List<SqlStatement.Pin> pins(Target target, Clauses clauses) {
        int where = clauses.start();
        return clauses.where() == null
                ? List.of()
                : Pins.of(tokens, where + 1, Clauses.clauseAt(tokens, where + 1, end), target);
    }

    private TableName table(Target target, boolean joined) {
        return joined ? target.qualifying(tokens) : target.table();
    }

    private Around around(boolean joined, boolean any, Clauses clauses) {
        if (joined && (clauses.orderBy() != null || clauses.limit() != null)) {
            throw new Refusal(
                    "ORDER BY or LIMIT in a statement on joined tables", "choose the rows with a subquery in WHERE");
        }
        if (with == null && !joined && returning == null) {
            return Around.NOTHING;
        }
        return new Around(with, joined, joined && any, returning);
    }

    /** The clauses behind tables: what stands between would be left out where their rows are chosen. */
    private Clauses clausesAt(int tablesEnd) {
        Clauses clauses = clauses(tablesEnd);
        if (clauses.start() != tablesEnd) {
            throw Target.unexpected(tokens, tablesEnd);
        }
        return clauses;
    }

    private Clauses clauses(int from) {
        Clauses clauses = Clauses.cut(tokens, from, end);
        if (clauses.lockingStart() < end) {
            throw Target.unknown(tokens, clauses.lockingStart());
        }
        boolean limited = clauses.orderBy() != null || clauses.limit() != null;
        if (tokens.dialect() == Dialect.POSTGRESQL && limited) {
            throw new Refusal(
                    "ORDER BY or LIMIT in a statement that PostgreSQL has without them",
                    "choose the rows with a subquery in WHERE");
        }
        return clauses;
    }
}
