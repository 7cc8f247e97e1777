package io.dtx.sql;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dtx.sql.SqlStatement.Refused;

/**
 * Says what a statement does. Thread-safe; answers are kept, so the second asking for a text costs a look-up. Never
 * throws on any text: what is not understood is {@link Refused}.
 *
 * <p>Three readings must agree before a statement is anything but refused: the lexer, by the session's rules, sees one
 * statement and finds its end; the readers find its table, columns and clauses among the tokens and look at every call
 * within; the parser sees the same structure and skips nothing.
 */
public final class SqlAnalyzer {

    /** Longest text that is read, in characters. */
    public static final int MAX_LENGTH = 1 << 20;

    /** Characters of text kept in the cache, with what their descriptions take; a few ten megabytes at worst. */
    private static final long CACHE_WEIGHT = 4L << 20;

    private static final int OVERHEAD = 200;

    private final Cache<Key, SqlStatement> cache;

    public SqlAnalyzer() {
        this.cache = Caffeine.newBuilder()
                .maximumWeight(CACHE_WEIGHT)
                .weigher(SqlAnalyzer::weight)
                .executor(Runnable::run)
                .build();
    }

    private static int weight(Key key, SqlStatement statement) {
        int values = statement instanceof SqlStatement.Insert insert
                ? insert.rows().size() * Math.max(1, insert.rows().get(0).size())
                : 0;
        return key.sql().length() + OVERHEAD * (1 + values / 4);
    }

    private record Key(String sql, SessionRules rules) {}

    /**
     * What the statement does when it is sent as this text.
     *
     * @param sql the text as given to JDBC, with {@code ?} for parameters
     * @param rules how the session it is sent on reads text
     */
    public SqlStatement analyze(String sql, SessionRules rules) {
        if (sql.length() > MAX_LENGTH) {
            return new Refused(
                    "a statement of more than " + MAX_LENGTH + " characters",
                    "pass values as parameters, or in batches");
        }
        Key key = new Key(sql, rules);
        SqlStatement known = cache.getIfPresent(key);
        if (known == null) {
            // Not computed within the cache: a long text would hold up others that share its bin.
            known = read(key);
            cache.put(key, known);
        }
        return known;
    }

    private static SqlStatement read(Key key) {
        try {
            return read(Tokens.of(key.sql(), key.rules()));
        } catch (Refusal refusal) {
            return refusal.asStatement();
        } catch (StackOverflowError e) {
            return new Refused("a statement nested too deeply", "write a simpler statement");
        }
    }

    private static SqlStatement read(Tokens tokens) {
        Token first = tokens.get(0);
        if (first.isSymbol("(")) {
            return query(tokens);
        }
        return switch (first.kind() == Token.Kind.WORD ? first.text() : "") {
            case "SELECT", "VALUES", "TABLE", "WITH" -> query(tokens);
            case "INSERT" -> {
                SqlStatement.Insert insert = new InsertReader(tokens).insert();
                new Parser(tokens).confirm(insert);
                yield insert;
            }
            case "UPDATE" -> {
                SqlStatement.Update update = new WriteReader(tokens).update();
                new Parser(tokens).confirm(update);
                yield update;
            }
            case "DELETE" -> {
                SqlStatement.Delete delete = new WriteReader(tokens).delete();
                new Parser(tokens).confirm(delete);
                yield delete;
            }
            case "SHOW" -> new SessionStatements(tokens).show();
            case "EXPLAIN", "DESCRIBE", "DESC" -> new SessionStatements(tokens).explain();
            case "SET" -> new SessionStatements(tokens).set();
            default -> OtherStatements.refusal(first);
        };
    }

    private static SqlStatement query(Tokens tokens) {
        SelectReader reader = new SelectReader(tokens);
        if (reader.isLocking()) {
            SqlStatement.LockingRead read = reader.lockingRead();
            new Parser(tokens).confirm(read);
            return read;
        }
        Effects.of(tokens, 0, tokens.size());
        new Parser(tokens).confirmRead();
        return new SqlStatement.Read();
    }
}
