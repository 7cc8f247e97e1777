package io.dtx.sql;

import io.dtx.sql.SqlStatement.Value;
import io.dtx.sql.TableName.Identifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes random statements out of parts whose places and parameters it knows, so that it can say what the analyser must
 * find. Parts hold what misleads a careless reader: keywords, question marks and comment signs in strings, names and
 * comments.
 */
final class RandomStatements {

    /** A statement with what must be found in it. */
    record Sample(String sql, SqlStatement expected) {}

    /** What is put into a statement to break it. */
    private static final String[] SPLINTERS = {
        "'",
        "\"",
        "`",
        "(",
        ")",
        "--",
        "-- ",
        "/*",
        "*/",
        "/*!",
        ";",
        "?",
        "??",
        "$$",
        "\\",
        "#",
        "\n",
        ",",
        ".",
        " FOR ",
        " UPDATE ",
        " WHERE ",
        " SELECT ",
        " INTO ",
        " UNION ",
        " WITH x AS (",
        ":=",
        "::",
        "{",
        "E'",
        "\0",
        "é",
        " 1a "
    };

    /** Stands where a query within brackets can say that it locks. */
    private static final String END_OF_QUERY = "\u0001";

    private final Random random;
    private final Dialect dialect;
    private int parameters;

    RandomStatements(long seed, Dialect dialect) {
        this.random = new Random(seed);
        this.dialect = dialect;
    }

    Sample next() {
        parameters = 0;
        return switch (random.nextInt(4)) {
            case 0 -> update();
            case 1 -> delete();
            case 2 -> lockingRead();
            default -> insert();
        };
    }

    private Sample update() {
        String alias = random.nextBoolean() ? "x" : null;
        String from = "t" + (alias == null ? "" : gap() + (random.nextBoolean() ? "AS" + gap() : "") + alias);
        List<Identifier> columns = new ArrayList<>();
        StringBuilder head = new StringBuilder(lead() + word("UPDATE") + gap() + from + gap() + word("SET") + gap());
        // Expressions read a, b and c; an UPDATE with a subquery that reads what it assigns is refused on MySQL.
        List<String> names =
                new ArrayList<>(dialect == Dialect.MYSQL ? List.of("d", "e", "f", "g") : List.of("a", "b", "c", "d"));
        Collections.shuffle(names, random);
        for (String name : names.subList(0, 1 + random.nextInt(3))) {
            head.append(columns.isEmpty() ? "" : "," + maybeGap());
            head.append(name).append(maybeGap()).append("=").append(maybeGap()).append(expression(2));
            columns.add(new Identifier(name, false));
        }
        Fragment headPiece = piece(head.toString(), 0);
        Tail tail = tail(dialect == Dialect.MYSQL);
        return new Sample(
                headPiece.sql() + tail.sql + end(),
                new SqlStatement.Update(
                        table(alias),
                        headPiece,
                        new Fragment(from, List.of()),
                        columns,
                        tail.where,
                        tail.orderBy,
                        tail.limit,
                        parameters));
    }

    private Sample delete() {
        Fragment head = piece(lead() + word("DELETE") + gap() + word("FROM") + gap() + "t", 0);
        Tail tail = tail(dialect == Dialect.MYSQL);
        return new Sample(
                head.sql() + tail.sql + end(),
                new SqlStatement.Delete(
                        table(null),
                        head,
                        new Fragment("t", List.of()),
                        tail.where,
                        tail.orderBy,
                        tail.limit,
                        parameters));
    }

    private Sample lockingRead() {
        String first = random.nextBoolean() ? "*" : expression(0) + "," + maybeGap() + "a";
        boolean plain = "*abc".indexOf(first.charAt(0)) >= 0;
        Fragment list = piece(lead() + word("SELECT") + gap() + first, 0);
        int before = parameters;
        String from = word("FROM") + gap() + "t";
        String apart = gap();
        Tail tail = tail(true);
        String locking = pick("FOR UPDATE", "for update", "FOR UPDATE NOWAIT");
        String rest = from + tail.sql + gap() + locking;
        SqlStatement statement = plain || tail.orderBy == null
                ? new SqlStatement.LockingRead(
                        table(null),
                        new Fragment(list.sql() + apart + from, list.parameters()),
                        new Fragment("t", List.of()),
                        tail.where,
                        tail.orderBy,
                        tail.limit,
                        locking,
                        parameters)
                : new SqlStatement.LockingJoin(
                        List.of(table("t")),
                        false,
                        list,
                        locking(piece(rest, before), tail.limit, tail.orderBy, tail.where),
                        tail.where,
                        tail.orderBy,
                        parameters);
        return new Sample(list.sql() + apart + rest + end(), statement);
    }

    /** Of a piece that ends with others, the last one first. */
    private static Fragment locking(Fragment whole, @Nullable Fragment... parts) {
        String text = whole.sql();
        String locking = "";
        for (Fragment part : parts) {
            if (part != null) {
                int start = text.lastIndexOf(part.sql());
                locking = part.lockingSql() + text.substring(start + part.sql().length()) + locking;
                text = text.substring(0, start);
            }
        }
        return new Fragment(whole.sql(), whole.parameters(), text + locking);
    }

    private static TableName table(@Nullable String alias) {
        return new TableName(List.of(), new Identifier("t", false), alias);
    }

    /** The clauses behind a head, as text and in pieces. */
    private record Tail(
            String sql,
            @Nullable Fragment where,
            @Nullable Fragment orderBy,
            @Nullable Fragment limit) {}

    private Tail tail(boolean orderedAndLimited) {
        StringBuilder sql = new StringBuilder();
        Fragment where = null;
        Fragment orderBy = null;
        Fragment limit = null;
        int start = parameters;
        if (random.nextInt(4) > 0) {
            where = piece(condition(3), start);
            sql.append(gap()).append(word("WHERE")).append(gap()).append(where.sql());
        }
        if (orderedAndLimited && random.nextBoolean()) {
            orderBy = piece(word("ORDER") + gap() + word("BY") + gap() + "b" + pick("", " DESC") + ", c", parameters);
            sql.append(gap()).append(orderBy.sql());
        }
        start = parameters;
        if (orderedAndLimited && random.nextBoolean()) {
            limit = piece(word("LIMIT") + gap() + (random.nextBoolean() ? "3" : parameter()), start);
            sql.append(gap()).append(limit.sql());
        }
        return new Tail(sql.toString(), where, orderBy, limit);
    }

    private Sample insert() {
        StringBuilder sql = new StringBuilder(lead() + word("INSERT") + gap() + word("INTO") + gap() + "t");
        List<Identifier> columns = List.of();
        int width = 4;
        if (random.nextBoolean()) {
            sql.append(maybeGap())
                    .append("(a,")
                    .append(maybeGap())
                    .append("b")
                    .append(maybeGap())
                    .append(")");
            columns = List.of(new Identifier("a", false), new Identifier("b", false));
            width = 2;
        }
        sql.append(gap()).append(word("VALUES"));
        List<List<Value>> rows = new ArrayList<>();
        for (int i = 0, n = 1 + random.nextInt(3); i < n; i++) {
            sql.append(i == 0 ? "" : ",").append(maybeGap()).append("(").append(maybeGap());
            List<Value> row = new ArrayList<>();
            for (int j = 0; j < width; j++) {
                sql.append(j == 0 ? "" : "," + maybeGap());
                row.add(value(sql));
                sql.append(maybeGap());
            }
            sql.append(")");
            rows.add(row);
        }
        Fragment body = piece(sql.toString(), 0);
        return new Sample(body.sql() + end(), new SqlStatement.Insert(table(null), columns, rows, parameters, body));
    }

    private Value value(StringBuilder sql) {
        int start = parameters;
        switch (random.nextInt(5)) {
            case 0 -> {
                sql.append(parameter());
                return new Value.Parameter(parameters);
            }
            case 1 -> {
                String literal = literal();
                sql.append(literal);
                return new Value.Literal(literal);
            }
            case 2 -> {
                sql.append(word("DEFAULT"));
                return new Value.Default();
            }
            case 3 -> {
                sql.append(word("NULL"));
                return new Value.Null();
            }
            default -> {
                String value = "1 + " + expression(2);
                sql.append(value);
                return new Value.Expression(piece(value, start));
            }
        }
    }

    /** The text with the numbers of the parameters made since. */
    private Fragment piece(String text, int before) {
        String written = text.replace(END_OF_QUERY, "");
        return new Fragment(
                written,
                IntStream.rangeClosed(before + 1, parameters).boxed().toList(),
                dialect == Dialect.MYSQL ? text.replace(END_OF_QUERY, "\nLOCK IN SHARE MODE") : written);
    }

    private String condition(int depth) {
        if (depth == 0 || random.nextInt(4) == 0) {
            return "a" + maybeGap() + pick("=", "<>", "<", ">=", "!=") + maybeGap() + expression(1);
        }
        return switch (random.nextInt(7)) {
            case 0 -> "(" + maybeGap() + condition(depth - 1) + maybeGap() + ")";
            case 1 -> condition(depth - 1) + gap() + pick("AND", "or") + gap() + condition(depth - 1);
            case 2 -> "b IN (" + expression(1) + "," + maybeGap() + expression(1) + ")";
            case 3 ->
                "c IN (SELECT c FROM u WHERE " + condition(depth - 1) + " ORDER BY c LIMIT 5" + END_OF_QUERY + ")";
            case 4 -> "NOT" + gap() + "(" + condition(depth - 1) + ")";
            case 5 -> "b BETWEEN 1 AND " + parameter();
            default -> "b" + gap() + pick("IS NULL", "IS NOT NULL", "LIKE " + literal());
        };
    }

    private String expression(int depth) {
        if (depth == 0 || random.nextBoolean()) {
            return switch (random.nextInt(3)) {
                case 0 -> parameter();
                case 1 -> literal();
                default -> pick("a", "b", "c");
            };
        }
        return switch (random.nextInt(5)) {
            case 0 -> "(" + expression(depth - 1) + ")";
            case 1 -> expression(depth - 1) + " " + pick("+", "-", "*") + " " + expression(depth - 1);
            case 2 -> "COALESCE(" + expression(depth - 1) + "," + maybeGap() + expression(depth - 1) + ")";
            case 3 ->
                "CASE WHEN " + condition(1) + " THEN " + expression(depth - 1) + " ELSE " + expression(0) + " END";
            default -> "(SELECT MIN(a) FROM u WHERE " + condition(1) + END_OF_QUERY + ")";
        };
    }

    private String parameter() {
        parameters++;
        return "?";
    }

    private String literal() {
        List<String> literals = new ArrayList<>(List.of(
                "1", "0.5", "'x'", "''", "'it''s ?'", "' WHERE a = ? '", "'-- ?'", "'/* ? '", "'; DELETE FROM t'"));
        switch (dialect) {
            case MYSQL -> literals.addAll(List.of("\"say '?'\"", "'\\'?'", "'\\\\'", "\"\\\" -- ? \""));
            case POSTGRESQL -> literals.addAll(List.of("'\\'", "E'\\'?'", "$$it's ?$$", "$x$ $$ ? $x$"));
            case H2 -> literals.addAll(List.of("'\\'", "$$it's ?$$"));
        }
        return literals.get(random.nextInt(literals.size()));
    }

    private String lead() {
        return random.nextInt(3) == 0 ? gap() : "";
    }

    private String end() {
        return pick("", "", " ", ";", " ; ", " -- bye ?\n", "/* bye ? */");
    }

    private String gap() {
        List<String> gaps =
                new ArrayList<>(List.of(" ", " ", " ", "\n", "\t ", " /* ? */ ", " -- ? WHERE\n", "/* ' */", "/**/"));
        switch (dialect) {
            case MYSQL -> gaps.addAll(List.of(" # ? '\n", " --\t?\n"));
            case POSTGRESQL, H2 -> gaps.addAll(List.of("/* /* ? */ ' */", "--?\n"));
        }
        return gaps.get(random.nextInt(gaps.size()));
    }

    private String maybeGap() {
        return random.nextInt(3) == 0 ? gap() : "";
    }

    private String word(String keyword) {
        return random.nextBoolean() ? keyword : keyword.toLowerCase(Locale.ROOT);
    }

    /** For choices without parameters: all of them are made before one is chosen. */
    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** The statement cut short, torn or with something wedged in, up to three times. */
    static String broken(String sql, Random random) {
        StringBuilder text = new StringBuilder(sql);
        for (int i = 0, n = 1 + random.nextInt(3); i < n; i++) {
            int at = random.nextInt(text.length() + 1);
            int end = Math.min(text.length(), at + random.nextInt(6));
            switch (random.nextInt(4)) {
                case 0 -> text.setLength(at);
                case 1 -> text.delete(at, end);
                case 2 -> text.insert(at, SPLINTERS[random.nextInt(SPLINTERS.length)]);
                default -> text.insert(random.nextInt(text.length() + 1), text.substring(at, end));
            }
        }
        return text.toString();
    }
}
