package io.dtx.sql;

import io.dtx.sql.SqlStatement.Operator;
import io.dtx.sql.SqlStatement.Step;
import io.dtx.sql.TableName.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code a = .., (b, c) = ..}, to its end: the assigned columns in their order. */
final class Assignments {

    /** Words of expressions that name no column. */
    private static final Set<String> NO_COLUMNS = Set.of(
            "NULL", "TRUE", "FALSE", "DEFAULT", "CASE", "WHEN", "THEN", "ELSE", "END", "AND", "OR", "NOT", "IS", "IN");

    private final Tokens tokens;
    private final int end;
    private final List<Identifier> columns = new ArrayList<>();
    private final List<List<Identifier>> qualifiers = new ArrayList<>();
    private final List<Value> values = new ArrayList<>();
    private int unqualified;

    /**
     * What is assigned.
     *
     * @param from the place of its first token
     * @param to the place behind it
     * @param before how many columns are assigned before those that get it
     */
    private record Value(int from, int to, int before) {}

    private Assignments(Tokens tokens, int end) {
        this.tokens = tokens;
        this.end = end;
    }

    static Assignments read(Tokens tokens, int from, int to) {
        Assignments read = new Assignments(tokens, to);
        int i = from;
        while (i < to) {
            i = read.assignment(i) + 1;
        }
        if (read.columns.isEmpty() || tokens.isSymbol(to - 1, ",")) {
            throw Target.unknown(tokens, to);
        }
        return read;
    }

    List<Identifier> columns() {
        return columns;
    }

    /** The columns, where a qualifier may only be this table. */
    List<Identifier> columnsOf(Target target) {
        for (List<Identifier> qualifier : qualifiers) {
            if (!target.isNamed(qualifier)) {
                throw notAColumn();
            }
        }
        return columns;
    }

    /** The one qualifier that all columns have; null if they have none. */
    @Nullable List<Identifier> onlyQualifier() {
        if (qualifiers.isEmpty()) {
            return null;
        }
        List<String> first = Target.folded(qualifiers.get(0));
        for (List<Identifier> qualifier : qualifiers) {
            if (unqualified > 0 || !Target.folded(qualifier).equals(first)) {
                throw new Refusal(
                        "an UPDATE that writes several tables, or does not name the table of each assigned column",
                        "write one table with each statement, and put its name or alias before each assigned column");
            }
        }
        return qualifiers.get(0);
    }

    /**
     * Refuses a value that reads a column which stands to its left, where that means one thing or another: MySQL and MariaDB
     * assign from left to right, and a value sees what was assigned before; but where they run the statement as one of several
     * tables, which they may do for a subquery, too, some plans compute all values first. Which plan it is depends on the
     * tables' contents, and on the keys that are added to the condition.
     */
    void mustNotReadWhatTheyAssign(Target target) {
        for (Value value : values) {
            for (int i = value.from(); i < value.to(); i++) {
                if (reads(i, target, columns.subList(0, value.before()))) {
                    throw new Refusal(
                            "an UPDATE with a join or a subquery that reads " + tokens.written(i)
                                    + ", which it assigns further left: the database gives it the old value or the new one,"
                                    + " as its plan happens to be",
                            "write out what is assigned instead of the column's name, assign it last, or use two"
                                    + " statements; put another table's name before a column that is its");
                }
            }
        }
    }

    private boolean reads(int i, Target target, List<Identifier> assigned) {
        Token token = tokens.get(i);
        boolean column = token.isIdentifier() && !tokens.isSymbol(i + 1, "(") && !tokens.isSymbol(i + 1, ".");
        // By the table's name alone: with its schema written out it may be the same table, and without it another's.
        boolean others = tokens.isSymbol(i - 1, ".") && !isLastOf(Target.qualifier(tokens, i), target);
        return column && !others && isAssigned(i, assigned);
    }

    private static boolean isLastOf(List<Identifier> qualifier, Target target) {
        return !qualifier.isEmpty() && target.isNamed(qualifier.get(qualifier.size() - 1));
    }

    private boolean isAssigned(int i, List<Identifier> assigned) {
        String name = tokens.get(i).kind() == Token.Kind.NAME ? tokens.get(i).text() : tokens.written(i);
        return assigned.stream().anyMatch(column -> column.text().equalsIgnoreCase(name));
    }

    /**
     * Whether a value may come from another table than the one that is written: the rows of a join may give several for one
     * row then, and the database takes any of them.
     */
    boolean takeValuesOfOthers(Target target) {
        for (Value value : values) {
            for (int i = value.from(); i < value.to(); i++) {
                Token token = tokens.get(i);
                boolean name = token.isIdentifier() && !tokens.isSymbol(i + 1, "(") && !tokens.isSymbol(i + 1, ".");
                boolean qualified = tokens.isSymbol(i - 1, ".");
                boolean own = qualified ? target.isNamed(Target.qualifier(tokens, i)) : isAssigned(i, columns);
                boolean keyword = token.kind() == Token.Kind.WORD && NO_COLUMNS.contains(token.text());
                if (name && !own && !keyword) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The assignments, if each of them is a step; otherwise none. */
    List<Step> steps(Target target) {
        List<Step> steps = new ArrayList<>(values.size());
        for (Value value : values) {
            Step step = columns.size() == values.size() ? step(value, columns.get(value.before()), target) : null;
            if (step == null) {
                return List.of();
            }
            steps.add(step);
        }
        return steps;
    }

    private @Nullable Step step(Value value, Identifier column, Target target) {
        int start = value.from();
        int self = Target.columnAt(tokens, start);
        if (self > start && !target.isNamed(Target.qualifier(tokens, self))) {
            return null;
        }
        Operator operator = tokens.isSymbol(self + 1, "+")
                ? Operator.PLUS
                : tokens.isSymbol(self + 1, "-") ? Operator.MINUS : Operator.SET;
        if (operator == Operator.SET) {
            boolean signed = tokens.isSymbol(start, "-");
            SqlStatement.Value operand = operand(signed ? start + 1 : start, value.to(), signed ? "-" : "");
            return operand == null ? null : new Step(column, operator, operand);
        }
        Token read = tokens.get(self);
        boolean itself = read.isIdentifier() && Ascii.upper(read.text()).equals(fold(column));
        SqlStatement.Value operand = itself ? operand(self + 2, value.to(), "") : null;
        return operand == null ? null : new Step(column, operator, operand);
    }

    /** What stands here alone; null if it is no operand. */
    private SqlStatement.@Nullable Value operand(int i, int to, String sign) {
        if (i + 1 != to) {
            return null;
        }
        Token token = tokens.get(i);
        if (token.kind() == Token.Kind.PARAMETER && sign.isEmpty()) {
            return new SqlStatement.Value.Parameter(tokens.parameterNumber(i));
        }
        boolean number = token.kind() == Token.Kind.NUMBER && isPlain(token.text());
        return number ? new SqlStatement.Value.Literal(sign + token.text()) : null;
    }

    /** Neither hexadecimal nor with an exponent, which makes it an inexact number. */
    private static boolean isPlain(String number) {
        int last = number.length() - 1;
        return number.charAt(0) != '.'
                && number.charAt(last) != '.'
                && number.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }

    private static String fold(Identifier identifier) {
        return Ascii.upper(identifier.text());
    }

    /** Reads one assignment; returns the place of the comma behind it, or the end. */
    private int assignment(int start) {
        int before = columns.size();
        int i = start;
        if (tokens.isSymbol(i, "(")) {
            int close = tokens.partner(i);
            for (i++; i < close; i++) {
                i = column(i);
                if (i != close && !tokens.isSymbol(i, ",")) {
                    throw Target.unknown(tokens, i);
                }
            }
            i = close + 1;
        } else {
            i = column(i);
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
        values.add(new Value(value, i, before));
        return i;
    }

    /**
     * Reads {@code [[[catalogue.]schema.]table.]column}; returns the place behind it. In PostgreSQL a dot would mean a part of a
     * column.
     */
    private int column(int start) {
        int column = Target.columnAt(tokens, start);
        if (column > start && tokens.dialect() == Dialect.POSTGRESQL) {
            throw notAColumn();
        }
        if (column > start) {
            List<Identifier> qualifier = new ArrayList<>();
            for (int i = start; i < column; i += 2) {
                qualifier.add(Target.identifier(tokens, i));
            }
            qualifiers.add(qualifier);
        } else {
            unqualified++;
        }
        columns.add(Target.column(tokens, column));
        return column + 1;
    }

    private static Refusal notAColumn() {
        return new Refusal(
                "an assignment to something that is not a plain column",
                "assign the whole column of the statement's table, by its plain name");
    }
}
