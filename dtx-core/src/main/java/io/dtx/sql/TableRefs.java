package io.dtx.sql;

import io.dtx.sql.TableName.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The tables that stand between FROM (or UPDATE, or USING) and the next clause: plain ones with their aliases, and derived
 * ones (in PostgreSQL also those that functions make), separated by commas or joins.
 *
 * @param plain the plain tables in their order
 * @param several whether there is more than one, derived ones counted
 * @param derived whether there are derived ones
 * @param end the place behind them
 */
record TableRefs(List<Target> plain, boolean several, boolean derived, int end) {

    private static final Set<String> JOIN_WORDS =
            Set.of("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "OUTER", "STRAIGHT_JOIN");

    static TableRefs read(Tokens tokens, int from, int to) {
        List<Target> plain = new ArrayList<>();
        int count = 0;
        int i = from;
        while (true) {
            i = reference(tokens, i, plain);
            count++;
            i = condition(tokens, i, to);
            int next = separator(tokens, i, to);
            if (next == i) {
                break;
            }
            i = next;
        }
        return new TableRefs(List.copyOf(plain), count > 1, count > plain.size(), i);
    }

    private static int reference(Tokens tokens, int start, List<Target> plain) {
        boolean lateral = tokens.isWord(start, "LATERAL");
        int i = lateral ? start + 1 : start;
        if (!tokens.isSymbol(i, "(")) {
            int call = Target.columnAt(tokens, i) + 1;
            if (tokens.dialect() == Dialect.POSTGRESQL && tokens.get(i).isIdentifier() && tokens.isSymbol(call, "(")) {
                return function(tokens, call);
            }
            if (lateral) {
                throw Target.unexpected(tokens, start);
            }
            Target target = Target.read(tokens, start, true);
            plain.add(target);
            return target.end();
        }
        boolean query =
                tokens.isWord(i + 1, "SELECT") || tokens.isWord(i + 1, "WITH") || tokens.isWord(i + 1, "VALUES");
        if (!query) {
            throw new Refusal("tables in brackets", "write the joins without brackets around them");
        }
        i = tokens.next(i);
        i += tokens.isWord(i, "AS") ? 1 : 0;
        if (!tokens.get(i).isIdentifier() || JOIN_WORDS.contains(tokens.get(i).text())) {
            throw new Refusal("a derived table without a name", "give it an alias");
        }
        Target.identifier(tokens, i++);
        return tokens.isSymbol(i, "(") ? tokens.next(i) : i;
    }

    /** The place behind {@code f(..) [WITH ORDINALITY] [[AS] name] [(columns)]}; which function it is, {@link Effects} asks. */
    private static int function(Tokens tokens, int open) {
        int i = tokens.next(open);
        i += tokens.areWords(i, "WITH", "ORDINALITY") ? 2 : 0;
        if (tokens.isWord(i, "AS")) {
            Target.identifier(tokens, i + 1);
            i += 2;
        } else if (Target.isAlias(tokens, i)) {
            i++;
        } else {
            return i;
        }
        return tokens.isSymbol(i, "(") ? tokens.next(i) : i;
    }

    /** The place behind {@code ON ..} or {@code USING (..)}, if one stands here. */
    private static int condition(Tokens tokens, int start, int to) {
        if (tokens.isWord(start, "USING") && tokens.isSymbol(start + 1, "(")) {
            return tokens.next(start + 1);
        }
        int i = start;
        if (tokens.isWord(i, "ON")) {
            i++;
            while (i < to && separator(tokens, i, to) == i && !Clauses.begins(tokens, i) && !tokens.isWord(i, "SET")) {
                i = tokens.next(i);
            }
        }
        return i;
    }

    /** The place behind a comma or the words of a join; the same place if neither stands here. */
    private static int separator(Tokens tokens, int start, int to) {
        if (start < to && tokens.isSymbol(start, ",")) {
            return start + 1;
        }
        int i = start;
        while (i < to
                && tokens.get(i).kind() == Token.Kind.WORD
                && JOIN_WORDS.contains(tokens.get(i).text())) {
            i++;
        }
        boolean joins = tokens.isWord(i - 1, "JOIN") || tokens.isWord(i - 1, "STRAIGHT_JOIN");
        return i > start && joins && !tokens.isSymbol(i - 1, ".") ? i : start;
    }

    /** The one plain table that this names, by its alias or, without one, by its name. */
    Target named(Identifier name) {
        return named(List.of(name));
    }

    /** Likewise by a qualifier of its columns. Tables of one name must have aliases: nothing else sets the columns of one apart. */
    Target named(List<Identifier> qualifier) {
        Identifier name = qualifier.get(qualifier.size() - 1);
        List<Target> found = plain.stream().filter(table -> table.isNamed(name)).toList();
        if (found.size() > 1) {
            throw new Refusal(
                    "several tables " + name.text() + " in one statement", "give each an alias, and name that");
        }
        if (found.isEmpty() || !found.get(0).isNamed(qualifier)) {
            throw new Refusal(
                    "a table " + name.text() + " that is not one of the statement's tables", "name one of them");
        }
        return found.get(0);
    }
}
