package io.dtx.sql;

import io.dtx.sql.Functions.Nature;
import io.dtx.sql.Token.Kind;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the expressions and queries in a stretch of tokens do besides computing a value. A stretch that could write, or
 * call what is not known, is refused; what is left is described by the natures of the functions it calls.
 */
final class Effects {

    private static final String OUTSIDE =
            "take the statement out of the global transaction, or compute the value in the application";

    /** Words that stand before a bracket without being a function, reserved in every dialect. */
    private static final Set<String> SYNTAX = Set.of(
            "AND",
            "OR",
            "NOT",
            "IN",
            "EXISTS",
            "AS",
            "ON",
            "USING",
            "FROM",
            "WHERE",
            "HAVING",
            "SELECT",
            "DISTINCT",
            "ALL",
            "UNION",
            "EXCEPT",
            "INTERSECT",
            "CASE",
            "WHEN",
            "ELSE",
            "LIMIT",
            "VALUES",
            "ROW",
            "INTERVAL");

    /** Words that do so between operands; elsewhere a user's function may carry the name. */
    private static final Set<String> BETWEEN_OPERANDS = Set.of(
            "LIKE",
            "ILIKE",
            "RLIKE",
            "REGEXP",
            "IS",
            "JOIN",
            "DIV",
            "MOD",
            "XOR",
            "BETWEEN",
            "THEN",
            "ESCAPE",
            "AGAINST",
            "OVERLAPS",
            "MINUS",
            "COLLATE");

    /** Words and columns that give another value once a row is locked, or on each asking. */
    private static final Set<String> VOLATILE_WORDS = Set.of("ROWNUM", "NEXTVAL", "XMAX", "CMAX");

    private static final Set<String> COMPARISONS = Set.of("=", "<>", "!=", "<", "<=", ">", ">=", "~", "!~");

    private static final Set<String> WRITES = Set.of("INTO", "INSERT", "UPDATE", "DELETE", "MERGE");

    private final Tokens tokens;
    private final int to;
    private final Map<Nature, String> found = new EnumMap<>(Nature.class);
    private final Set<Integer> names = new HashSet<>();

    private Effects(Tokens tokens, int to) {
        this.tokens = tokens;
        this.to = to;
    }

    /** The effects of the tokens in {@code [from, to)}. */
    static Effects of(Tokens tokens, int from, int to) {
        Effects effects = new Effects(tokens, to);
        for (int i = from; i < to; i++) {
            effects.look(i);
        }
        return effects;
    }

    /** A function of this nature that is called, or another thing that works like one; null for none. */
    @Nullable String named(Nature nature) {
        return found.get(nature);
    }

    /** Refuses a stretch that chooses rows by something that may differ when it is asked again. */
    Effects mustChooseTheSameRowsAgain() {
        String culprit = named(Nature.VOLATILE);
        if (culprit != null) {
            throw new Refusal(
                    culprit + " where rows are chosen, which may choose others when it is asked again",
                    "compute the value in the application and pass it as a parameter");
        }
        return this;
    }

    private void look(int i) {
        Token token = tokens.get(i);
        if (token.kind() == Kind.VARIABLE) {
            variable(i, token.text());
        } else if (token.kind() == Kind.WORD) {
            word(i, token.text());
        }
        if (token.isIdentifier() && tokens.isSymbol(i + 1, "(") && i + 1 < to && !names.contains(i)) {
            call(i);
        }
    }

    private void variable(int i, String name) {
        if (name.endsWith("IDENTITY") || name.endsWith("LAST_INSERT_ID")) {
            // @@identity, or a variable of the user's that is called so
            found.putIfAbsent(Nature.LAST_GENERATED, tokens.written(i));
        }
    }

    private void word(int i, String word) {
        if (WRITES.contains(word)) {
            throw new Refusal(word + " within a query or an expression", "read and write with separate statements");
        }
        if (word.equals("FOR") && isLocking(tokens, i)) {
            throw new Refusal("a locking clause within a query or an expression", "lock the rows with a SELECT before");
        }
        if (word.equals("LOCK") && tokens.areWords(i, "LOCK", "IN")) {
            throw new Refusal("a locking clause within a query or an expression", "lock the rows with a SELECT before");
        }
        if (word.equals("CURRENT") && tokens.isWord(i + 1, "OF")) {
            throw new Refusal("the row of a cursor (CURRENT OF)", "choose the row by its key");
        }
        if (word.equals("NEXT") && tokens.areWords(i, "NEXT", "VALUE", "FOR")) {
            found.putIfAbsent(Nature.VOLATILE, "NEXT VALUE FOR");
        }
        if (VOLATILE_WORDS.contains(word)) {
            found.putIfAbsent(Nature.VOLATILE, word);
        }
        if (word.equals("SYSDATE") && tokens.dialect() != Dialect.MYSQL) {
            found.putIfAbsent(Nature.VOLATILE, word);
        }
        if (word.equals("WITH")) {
            commonTables(i + 1);
        }
    }

    /** Whether a locking clause begins here, with FOR. */
    static boolean isLocking(Tokens tokens, int i) {
        return tokens.isWord(i + 1, "UPDATE")
                || tokens.isWord(i + 1, "SHARE")
                || tokens.areWords(i + 1, "NO", "KEY")
                || tokens.areWords(i + 1, "KEY", "SHARE");
    }

    /** Notes the names of {@code name (a, b) AS (..), ..}, whose brackets hold columns. */
    private void commonTables(int start) {
        int i = tokens.isWord(start, "RECURSIVE") ? start + 1 : start;
        while (tokens.get(i).isIdentifier()) {
            int name = i++;
            boolean columns = tokens.isSymbol(i, "(");
            if (columns) {
                if (!holdsNamesOnly(i)) {
                    return;
                }
                i = tokens.next(i);
            }
            if (!tokens.isWord(i++, "AS")) {
                return;
            }
            i += tokens.isWord(i, "NOT") ? 1 : 0;
            i += tokens.isWord(i, "MATERIALIZED") ? 1 : 0;
            if (!tokens.isSymbol(i, "(")) {
                return;
            }
            names.add(name);
            names.add(i - 1);
            i = tokens.next(i);
            if (!tokens.isSymbol(i++, ",")) {
                return;
            }
        }
    }

    private boolean holdsNamesOnly(int open) {
        for (int i = open + 1; i < tokens.partner(open); i++) {
            if (!tokens.get(i).isIdentifier() && !tokens.isSymbol(i, ",")) {
                return false;
            }
        }
        return true;
    }

    /** Looks at a name before an opening bracket. */
    private void call(int i) {
        Token before = tokens.get(i - 1);
        if (before.isWord("AS") || before.isSymbol("::") || namesColumns(i)) {
            return;
        }
        Token token = tokens.get(i);
        if (token.kind() == Kind.WORD && !before.isSymbol(".") && isSyntax(i, token.text())) {
            return;
        }
        boolean argumentless = tokens.isSymbol(i + 2, ")");
        if (argumentless && Functions.lastGenerated(tokens.dialect(), token.text())) {
            if (before.isSymbol(".") && !isBuiltInQualified(i)) {
                throw unknown(token);
            }
            found.putIfAbsent(Nature.LAST_GENERATED, token.text());
            return;
        }
        if (Functions.overwritten(token.text())) {
            throw overwritten(token.text());
        }
        Nature nature = token.kind() == Kind.WORD ? Functions.nature(tokens.rules(), token.text()) : null;
        if (nature != null && callsStoredFunction(i)) {
            throw new Refusal(
                    "a blank between " + token.text() + " and its bracket, which calls a stored function",
                    "write the bracket next to the name");
        }
        if (nature == null || (before.isSymbol(".") && !isBuiltInQualified(i))) {
            throw unknown(token);
        }
        if (nature != Nature.STABLE) {
            found.putIfAbsent(nature, token.text());
        }
        if (tokens.isWord(tokens.next(i + 1), "OVER")) {
            found.putIfAbsent(Nature.AGGREGATE, token.text() + " OVER");
        }
    }

    /**
     * Whether this is the name of a derived table with those of its columns, {@code FROM (SELECT ..) name (a, b)} or
     * {@code FROM f(..) name (a, b)}. No call follows what stands at a table's place; elsewhere one may follow a bracket:
     * {@code DISTINCT ON (a) f(b)}.
     */
    private boolean namesColumns(int i) {
        if (!tokens.isSymbol(i - 1, ")") || !holdsNamesOnly(i + 1)) {
            return false;
        }
        int start = tokens.partner(i - 1);
        if (tokens.get(start - 1).isIdentifier() && !isAtTable(start)) {
            start--;
            while (tokens.isSymbol(start - 1, ".")) {
                start -= 2;
            }
        }
        return isAtTable(start);
    }

    /** Whether a table may begin here; a comma may stand in another list, whose members are not followed by names with columns. */
    private boolean isAtTable(int i) {
        Token before = tokens.get(i - 1);
        return before.isWord("FROM")
                || before.isWord("JOIN")
                || before.isWord("LATERAL")
                || before.isWord("USING")
                || before.isSymbol(",");
    }

    private static Refusal unknown(Token function) {
        return new Refusal(
                "the function " + function.text() + ", which is not known to be free of side effects", OUTSIDE);
    }

    private static Refusal overwritten(String name) {
        return new Refusal(
                name + ", which dtx's own statements on the connection change",
                "ask the driver for the generated keys or the update count");
    }

    private boolean isBuiltInQualified(int i) {
        return tokens.dialect() == Dialect.POSTGRESQL
                && tokens.isWord(i - 2, "PG_CATALOG")
                && !tokens.isSymbol(i - 3, ".");
    }

    private boolean callsStoredFunction(int i) {
        boolean apart = tokens.get(i).end() != tokens.get(i + 1).start();
        return apart
                && Functions.mustTouchItsBracket(tokens.dialect(), tokens.get(i).text());
    }

    private boolean isSyntax(int i, String word) {
        if (SYNTAX.contains(word)) {
            return true;
        }
        if (BETWEEN_OPERANDS.contains(word)) {
            int left = tokens.isWord(i - 1, "NOT") ? i - 2 : i - 1;
            return isOperand(left);
        }
        Token before = tokens.get(i - 1);
        return switch (word) {
            case "ANY", "SOME" -> before.kind() == Kind.SYMBOL && COMPARISONS.contains(before.text());
            case "BY" -> before.isWord("GROUP") || before.isWord("ORDER") || before.isWord("PARTITION");
            case "OVER", "FILTER" -> closesCall(i - 1);
            case "GROUP" -> before.isWord("WITHIN") && closesCall(i - 2);
            case "SETS" -> before.isWord("GROUPING");
            case "ROLLUP", "CUBE" -> before.isWord("BY");
            case "LATERAL", "ARRAY" -> tokens.dialect() == Dialect.POSTGRESQL;
            case "INDEX", "KEY" -> tokens.dialect() == Dialect.MYSQL;
            default -> false;
        };
    }

    private boolean isOperand(int i) {
        Token token = tokens.get(i);
        return switch (token.kind()) {
            case WORD -> !SYNTAX.contains(token.text());
            case NAME, STRING, NUMBER, PARAMETER, VARIABLE -> true;
            case SYMBOL -> token.isSymbol(")") || token.isSymbol("]");
        };
    }

    /** Whether the bracket that closes here belongs to a call of a known function, or to a FILTER or GROUP behind one. */
    private boolean closesCall(int i) {
        if (!tokens.isSymbol(i, ")")) {
            return tokens.isWord(i, "NULLS") && closesCall(i - 2);
        }
        Token callee = tokens.get(tokens.partner(i) - 1);
        return callee.kind() == Kind.WORD
                && (Functions.nature(tokens.rules(), callee.text()) != null
                        || callee.isWord("FILTER")
                        || callee.isWord("GROUP"));
    }
}
