package io.dtx.sql;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * How a session reads the text it is sent: the same bytes are another statement under other rules, so whoever analyses
 * a statement asks the session first.
 *
 * @param dialect the family of SQL
 * @param backslashEscapes whether a backslash in an ordinary string literal is an escape: true in MySQL unless
 *     {@code NO_BACKSLASH_ESCAPES}, in PostgreSQL only if {@code standard_conforming_strings} is off, never in H2
 * @param doubleQuotedIdentifiers whether {@code "x"} is a name: in MySQL only under {@code ANSI_QUOTES}, elsewhere
 *     always
 * @param edition which functions the server builds in
 */
public record SessionRules(
        Dialect dialect, boolean backslashEscapes, boolean doubleQuotedIdentifiers, Edition edition) {

    public SessionRules {
        if (dialect != Dialect.MYSQL && !doubleQuotedIdentifiers) {
            throw new IllegalArgumentException(dialect + " always reads double quotes as a name");
        }
        if (dialect == Dialect.H2 && backslashEscapes) {
            throw new IllegalArgumentException("H2 never reads a backslash as an escape");
        }
    }

    /** Of a server of which no more is known than its family. */
    SessionRules(Dialect dialect, boolean backslashEscapes, boolean doubleQuotedIdentifiers) {
        this(dialect, backslashEscapes, doubleQuotedIdentifiers, Edition.COMMON);
    }

    /** The rules of a session whose server and connection keep the defaults. */
    public static SessionRules standard(Dialect dialect) {
        return new SessionRules(dialect, dialect == Dialect.MYSQL, dialect != Dialect.MYSQL);
    }

    /** These rules on a server of this edition. */
    public SessionRules on(Edition server) {
        return new SessionRules(dialect, backslashEscapes, doubleQuotedIdentifiers, server);
    }

    /**
     * The rules of a MySQL or MariaDB session.
     *
     * @param sqlMode the value of {@code @@sql_mode}: names separated by commas. {@code ANSI} and its kin need no care,
     *     since the server spells out what they stand for
     * @throws IllegalArgumentException for a mode that changes the grammar itself ({@code ORACLE}): what such a session
     *     makes of a statement is not known here
     */
    public static SessionRules mysql(String sqlMode) {
        Set<String> modes =
                new HashSet<>(Arrays.asList(sqlMode.toUpperCase(Locale.ROOT).split(",", -1)));
        if (modes.contains("ORACLE")) {
            throw new IllegalArgumentException(
                    "sql_mode ORACLE changes the grammar and is not supported: take it out of sql_mode");
        }
        return new SessionRules(Dialect.MYSQL, !modes.contains("NO_BACKSLASH_ESCAPES"), modes.contains("ANSI_QUOTES"));
    }

    /**
     * The rules of a PostgreSQL session.
     *
     * @param standardConformingStrings the session's {@code standard_conforming_strings}
     */
    public static SessionRules postgresql(boolean standardConformingStrings) {
        return new SessionRules(Dialect.POSTGRESQL, !standardConformingStrings, true);
    }
}
