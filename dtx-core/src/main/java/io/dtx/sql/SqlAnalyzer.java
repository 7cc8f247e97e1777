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

    private final Cache<Key, Known> cache;

    public SqlAnalyzer() {
        this.cache = Caffeine.newBuilder()
                .maximumWeight(CACHE_WEIGHT)
                .weigher(SqlAnalyzer::weight)
                .executor(Runnable::run)
                .build();
    }

    private static int weight(Key key, Known known) {
        int values = known.statement() instanceof SqlStatement.Insert insert
                ? insert.rows().stream()
                        .mapToInt(row -> Math.max(1, row.size()))
                        .sum()
                : 0;
        return key.sql().length() + OVERHEAD * (1 + values / 4);
    }

    private record Key(String sql, SessionRules rules) {}

    /** @param asksForLastNumber whether it asks for the number that the session generated last */
    private record Known(SqlStatement statement, boolean asksForLastNumber) {}

    /**
     * What the statement does when it is sent as this text.
     *
     * @param sql the text as given to JDBC, with {@code ?} for parameters
     * @param rules how the session it is sent on reads text
     */
    public SqlStatement analyze(String sql, SessionRules rules) {
        return known(sql, rules).statement();
    }

    /** Whether {@link #asksForLastNumber} may be true of a text, by whatever rules; it is of hardly any. */
    public static boolean mayAskForLastNumber(String sql) {
        return LastNumber.mayBeIn(sql);
    }

    /**
     * Whether the statement asks for the number that the session generated last: by {@code LAST_INSERT_ID()},
     * {@code @@identity} or {@code lastval()}, and not by the same letters in a name, a literal or a comment. False for one that is
     * refused.
     *
     * @param sql the text as given to JDBC
     * @param rules how the session it is sent on reads text
     */
    public boolean asksForLastNumber(String sql, SessionRules rules) {
        return known(sql, rules).asksForLastNumber();
    }

    private Known known(String sql, SessionRules rules) {
        if (sql.length() > MAX_LENGTH) {
            return refused(new Refused(
                    "a statement of more than " + MAX_LENGTH + " characters",
                    "pass values as parameters, or in batches"));
        }
        Key key = new Key(sql, rules);
        Known known = cache.getIfPresent(key);
        if (known == null) {
            // Not computed within the cache: a long text would hold up others that share its bin.
            known = read(key);
            cache.put(key, known);
        }
        return known;
    }

    private static Known read(Key key) {
        try {
            Tokens tokens = Tokens.of(key.sql(), key.rules());
            return new Known(read(tokens), LastNumber.isAskedFor(tokens));
        } catch (Refusal refusal) {
            return refused(refusal.asStatement());
        } catch (StackOverflowError e) {
            return refused(new Refused("a statement nested too deeply", "write a simpler statement"));
        }
    }

    private static Known refused(Refused refused) {
        return new Known(refused, false);
    }

    private static SqlStatement read(Tokens tokens) {
        SqlStatement.Unprotected unprotected = OptOut.of(tokens);
        if (unprotected != null) {
            return unprotected;
        }
        Token first = tokens.get(0);
        if (first.isSymbol("(")) {
            return query(tokens);
        }
        int start = Commons.end(tokens);
        String word =
                tokens.get(start).kind() == Token.Kind.WORD ? tokens.get(start).text() : "";
        return switch (word) {
            case "SELECT", "VALUES", "TABLE", "WITH" -> query(tokens);
            case "INSERT" -> insert(tokens, start);
            case "REPLACE" ->
                tokens.dialect() == Dialect.MYSQL ? insert(tokens, start) : OtherStatements.refusal(first);
            case "UPDATE" -> {
                SqlStatement.Update update = new WriteReader(tokens, start).update();
                new Parser(tokens).confirm(update);
                yield update;
            }
            case "DELETE" -> {
                SqlStatement.Delete delete = new WriteReader(tokens, start).delete();
                new Parser(tokens).confirm(delete);
                yield delete;
            }
            case "MERGE" -> {
                if (start > 0) {
                    throw new Refusal("WITH before MERGE", "put the query into USING (..)");
                }
                SqlStatement.Merge merge = new MergeReader(tokens).merge();
                new Parser(tokens).confirm(merge);
                yield merge;
            }
            case "SHOW" -> new SessionStatements(tokens).show();
            case "EXPLAIN", "DESCRIBE", "DESC" -> new SessionStatements(tokens).explain();
            case "SET" -> new SessionStatements(tokens).set();
            default -> OtherStatements.refusal(first);
        };
    }

    private static SqlStatement insert(Tokens tokens, int start) {
        SqlStatement.Insert insert = new InsertReader(tokens, start).insert();
        new Parser(tokens).confirm(insert);
        return insert;
    }

    private static SqlStatement query(Tokens tokens) {
        SelectReader reader = new SelectReader(tokens);
        if (reader.isLocking()) {
            SqlStatement locking = reader.lockingRead();
            if (locking instanceof SqlStatement.LockingRead read) {
                new Parser(tokens).confirm(read);
            } else if (locking instanceof SqlStatement.LockingJoin join) {
                new Parser(tokens).confirm(join);
            }
            return locking;
        }
        Effects.of(tokens, 0, tokens.size());
        new Parser(tokens).confirmRead();
        return new SqlStatement.Read();
    }
}
