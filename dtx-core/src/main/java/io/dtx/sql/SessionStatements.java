package io.dtx.sql;

import io.dtx.sql.SqlStatement.Read;
import java.util.Map;
import java.util.Set;

/** Reads the statements that are about the session or the server: SHOW, EXPLAIN, DESCRIBE and harmless forms of SET. */
final class SessionStatements {

    private static final Map<Dialect, Set<String>> HARMLESS_SETTINGS = Map.of(
            Dialect.MYSQL,
                    Set.of("INNODB_LOCK_WAIT_TIMEOUT", "LOCK_WAIT_TIMEOUT", "MAX_EXECUTION_TIME", "MAX_STATEMENT_TIME"),
            Dialect.POSTGRESQL, Set.of("APPLICATION_NAME", "LOCK_TIMEOUT", "STATEMENT_TIMEOUT"),
            Dialect.H2, Set.of("LOCK_TIMEOUT", "QUERY_TIMEOUT"));

    private final Tokens tokens;

    SessionStatements(Tokens tokens) {
        this.tokens = tokens;
    }

    Read show() {
        Effects.of(tokens, 1, tokens.size());
        return new Read();
    }

    /** EXPLAIN of a query; in MySQL also DESCRIBE of a table. */
    Read explain() {
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.isWord(i, "ANALYZE") || tokens.isWord(i, "ANALYSE")) {
                throw new Refusal("EXPLAIN ANALYZE, which runs the statement", "leave ANALYZE out");
            }
        }
        if (tokens.dialect() == Dialect.MYSQL && describesTable()) {
            return new Read();
        }
        int query = 1;
        while (query < tokens.size() && !startsQuery(query)) {
            query = tokens.dialect() == Dialect.POSTGRESQL ? tokens.next(query) : query + 1;
        }
        if (query == tokens.size()) {
            throw new Refusal("EXPLAIN of something that is not a query", "explain it outside the global transaction");
        }
        Effects.of(tokens, 1, tokens.size());
        return new Read();
    }

    private boolean describesTable() {
        int i = 1;
        while (tokens.get(i).isIdentifier() || tokens.isSymbol(i, ".")) {
            i++;
        }
        return i == tokens.size() && i > 1 && i <= 5 && !startsQuery(1);
    }

    private boolean startsQuery(int i) {
        return tokens.isWord(i, "SELECT") || tokens.isWord(i, "WITH") || tokens.isWord(i, "VALUES");
    }

    /** {@code SET [SESSION | LOCAL] name (= | TO) literal} for the settings that change neither text nor capture. */
    Read set() {
        int i = tokens.isWord(1, "SESSION") || tokens.isWord(1, "LOCAL") ? 2 : 1;
        Token name = tokens.get(i);
        boolean harmless = name.kind() == Token.Kind.WORD
                && HARMLESS_SETTINGS.getOrDefault(tokens.dialect(), Set.of()).contains(name.text());
        int value = tokens.isSymbol(i + 1, "=") || tokens.isWord(i + 1, "TO") ? i + 2 : i + 1;
        Token.Kind kind = tokens.get(value).kind();
        boolean literal = kind == Token.Kind.NUMBER || kind == Token.Kind.STRING || kind == Token.Kind.PARAMETER;
        if (!harmless || !literal || value + 1 != tokens.size()) {
            throw refusedSet(name);
        }
        return new Read();
    }

    private static Refusal refusedSet(Token name) {
        return switch (name.text()) {
            case "AUTOCOMMIT", "TRANSACTION", "CONSTRAINTS" -> OtherStatements.transactionControl("SET " + name.text());
            default ->
                new Refusal(
                        "SET, which may change how the session reads or runs statements",
                        "set it when the connection is opened, or outside the global transaction");
        };
    }
}
