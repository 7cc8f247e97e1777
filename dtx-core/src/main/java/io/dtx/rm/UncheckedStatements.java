package io.dtx.rm;

import io.dtx.sql.Dialect;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Statements that {@link LocalWrites#CHECK} lets pass unseen, by their first word: they write no rows that could be locked, or
 * ask a function that might. Whatever starts in another way must be understood.
 */
final class UncheckedStatements {

    private static final Set<String> FIRST_WORDS = Set.of(
            "CREATE", "ALTER", "DROP", "RENAME", "COMMENT", "GRANT", "REVOKE", "ANALYZE", "VACUUM", "SHOW", "SET",
            "USE");
    private static final Pattern SCHEMA = Pattern.compile("(?:CREATE|ALTER|DROP|RENAME)\\b", Pattern.CASE_INSENSITIVE);
    /** Words of statements that begin likewise and may leave open what is open: on temporary tables, and DROP PREPARE. */
    private static final Pattern MAY_LEAVE_OPEN =
            Pattern.compile("\\b(?:TEMP|TEMPORARY|PREPARE)\\b", Pattern.CASE_INSENSITIVE);
    /** They stand before the word for what is made or dropped; behind it the same words are names, defaults, comments. */
    private static final Pattern OBJECT = Pattern.compile(
            "\\b(?:TABLE|COLUMN|INDEX|VIEW|SEQUENCE|SCHEMA|DATABASE|USER|ROLE)\\b", Pattern.CASE_INSENSITIVE);
    /** Unless that is a word of a comment, or of another statement: where there may be any, all of the text is looked at. */
    private static final Pattern FURTHER = Pattern.compile(";\\s*+[^\\s;]|/\\*|--|#");
    /** Likewise in H2: what makes or alters a sequence, an identity column's among them. */
    private static final Pattern H2_SEQUENCE = Pattern.compile(
            "\\b(?:SEQUENCE|RESTART|SET\\s+(?:GENERATED|INCREMENT|MINVALUE|MAXVALUE|CYCLE|EXHAUSTED|CACHE|NO))\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Set<String> QUERIES = Set.of("SELECT", "VALUES", "TABLE");
    /** MySQL runs what is in comments of the form {@code /*! .. *}{@code /}, and what follows one is not the first word. */
    private static final Pattern FIRST_WORD =
            Pattern.compile("\\s*+(?:--[^\\n]*+\\n\\s*+|/\\*(?![!M+])(?:[^*]|\\*(?!/))*+\\*/\\s*+)*+([A-Za-z]++)");
    /** Words that another statement follows, which MariaDB runs. */
    private static final Pattern PREFIX = Pattern.compile(
            "SET\\s+STATEMENT\\b|ANALYZE\\s+(?:FORMAT\\s*=\\s*\\w+\\s+)?(?:UPDATE|DELETE|INSERT|REPLACE|WITH)\\b",
            Pattern.CASE_INSENSITIVE);
    /**
     * What follows a semicolon may be another statement that writes, or the rest of a comment or quoted text: it is not looked at
     * which.
     */
    private static final Pattern MORE = Pattern.compile(
            ";[^;]*\\b(?:UPDATE|INSERT|DELETE|REPLACE|MERGE|UPSERT|TRUNCATE|COPY|LOAD|IMPORT|CALL|EXEC|EXECUTE|DO|HANDLER|BEGIN|WITH"
                    + "|SELECT|VALUES|TABLE|EXPLAIN|ANALYZE|SET)\\b",
            Pattern.CASE_INSENSITIVE);
    /** What holds statements that run when it is called. */
    private static final Pattern ROUTINE = Pattern.compile(
            "CREATE\\s+(?:OR\\s+REPLACE\\s+)?(?:DEFINER\\s*=\\s*\\S+\\s+)?(?:AGGREGATE\\s+|CONSTRAINT\\s+|FORCE\\s+)?"
                    + "(?:FUNCTION|PROCEDURE|TRIGGER|EVENT|PACKAGE|ALIAS)\\b",
            Pattern.CASE_INSENSITIVE);
    /**
     * {@code FOR UPDATE} and its kind, {@code LOCK IN SHARE MODE}, {@code INTO}, and H2's {@code FINAL TABLE (UPDATE ..)}. The words of
     * the last are looked for together: alone, they may be columns or values.
     */
    private static final Pattern MORE_THAN_A_QUERY = Pattern.compile(
            "\\b(?:FOR|LOCK|INTO)\\b|\\bTABLE\\b.*\\b(?:UPDATE|DELETE|MERGE)\\b",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private UncheckedStatements() {}

    static boolean contains(String sql) {
        Matcher first = FIRST_WORD.matcher(sql);
        if (!first.lookingAt()) {
            return false;
        }
        String word = first.group(1).toUpperCase(Locale.ROOT);
        if (startsAt(first, PREFIX, sql) || (MORE.matcher(sql).find() && !startsAt(first, ROUTINE, sql))) {
            return false;
        }
        return FIRST_WORDS.contains(word)
                || (QUERIES.contains(word) && !MORE_THAN_A_QUERY.matcher(sql).find());
    }

    /**
     * Those of them that change the schema, and before which the database commits what is open, unless it is PostgreSQL. None that
     * may leave it open: what dtx commits in its place could not be rolled back any more.
     */
    static boolean changesSchema(Dialect dialect, String sql) {
        Matcher first = FIRST_WORD.matcher(sql);
        return first.lookingAt()
                && startsAt(first, SCHEMA, sql)
                && !mayLeaveOpen(sql)
                && !(dialect == Dialect.H2 && H2_SEQUENCE.matcher(sql).find())
                && contains(sql);
    }

    private static boolean mayLeaveOpen(String sql) {
        Matcher object = OBJECT.matcher(sql);
        boolean whole = FURTHER.matcher(sql).find() || !object.find();
        return MAY_LEAVE_OPEN
                .matcher(sql)
                .region(0, whole ? sql.length() : object.start())
                .find();
    }

    private static boolean startsAt(Matcher first, Pattern pattern, String sql) {
        return pattern.matcher(sql).region(first.start(1), sql.length()).lookingAt();
    }
}
