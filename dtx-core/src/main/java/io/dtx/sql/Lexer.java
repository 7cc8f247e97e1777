package io.dtx.sql;

import io.dtx.sql.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Cuts a statement into tokens by the rules of the session that will run it. This, not the parser, decides what is
 * text, what is comment and what is code; whatever the server, the driver and this class might read in different ways
 * is refused.
 */
final class Lexer {

    private static final String NAME_IT = "put the odd name or value in quotes, or pass it as a parameter";
    private static final String AS_PARAMETER = "pass the value as a parameter";
    private static final String SPLIT = "send one plain SQL statement";

    /** PostgreSQL reads a run of these as one operator. */
    private static final String OPERATOR_CHARACTERS = "+-*/<>=~!@#%^&|";

    /** A run that ends with + or - keeps that character only if it holds one of these. */
    private static final String SPECIAL_OPERATOR_CHARACTERS = "~!@#%^&|?";

    /**
     * PostgreSQL's own operators; the question mark is doubled, as its driver wants it. Any other may be a user's, with
     * a function of any kind behind it.
     */
    private static final Set<String> POSTGRESQL_OPERATORS =
            Set.of(("+ - * / % ^ < > = <= >= <> != || | & # ~ << >> @ |/ ||/ ~* !~ !~* ~~ ~~* !~~ !~~* ^@ "
                            + "-> ->> #> #>> @> <@ ?? ??| ??& #- @?? @@ && -|- <-> &< &> <<| |>> &<| |&> "
                            + "<<= >>= ~= => !! @@@")
                    .split(" "));

    /** Longest first. */
    private static final List<String> OTHER_OPERATORS =
            List.of("<=>", "->>", ":=", "<=", ">=", "<>", "!=", "||", "&&", "<<", ">>", "->", "::");

    /** MySQL's SET_VAR, and Set of PostgreSQL's pg_hint_plan. */
    private static final Pattern SESSION_HINT = Pattern.compile("\\bSET(?:_VAR)?\\b", Pattern.CASE_INSENSITIVE);

    private static final String OTHER_SYMBOLS = "+-*/<>=~!%^&|";

    private final String sql;
    private final Dialect dialect;
    private final SessionRules rules;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private Lexer(String sql, SessionRules rules) {
        this.sql = sql;
        this.dialect = rules.dialect();
        this.rules = rules;
    }

    static List<Token> tokens(String sql, SessionRules rules) {
        Lexer lexer = new Lexer(sql, rules);
        while (lexer.skipBlanks()) {
            lexer.token();
        }
        return lexer.tokens;
    }

    private char peek(int ahead) {
        return at + ahead < sql.length() ? sql.charAt(at + ahead) : '\0';
    }

    private boolean ended() {
        return at >= sql.length();
    }

    /** Steps over blanks and comments; false at the end of the text. */
    private boolean skipBlanks() {
        while (!ended()) {
            if (isBlank(peek(0))) {
                at++;
            } else if (startsLineComment()) {
                lineComment();
            } else if (peek(0) == '/' && peek(1) == '*') {
                blockComment();
            } else if (dialect == Dialect.H2 && peek(0) == '/' && peek(1) == '/') {
                throw new Refusal("a comment that starts with //", "write it as /* .. */");
            } else {
                return true;
            }
        }
        return false;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    private boolean startsLineComment() {
        if (dialect == Dialect.MYSQL && peek(0) == '#') {
            return true;
        }
        if (peek(0) != '-' || peek(1) != '-') {
            return false;
        }
        if (dialect == Dialect.MYSQL && at + 2 < sql.length() && !isBlank(peek(2))) {
            throw new Refusal(
                    "two minus signs without a blank behind them, which is a comment to some and arithmetic to others",
                    "write a blank between or behind them");
        }
        return true;
    }

    private void lineComment() {
        int end = sql.indexOf('\n', at);
        String comment = end < 0 ? sql.substring(at) : sql.substring(at, end);
        int carriageReturn = comment.indexOf('\r');
        if (carriageReturn >= 0 && carriageReturn < comment.length() - 1) {
            throw new Refusal(
                    "a line comment with a lone carriage return, which ends it for some and not for others",
                    "end lines with a line feed");
        }
        at += comment.length();
    }

    private void blockComment() {
        char mark = peek(2);
        boolean executable = dialect == Dialect.MYSQL && (mark == '!' || (mark == 'M' && peek(3) == '!'));
        if (executable) {
            throw new Refusal(
                    "an executable comment (/*! .. */), which the server runs as SQL", "write plain SQL instead");
        }
        int start = at;
        at += 2;
        int depth = 1;
        while (depth > 0) {
            if (at + 1 >= sql.length()) {
                throw new Refusal("a comment without its end", SPLIT);
            } else if (peek(0) == '*' && peek(1) == '/') {
                depth--;
                at += 2;
            } else if (peek(0) == '/' && peek(1) == '*') {
                if (dialect == Dialect.MYSQL) {
                    throw new Refusal("a comment within a comment", "take the inner comment out");
                }
                depth++;
                at += 2;
            } else {
                at++;
            }
        }
        if (mark == '+' && SESSION_HINT.matcher(sql.substring(start, at)).find()) {
            throw new Refusal("an optimizer hint that sets session variables", "take the hint out");
        }
    }

    private void token() {
        char c = peek(0);
        if (c == '\'') {
            string(at, rules.backslashEscapes());
        } else if (c == '"') {
            if (rules.doubleQuotedIdentifiers()) {
                quotedName('"');
            } else {
                string(at, rules.backslashEscapes());
            }
        } else if (c == '`') {
            if (dialect != Dialect.MYSQL) {
                throw new Refusal("a name in backticks", "quote names with double quotes");
            }
            quotedName('`');
        } else if (isDigit(c) || (c == '.' && isDigit(peek(1)) && !followsOperand())) {
            number();
        } else if (c == '?') {
            parameter();
        } else if (c == '$') {
            dollar();
        } else if (isWordStart(c)) {
            word();
        } else if (c == '@' && dialect != Dialect.POSTGRESQL) {
            variable();
        } else {
            symbol();
        }
    }

    private void add(Kind kind, int start, String text) {
        tokens.add(new Token(kind, start, at, text));
    }

    /** Whether the last token touches this place and could be followed by a dot. */
    private boolean followsOperand() {
        if (tokens.isEmpty()) {
            return false;
        }
        Token last = tokens.get(tokens.size() - 1);
        return last.end() == at && (last.isIdentifier() || last.isSymbol(")") || last.isSymbol("]"));
    }

    /** Reads a string whose quote stands here. Its token begins at {@code start}, where its prefix stands. */
    private void string(int start, boolean backslashEscapes) {
        char quote = peek(0);
        at++;
        while (true) {
            if (ended()) {
                throw new Refusal("a string without its end", SPLIT);
            }
            char c = peek(0);
            if (c == '\\' && backslashEscapes) {
                at += 2;
            } else if (c == quote && peek(1) == quote) {
                at += 2;
            } else if (c == quote) {
                at++;
                break;
            } else {
                at++;
            }
        }
        boolean continued = dialect == Dialect.POSTGRESQL
                && !tokens.isEmpty()
                && tokens.get(tokens.size() - 1).kind() == Kind.STRING;
        if (continued) {
            throw new Refusal("a string in several pieces", "write it in one piece, or pass it as a parameter");
        }
        add(Kind.STRING, start, "");
    }

    private void quotedName(char quote) {
        int start = at++;
        StringBuilder name = new StringBuilder();
        while (true) {
            if (ended()) {
                throw new Refusal("a quoted name without its end", SPLIT);
            }
            char c = peek(0);
            if (c == quote && peek(1) != quote) {
                at++;
                break;
            }
            at += c == quote ? 2 : 1;
            name.append(c);
        }
        if (name.isEmpty()) {
            throw new Refusal("a quoted name without a character", SPLIT);
        }
        add(Kind.NAME, start, name.toString());
    }

    private void number() {
        int start = at;
        if (peek(0) == '0' && (peek(1) == 'x' || peek(1) == 'X') && isHexDigit(peek(2))) {
            at += 2;
            while (isHexDigit(peek(0))) {
                at++;
            }
        } else {
            digits();
            if (peek(0) == '.') {
                at++;
                digits();
            }
            if (peek(0) == 'e' || peek(0) == 'E') {
                int sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
                if (isDigit(peek(1 + sign))) {
                    at += 1 + sign;
                    digits();
                }
            }
        }
        if (!ended() && (isWordPart(peek(0)) || peek(0) == '.')) {
            throw new Refusal("a number that runs into letters", NAME_IT);
        }
        add(Kind.NUMBER, start, sql.substring(start, at));
    }

    private void digits() {
        while (isDigit(peek(0))) {
            at++;
        }
    }

    private void parameter() {
        if (peek(1) == '?') {
            if (dialect == Dialect.POSTGRESQL) {
                symbol();
                return;
            }
            throw new Refusal("two question marks side by side", "separate the parameters");
        }
        int start = at++;
        if (!ended() && isWordPart(peek(0))) {
            throw new Refusal("a numbered or named parameter", "use plain ? parameters");
        }
        add(Kind.PARAMETER, start, "?");
    }

    /** Dollar quotes: {@code $tag$ .. $tag$} in PostgreSQL, {@code $$ .. $$} in H2. */
    private void dollar() {
        int start = at++;
        while (dialect == Dialect.POSTGRESQL && !ended() && isWordPart(peek(0)) && peek(0) != '$') {
            at++;
        }
        boolean opened = dialect != Dialect.MYSQL && peek(0) == '$' && !isDigit(sql.charAt(start + 1));
        if (!opened) {
            throw new Refusal("a dollar sign that opens no string", "use plain ? parameters, and quote odd names");
        }
        at++;
        String tag = sql.substring(start, at);
        int end = sql.indexOf(tag, at);
        if (end < 0) {
            throw new Refusal("a string without its end", SPLIT);
        }
        at = end + tag.length();
        add(Kind.STRING, start, "");
    }

    private void word() {
        int start = at;
        while (!ended() && isWordPart(peek(0))) {
            at++;
        }
        String word = Ascii.upper(sql.substring(start, at));
        if (dialect == Dialect.H2 && word.contains("$$")) {
            throw new Refusal("a dollar quote that touches a name", AS_PARAMETER);
        }
        if (word.equals("U") && peek(0) == '&' && (peek(1) == '\'' || peek(1) == '"')) {
            throw new Refusal("a string or name with Unicode escapes (U&)", AS_PARAMETER);
        }
        if (peek(0) == '\'' && prefixesString(word)) {
            prefixedString(start, word);
        } else {
            add(Kind.WORD, start, word);
        }
    }

    private boolean prefixesString(String word) {
        return switch (word) {
            case "N", "X", "B", "E", "Q" -> true;
            default -> dialect == Dialect.MYSQL && word.startsWith("_");
        };
    }

    private void prefixedString(int start, String prefix) {
        switch (prefix) {
            case "E" -> {
                if (dialect != Dialect.POSTGRESQL) {
                    throw new Refusal("a string with the prefix E", AS_PARAMETER);
                }
                string(start, true);
            }
            case "Q" -> throw new Refusal("a string with the prefix Q", AS_PARAMETER);
            case "X", "B" -> {
                string(start, false);
                if (sql.substring(start, at).indexOf('\\') >= 0) {
                    throw new Refusal("a backslash in a binary string", AS_PARAMETER);
                }
            }
            default -> string(start, rules.backslashEscapes());
        }
    }

    private void variable() {
        int start = at++;
        boolean system = peek(0) == '@';
        if (system) {
            at++;
        }
        int nameStart = at;
        while (!ended() && (isWordPart(peek(0)) || peek(0) == '.')) {
            at++;
        }
        if (at == nameStart) {
            throw new Refusal("a variable with a quoted name", "pass the value as a parameter");
        }
        add(Kind.VARIABLE, start, Ascii.upper(sql.substring(nameStart, at)));
    }

    private void symbol() {
        char c = peek(0);
        int start = at;
        if ("(),;[].".indexOf(c) >= 0) {
            at++;
            add(Kind.SYMBOL, start, String.valueOf(c));
        } else if (c == '{' || c == '}') {
            throw new Refusal("a JDBC escape ({fn ..}, {d ..}, {call ..})", "write plain SQL of the database");
        } else if (c == ':' && peek(1) == ':') {
            at += 2;
            add(Kind.SYMBOL, start, "::");
        } else if (dialect == Dialect.POSTGRESQL) {
            postgresqlOperator();
        } else {
            otherOperator();
        }
    }

    private void postgresqlOperator() {
        int start = at;
        while (true) {
            if (peek(0) == '?' && peek(1) == '?') {
                at += 2;
            } else if (OPERATOR_CHARACTERS.indexOf(peek(0)) >= 0 && !ended() && !opensComment()) {
                at++;
            } else {
                break;
            }
        }
        if (at == start) {
            throw unknown(peek(0));
        }
        boolean special = sql.substring(start, at).chars().anyMatch(c -> SPECIAL_OPERATOR_CHARACTERS.indexOf(c) >= 0);
        while (!special && at - start > 1 && (sql.charAt(at - 1) == '+' || sql.charAt(at - 1) == '-')) {
            at--;
        }
        String operator = sql.substring(start, at);
        if (!POSTGRESQL_OPERATORS.contains(operator)) {
            throw new Refusal(
                    "the operator " + operator + ", which is not one of PostgreSQL's own",
                    "take the statement out of the global transaction");
        }
        add(Kind.SYMBOL, start, operator);
    }

    private boolean opensComment() {
        return (peek(0) == '-' && peek(1) == '-') || (peek(0) == '/' && peek(1) == '*');
    }

    private void otherOperator() {
        int start = at;
        for (String operator : OTHER_OPERATORS) {
            if (sql.startsWith(operator, at)) {
                at += operator.length();
                add(Kind.SYMBOL, start, operator);
                return;
            }
        }
        if (OTHER_SYMBOLS.indexOf(peek(0)) < 0) {
            throw unknown(peek(0));
        }
        at++;
        add(Kind.SYMBOL, start, sql.substring(start, at));
    }

    private static Refusal unknown(char c) {
        return new Refusal(String.format("the character U+%04X outside quotes", (int) c), NAME_IT);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isHexDigit(char c) {
        return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }

    private static boolean isWordStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= 0x80 && Character.isLetter(c));
    }

    private static boolean isWordPart(char c) {
        return isWordStart(c) || isDigit(c) || c == '$' || (c >= 0x80 && Character.isLetterOrDigit(c));
    }
}
