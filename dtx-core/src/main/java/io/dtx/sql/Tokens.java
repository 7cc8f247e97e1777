package io.dtx.sql;

import io.dtx.sql.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A statement's text with its tokens: one statement, its brackets balanced, a semicolon at its end left out. Positions
 * are indexes of tokens; {@link #size()} stands for the end.
 */
final class Tokens {

    /** Deeper nesting is nobody's SQL, and the parser's stack is finite. */
    private static final int MAX_DEPTH = 64;

    /** The parser takes about a tenth of a millisecond for each row of an INSERT. */
    private static final int MAX_TOKENS = 100_000;

    /** Parts of a name: catalogue, schema, table, column, and one for a field of it. */
    private static final int MAX_PARTS = 5;

    private static final Token END = new Token(Kind.SYMBOL, 0, 0, "");

    private final String sql;
    private final SessionRules rules;
    private final List<Token> tokens;
    /** For a bracket, the place of its partner. */
    private final int[] partners;
    /** For a parameter, its 1-based number; for others, the number of parameters before. */
    private final int[] parameters;

    private Tokens(String sql, SessionRules rules, List<Token> tokens) {
        this.sql = sql;
        this.rules = rules;
        this.tokens = tokens;
        this.partners = partners(tokens);
        this.parameters = new int[tokens.size()];
        int count = 0;
        for (int i = 0; i < tokens.size(); i++) {
            count += tokens.get(i).kind() == Kind.PARAMETER ? 1 : 0;
            parameters[i] = count;
        }
    }

    static Tokens of(String sql, SessionRules rules) {
        List<Token> tokens = Lexer.tokens(sql, rules);
        int size = tokens.size();
        if (size > 0 && tokens.get(size - 1).isSymbol(";")) {
            size--;
        }
        if (size == 0) {
            throw new Refusal("an empty statement", "do not send it");
        }
        if (size > MAX_TOKENS) {
            throw new Refusal(
                    "a statement of more than " + MAX_TOKENS + " words and marks", "send it in smaller pieces");
        }
        refuseLongNames(tokens);
        for (Token token : tokens.subList(0, size)) {
            if (token.isSymbol(";")) {
                throw new Refusal("several statements in one string", "send each statement on its own");
            }
            if (token.isSymbol(":=")) {
                throw new Refusal(
                        "an assignment to a variable (:=)", "compute the value in the application, pass a parameter");
            }
        }
        return new Tokens(sql, rules, List.copyOf(tokens.subList(0, size)));
    }

    private static void refuseLongNames(List<Token> tokens) {
        int dots = 0;
        for (int i = 1; i < tokens.size(); i++) {
            if (tokens.get(i).isSymbol(".")) {
                dots++;
            } else if (!tokens.get(i - 1).isSymbol(".")) {
                dots = 0;
            }
            if (dots >= MAX_PARTS) {
                throw new Refusal("a name of more than " + MAX_PARTS + " parts", "write a simpler statement");
            }
        }
    }

    private static int[] partners(List<Token> tokens) {
        int[] partners = new int[tokens.size()];
        Deque<Integer> open = new ArrayDeque<>();
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            if (token.isSymbol("(") || token.isSymbol("[")) {
                open.push(i);
                if (open.size() > MAX_DEPTH) {
                    throw new Refusal("brackets nested deeper than " + MAX_DEPTH, "write a simpler statement");
                }
            } else if (token.isSymbol(")") || token.isSymbol("]")) {
                String partner = token.text().equals(")") ? "(" : "[";
                if (open.isEmpty() || !tokens.get(open.peek()).isSymbol(partner)) {
                    throw new Refusal("a closing bracket that closes nothing", "correct the statement");
                }
                partners[i] = open.pop();
                partners[partners[i]] = i;
            }
        }
        if (!open.isEmpty()) {
            throw new Refusal("a bracket that is not closed", "correct the statement");
        }
        return partners;
    }

    SessionRules rules() {
        return rules;
    }

    Dialect dialect() {
        return rules.dialect();
    }

    String sql() {
        return sql;
    }

    int size() {
        return tokens.size();
    }

    int parameterCount() {
        return parameters[size() - 1];
    }

    /** The token at this place; beyond both ends, one that is nothing. */
    Token get(int index) {
        return index >= 0 && index < tokens.size() ? tokens.get(index) : END;
    }

    boolean isWord(int index, String word) {
        return get(index).isWord(word);
    }

    /** Whether these words stand here, one after the other. */
    boolean areWords(int index, String... words) {
        for (int i = 0; i < words.length; i++) {
            if (!isWord(index + i, words[i])) {
                return false;
            }
        }
        return true;
    }

    boolean isSymbol(int index, String symbol) {
        return get(index).isSymbol(symbol);
    }

    /** The first place in {@code [from, to)}, outside brackets, where these words stand and no dot before; {@code to} for none. */
    int find(int from, int to, String... words) {
        for (int i = from; i < to; i = next(i)) {
            if (areWords(i, words) && !isSymbol(i - 1, ".") && !isSymbol(i + 1, ".")) {
                boolean comparison = words[0].equals("FROM") && isWord(i - 1, "DISTINCT");
                if (!comparison) {
                    return i;
                }
            }
        }
        return to;
    }

    /** Whether this word stands anywhere from here on, within brackets or not. */
    boolean holdsWord(int from, String word) {
        return tokens.subList(from, tokens.size()).stream().anyMatch(token -> token.isWord(word));
    }

    /** The place of RETURNING, in the databases that have it; the statement's end for none. */
    int returning(int from) {
        return dialect() == Dialect.H2 ? size() : find(from, size(), "RETURNING");
    }

    /** The place of the bracket that belongs to the one here. */
    int partner(int index) {
        return partners[index];
    }

    /** The place after the thing here: after its partner for an opening bracket. */
    int next(int index) {
        return isSymbol(index, "(") || isSymbol(index, "[") ? partners[index] + 1 : index + 1;
    }

    /** The text from the first of these tokens to the last, as written. No tokens are refused: a clause was left empty. */
    Fragment fragment(int from, int to) {
        if (from >= to) {
            throw new Refusal("a clause without what belongs into it", "complete the statement");
        }
        return fragment(get(from).start(), from, to);
    }

    /** The text from the very beginning, comments included, to before this place. */
    Fragment head(int to) {
        return fragment(0, 0, to);
    }

    private Fragment fragment(int start, int from, int to) {
        List<Integer> positions = new ArrayList<>();
        for (int i = from; i < to; i++) {
            if (tokens.get(i).kind() == Kind.PARAMETER) {
                positions.add(parameters[i]);
            }
        }
        String text = sql.substring(start, tokens.get(to - 1).end());
        boolean mayLock = dialect() == Dialect.MYSQL;
        return new Fragment(text, positions, mayLock ? NestedQueries.locking(this, text, from, to) : text);
    }

    /** The token's text as written. */
    String written(int index) {
        Token token = tokens.get(index);
        return sql.substring(token.start(), token.end());
    }

    int parameterNumber(int index) {
        return parameters[index];
    }
}
