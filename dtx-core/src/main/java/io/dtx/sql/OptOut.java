package io.dtx.sql;

import io.dtx.sql.SqlStatement.Unprotected;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The opt-out of one statement: {@code /* dtx:unprotected <reason> *}{@code /} as the very beginning of its text, where no
 * literal, no parameter and no other comment can be. A comment of that kind elsewhere means nothing.
 *
 * <p>Only what can not end the local transaction may follow: one statement that reads or writes rows, as the session's rules cut
 * it. MySQL and H2 commit on DDL, and on more words every year, so what may follow is listed.
 */
final class OptOut {

    private static final Pattern BEGINNING = Pattern.compile("\\A\\s*+/\\*\\s*+dtx:unprotected\\b");
    private static final Pattern WHOLE =
            Pattern.compile("\\A\\s*+/\\* dtx:unprotected (?<reason>[^*/\\x00-\\x1f]{8,200}) \\*/");

    private static final Set<String> HARMLESS =
            Set.of("SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "WITH");
    /** MySQL's files and tables, PostgreSQL's tables: made by a query, and not rows. */
    private static final String INTO = "INTO";

    private static final int LONGEST_SHOWN = 200;

    private OptOut() {}

    /** Null if the text does not begin with it. */
    static @Nullable Unprotected of(Tokens tokens) {
        String sql = tokens.sql();
        if (!BEGINNING.matcher(sql).find()) {
            return null;
        }
        Matcher whole = WHOLE.matcher(sql);
        if (!whole.find()) {
            throw new Refusal(
                    "an opt-out that is not of the form /* dtx:unprotected <reason> */, with a reason of 8 to 200"
                            + " characters without * and /",
                    "give the reason why the statement may stay when the global transaction rolls back");
        }
        Token first = tokens.get(0);
        boolean selectsInto = (first.isWord("SELECT") || first.isWord("WITH")) && tokens.holdsWord(1, INTO);
        boolean known = first.kind() == Token.Kind.WORD && HARMLESS.contains(first.text());
        if (!known || (selectsInto && !tokens.holdsWord(1, "INSERT") && !tokens.holdsWord(1, "MERGE"))) {
            throw new Refusal(
                    "an unprotected statement that is none of SELECT, INSERT, UPDATE, DELETE, REPLACE and MERGE, and might"
                            + " end the local transaction",
                    "run it outside of the global transaction");
        }
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.get(i).isIdentifier() && tokens.get(i).text().equalsIgnoreCase("UNDO_LOG")) {
                throw new Refusal("an unprotected statement on undo_log, which is dtx's own", "leave it to dtx");
            }
        }
        return new Unprotected(whole.group("reason"), shown(tokens));
    }

    /** Without what might be a value. */
    private static String shown(Tokens tokens) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tokens.size() && text.length() < LONGEST_SHOWN; i++) {
            boolean value =
                    tokens.get(i).kind() == Token.Kind.STRING || tokens.get(i).kind() == Token.Kind.NUMBER;
            text.append(i > 0 && tokens.get(i - 1).end() < tokens.get(i).start() ? " " : "")
                    .append(value ? "?" : tokens.written(i));
        }
        return text.length() < LONGEST_SHOWN ? text.toString() : text.substring(0, LONGEST_SHOWN) + " ..";
    }
}
