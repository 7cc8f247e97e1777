package io.dtx.sql;

import io.dtx.sql.Token.Kind;
import java.util.regex.Pattern;

/**
 * The number that the session generated last. MySQL's {@code LAST_INSERT_ID(n)} sets it, and does not ask for it.
 *
 * <p>Calls and variables only: a name, a literal or a comment may hold the same letters ({@code lastValue}).
 */
final class LastNumber {

    private static final Pattern WORDS = Pattern.compile("LAST_INSERT_ID|IDENTITY|LASTVAL", Pattern.CASE_INSENSITIVE);

    private LastNumber() {}

    /** Hardly any text does, and a regular expression takes longer to say so than a look at each character. */
    static boolean mayBeIn(String sql) {
        for (int i = 0; i < sql.length(); i++) {
            char c = sql.charAt(i);
            if (c == '@' || ((c == 'L' || c == 'l') && sql.regionMatches(true, i, "LAST", 0, 4))) {
                return WORDS.matcher(sql).find();
            }
        }
        return false;
    }

    /** Whether a statement asks for it. */
    static boolean isAskedFor(Tokens tokens) {
        for (int i = 0; i < tokens.size(); i++) {
            if (isVariable(tokens, i) || isCall(tokens, i)) {
                return true;
            }
        }
        return false;
    }

    /** A system variable, of whatever scope; {@code @identity} is the user's own. */
    private static boolean isVariable(Tokens tokens, int i) {
        Token token = tokens.get(i);
        return token.kind() == Kind.VARIABLE
                && tokens.written(i).startsWith("@@")
                && (token.text().endsWith("IDENTITY") || token.text().endsWith("LAST_INSERT_ID"));
    }

    private static boolean isCall(Tokens tokens, int i) {
        return tokens.get(i).isIdentifier()
                && tokens.isSymbol(i + 1, "(")
                && tokens.isSymbol(i + 2, ")")
                && Functions.lastGenerated(
                        tokens.dialect(), Ascii.upper(tokens.get(i).text()));
    }
}
