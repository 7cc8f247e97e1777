package io.dtx.sql;

import io.dtx.sql.TableName.Identifier;
import java.util.ArrayList;
import java.util.List;

/** Reads UPDATE and DELETE of one table. */
final class WriteReader {

    private final Tokens tokens;

    WriteReader(Tokens tokens) {
        this.tokens = tokens;
    }

    /** {@code UPDATE table [[AS] alias] SET a = .., (b, c) = .. [clauses]}. */
    SqlStatement.Update update() {
        Target target = Target.read(tokens, 1, true);
        if (!tokens.isWord(target.end(), "SET")) {
            throw Target.unexpected(tokens, target.end());
        }
        int first = target.end() + 1;
        Clauses clauses = clauses(first);
        List<Identifier> assigned = new ArrayList<>();
        int i = first;
        while (i < clauses.start()) {
            i = assignment(target, i, clauses.start(), assigned) + 1;
        }
        if (assigned.isEmpty() || tokens.isSymbol(clauses.start() - 1, ",")) {
            throw Target.unknown(tokens, clauses.start());
        }
        return new SqlStatement.Update(
                target.table(),
                tokens.head(clauses.start()),
                target.from(tokens),
                assigned,
                clauses.where(),
                clauses.orderBy(),
                clauses.limit(),
                tokens.parameterCount());
    }

    /** {@code DELETE FROM table [[AS] alias] [clauses]}. */
    SqlStatement.Delete delete() {
        if (!tokens.isWord(1, "FROM")) {
            throw tokens.get(1).isIdentifier()
                            && Target.refusedWord(tokens.get(1).text()) == null
                    ? new Refusal("DELETE that names what to delete before FROM", "write DELETE FROM with one table")
                    : Target.unexpected(tokens, 1);
        }
        Target target = Target.read(tokens, 2, true);
        Clauses clauses = clauses(target.end());
        if (clauses.start() != target.end()) {
            throw Target.unexpected(tokens, target.end());
        }
        return new SqlStatement.Delete(
                target.table(),
                tokens.head(clauses.start()),
                target.from(tokens),
                clauses.where(),
                clauses.orderBy(),
                clauses.limit(),
                tokens.parameterCount());
    }

    private Clauses clauses(int from) {
        Clauses clauses = Clauses.cut(tokens, from);
        if (clauses.lockingStart() < tokens.size()) {
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

    /** Reads one assignment; returns the place of the comma behind it, or the end. */
    private int assignment(Target target, int start, int end, List<Identifier> assigned) {
        int i = start;
        if (tokens.isSymbol(i, "(")) {
            int close = tokens.partner(i);
            for (i++; i < close; i++) {
                i = column(target, i, assigned);
                if (i != close && !tokens.isSymbol(i, ",")) {
                    throw Target.unknown(tokens, i);
                }
            }
            i = close + 1;
        } else {
            i = column(target, i, assigned);
        }
        if (!tokens.isSymbol(i, "=")) {
            throw notAColumn();
        }
        int value = i + 1;
        i = value;
        while (i < end && !tokens.isSymbol(i, ",")) {
            i = tokens.next(i);
        }
        if (i == value) {
            throw Target.unknown(tokens, i);
        }
        Effects.of(tokens, value, i);
        return i;
    }

    /** Reads {@code [table.]column}; returns the place behind it. In PostgreSQL a dot would mean a part of a column. */
    private int column(Target target, int start, List<Identifier> assigned) {
        boolean qualified = tokens.isSymbol(start + 1, ".");
        if (qualified && (tokens.dialect() == Dialect.POSTGRESQL || !target.isNamed(tokens.get(start)))) {
            throw notAColumn();
        }
        int column = qualified ? start + 2 : start;
        assigned.add(Target.identifier(tokens, column));
        return column + 1;
    }

    private static Refusal notAColumn() {
        return new Refusal(
                "an assignment to something that is not a plain column",
                "assign the whole column of the statement's table, by its plain name");
    }
}
