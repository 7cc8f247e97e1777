package io.dtx.sql;

import io.dtx.sql.TableName.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads {@code a = .., (b, c) = ..}, to its end: the assigned columns in their order. */
final class Assignments {

    private final Tokens tokens;
    private final int end;
    private final List<Identifier> columns = new ArrayList<>();
    private final List<Identifier> qualifiers = new ArrayList<>();
    private int unqualified;

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
        for (Identifier qualifier : qualifiers) {
            if (!target.isNamed(qualifier)) {
                throw notAColumn();
            }
        }
        return columns;
    }

    /** The one qualifier that all columns have; null if they have none. */
    @Nullable Identifier onlyQualifier() {
        if (qualifiers.isEmpty()) {
            return null;
        }
        for (Identifier qualifier : qualifiers) {
            if (unqualified > 0 || !Objects.equals(fold(qualifier), fold(qualifiers.get(0)))) {
                throw new Refusal(
                        "an UPDATE that writes several tables, or does not name the table of each assigned column",
                        "write one table with each statement, and put its name or alias before each assigned column");
            }
        }
        return qualifiers.get(0);
    }

    private static String fold(Identifier identifier) {
        return Ascii.upper(identifier.text());
    }

    /** Reads one assignment; returns the place of the comma behind it, or the end. */
    private int assignment(int start) {
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
        return i;
    }

    /** Reads {@code [table.]column}; returns the place behind it. In PostgreSQL a dot would mean a part of a column. */
    private int column(int start) {
        boolean qualified = tokens.isSymbol(start + 1, ".");
        if (qualified && tokens.dialect() == Dialect.POSTGRESQL) {
            throw notAColumn();
        }
        if (qualified) {
            qualifiers.add(Target.identifier(tokens, start));
        } else {
            unqualified++;
        }
        int column = qualified ? start + 2 : start;
        columns.add(Target.identifier(tokens, column));
        return column + 1;
    }

    private static Refusal notAColumn() {
        return new Refusal(
                "an assignment to something that is not a plain column",
                "assign the whole column of the statement's table, by its plain name");
    }
}
