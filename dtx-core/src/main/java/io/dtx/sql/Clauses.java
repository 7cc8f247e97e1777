package io.dtx.sql;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The clauses that end an UPDATE, DELETE or SELECT of one table: {@code [WHERE ..] [ORDER BY ..] [LIMIT ..] [FOR ..]},
 * in this order, outside all brackets. Any other clause is refused.
 *
 * @param start the place where they begin: the end of what they belong to
 * @param lockingStart the place where the locking clause begins; that of the end for none
 */
record Clauses(
        int start,
        @Nullable Fragment where,
        @Nullable Fragment orderBy,
        @Nullable Fragment limit,
        int lockingStart) {

    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("GROUP", "GROUP BY"),
            Map.entry("HAVING", "HAVING"),
            Map.entry("WINDOW", "WINDOW"),
            Map.entry("UNION", "a set operation"),
            Map.entry("EXCEPT", "a set operation"),
            Map.entry("INTERSECT", "a set operation"),
            Map.entry("RETURNING", "RETURNING"),
            Map.entry("PROCEDURE", "PROCEDURE"),
            Map.entry("INTO", "INTO"),
            Map.entry("FROM", "FROM, a join with other tables"),
            Map.entry("USING", "USING, a join with other tables"),
            Map.entry("JOIN", "a join"),
            Map.entry("STRAIGHT_JOIN", "a join"),
            Map.entry("ON", "ON"),
            Map.entry("SET", "a second SET"));

    private enum Kind {
        WHERE,
        ORDER_BY,
        LIMIT,
        LOCKING
    }

    /** Cuts the clauses out of the tokens from this place to an end. */
    static Clauses cut(Tokens tokens, int from, int to) {
        int start = clauseAt(tokens, from, to);
        int i = start;
        Fragment where = null;
        Fragment orderBy = null;
        Fragment limit = null;
        if (i < to && kind(tokens, i) == Kind.WHERE) {
            int end = clauseAt(tokens, i + 1, to);
            where = choice(tokens, i + 1, end);
            i = end;
        }
        if (i < to && kind(tokens, i) == Kind.ORDER_BY) {
            int end = clauseAt(tokens, i + 2, to);
            refusePositions(tokens, i + 2, end);
            orderBy = choice(tokens, i, end);
            i = end;
        }
        // LIMIT, OFFSET and FETCH side by side are one clause here.
        int limitStart = i;
        while (i < to && kind(tokens, i) == Kind.LIMIT) {
            i = clauseAt(tokens, i + 1, to);
        }
        if (limitStart < i) {
            limit = choice(tokens, limitStart, i);
        }
        if (i < to && kind(tokens, i) != Kind.LOCKING) {
            throw unusual();
        }
        return new Clauses(start, where, orderBy, limit, i);
    }

    /** A fragment by which rows are chosen. */
    private static Fragment choice(Tokens tokens, int from, int to) {
        if (from >= to) {
            throw unusual();
        }
        Effects.of(tokens, from, to).mustChooseTheSameRowsAgain();
        return tokens.fragment(from, to);
    }

    /** {@code ORDER BY 1} means a column of the list, and the keys are read with another list. */
    private static void refusePositions(Tokens tokens, int from, int to) {
        for (int i = from; i < to; i = tokens.next(i)) {
            boolean starts = i == from || tokens.isSymbol(i - 1, ",");
            if (starts && tokens.get(i).kind() == Token.Kind.NUMBER) {
                throw new Refusal(
                        "ORDER BY a position in a statement that writes or locks rows", "order by the column's name");
            }
        }
    }

    private static Refusal unusual() {
        return new Refusal(
                "clauses that are empty, repeated or in an unusual order",
                "write WHERE, ORDER BY, LIMIT or OFFSET, and the locking clause once, in this order");
    }

    /** Whether a clause begins here. */
    static boolean begins(Tokens tokens, int i) {
        return kind(tokens, i) != null;
    }

    /** The place of the next clause outside brackets. */
    static int clauseAt(Tokens tokens, int from, int to) {
        int i = from;
        while (i < to && kind(tokens, i) == null) {
            refuseOthers(tokens, i);
            i = tokens.next(i);
        }
        return i;
    }

    private static void refuseOthers(Tokens tokens, int i) {
        Token token = tokens.get(i);
        String clause = token.kind() == Token.Kind.WORD ? REFUSED.get(token.text()) : null;
        boolean comparison = token.isWord("FROM") && tokens.isWord(i - 1, "DISTINCT");
        if (clause != null && !comparison && !tokens.isSymbol(i - 1, ".")) {
            throw new Refusal(
                    clause + " in a statement that writes or locks rows", "write it on one table, without that clause");
        }
    }

    private static @Nullable Kind kind(Tokens tokens, int i) {
        Token token = tokens.get(i);
        if (token.kind() != Token.Kind.WORD || tokens.isSymbol(i - 1, ".")) {
            return null;
        }
        boolean mysql = tokens.dialect() == Dialect.MYSQL;
        return switch (token.text()) {
            case "WHERE" -> Kind.WHERE;
            case "ORDER" -> tokens.isWord(i + 1, "BY") ? Kind.ORDER_BY : null;
            case "LIMIT", "FETCH" -> Kind.LIMIT;
            case "OFFSET" -> mysql ? null : Kind.LIMIT;
            case "FOR" -> Effects.isLocking(tokens, i) ? Kind.LOCKING : null;
            case "LOCK" -> mysql && tokens.isWord(i + 1, "IN") ? Kind.LOCKING : null;
            default -> null;
        };
    }
}
