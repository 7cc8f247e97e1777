package io.dtx.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Has the queries that stand within brackets lock, in share mode, what they read: those of MySQL and MariaDB.
 *
 * <p>A clause at the end of a query locks for that query alone. One of several members is put in brackets of its own, so that
 * each has its clause, and ORDER BY and LIMIT stay those of all members.
 */
final class NestedQueries {

    private static final String LOCKS = "\nLOCK IN SHARE MODE";
    private static final Set<String> SET_OPERATORS = Set.of("UNION", "EXCEPT", "INTERSECT");

    private final Tokens tokens;
    /** By place in the text, what is to be put there. */
    private final SortedMap<Integer, String> added = new TreeMap<>();

    private NestedQueries(Tokens tokens) {
        this.tokens = tokens;
    }

    /**
     * A piece of the statement.
     *
     * @param written its text, which ends with its last token
     * @param from its first token
     * @param to the place behind its last token
     * @return the text as it is written, if it holds no such query
     */
    static String locking(Tokens tokens, String written, int from, int to) {
        NestedQueries queries = new NestedQueries(tokens);
        for (int i = from; i < to; i++) {
            if (tokens.isSymbol(i, "(")) {
                queries.within(i + 1, tokens.partner(i));
            }
        }
        if (queries.added.isEmpty()) {
            return written;
        }
        StringBuilder text = new StringBuilder();
        int end = tokens.get(to - 1).end();
        int at = end - written.length();
        for (var insertion : queries.added.entrySet()) {
            text.append(tokens.sql(), at, insertion.getKey()).append(insertion.getValue());
            at = insertion.getKey();
        }
        return text.append(tokens.sql(), at, end).toString();
    }

    private void within(int first, int end) {
        List<Integer> members = new ArrayList<>();
        boolean several = false;
        for (int i = first; i < end; i = tokens.next(i)) {
            if (isSetOperator(i)) {
                several = true;
            } else if (isQuery(i, first)) {
                members.add(i);
            }
        }
        for (int member : members) {
            int behind = several ? endOf(member, end) : end;
            if (tokens.isWord(member, "SELECT") && tokens.find(member, behind, "FROM") == behind) {
                continue; // reads nothing
            }
            if (several) {
                added.put(tokens.get(member).start(), "(");
            }
            added.put(tokens.get(behind - 1).end(), several ? LOCKS + ")" : LOCKS);
        }
    }

    private boolean isSetOperator(int i) {
        return tokens.get(i).kind() == Token.Kind.WORD
                && SET_OPERATORS.contains(tokens.get(i).text())
                && !tokens.isSymbol(i - 1, ".");
    }

    /** SELECT, and MySQL's {@code TABLE t}. */
    private boolean isQuery(int i, int first) {
        boolean begins =
                i == first || isSetOperator(i - 1) || tokens.isWord(i - 1, "ALL") || tokens.isWord(i - 1, "DISTINCT");
        return (tokens.isWord(i, "SELECT") && !tokens.isSymbol(i - 1, ".")) || (tokens.isWord(i, "TABLE") && begins);
    }

    /** Where one of several members ends: what stands behind the last is about all. */
    private int endOf(int member, int end) {
        int i = member;
        while (i < end && !isSetOperator(i) && !tokens.areWords(i, "ORDER", "BY") && !isLimit(i)) {
            i = tokens.next(i);
        }
        return i;
    }

    /** They are columns, too: behind a dot all of them, and OFFSET alone, which MySQL does not reserve. */
    private boolean isLimit(int i) {
        if (tokens.isSymbol(i - 1, ".")) {
            return false;
        }
        Token.Kind next = tokens.get(i + 1).kind();
        boolean counts = next == Token.Kind.NUMBER || next == Token.Kind.PARAMETER;
        return tokens.isWord(i, "LIMIT") || tokens.isWord(i, "FETCH") || (tokens.isWord(i, "OFFSET") && counts);
    }
}
