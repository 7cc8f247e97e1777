package io.dtx.sql;

import io.dtx.sql.TableName.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The one table that a statement is about, as it stands in the text.
 *
 * @param start the place of its first token
 * @param nameEnd the place after its name
 * @param end the place after its alias
 */
record Target(TableName table, int start, int nameEnd, int end) {

    private static final String ONE_TABLE = "write it on one table, choosing rows with a subquery in WHERE";
    private static final String PLAIN = "write it on the plain table, without that word";

    /** What else may stand at a table, each with what it is. */
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("LOW_PRIORITY", "a modifier"),
            Map.entry("HIGH_PRIORITY", "a modifier"),
            Map.entry("DELAYED", "a modifier"),
            Map.entry("QUICK", "a modifier"),
            Map.entry("IGNORE", "turns errors into warnings"),
            Map.entry("ONLY", "a table without those that inherit from it"),
            Map.entry("PARTITION", "a partition of a table"),
            Map.entry("USE", "an index hint"),
            Map.entry("FORCE", "an index hint"),
            Map.entry("TABLESAMPLE", "a sample of a table"),
            Map.entry("LATERAL", "a derived table"),
            Map.entry("FOR", "a period of a table"));

    private static final Set<String> JOINS =
            Set.of("JOIN", "INNER", "LEFT", "RIGHT", "CROSS", "NATURAL", "FULL", "STRAIGHT_JOIN", "USING", "FROM");

    /** Words that name neither a table nor an alias, in any dialect. */
    private static final Set<String> RESERVED = Set.of(
            "SET",
            "WHERE",
            "VALUES",
            "SELECT",
            "ON",
            "AS",
            "ORDER",
            "GROUP",
            "LIMIT",
            "RETURNING",
            "DEFAULT",
            "TABLE",
            "UNION",
            "INTO",
            "HAVING",
            "WITH",
            "FETCH",
            "AND",
            "OR",
            "NOT",
            "NULL",
            "CASE",
            "IN",
            "UPDATE",
            "DELETE",
            "INSERT",
            "MERGE",
            "REPLACE",
            "OVERRIDING",
            "WINDOW",
            "PROCEDURE",
            "DUAL");

    /** Reads a table's name, {@code [[catalogue.]schema.]table}, and its alias if one may stand there. */
    static Target read(Tokens tokens, int start, boolean withAlias) {
        List<Identifier> parts = new ArrayList<>();
        int i = start;
        parts.add(identifier(tokens, i++));
        while (tokens.isSymbol(i, ".")) {
            parts.add(identifier(tokens, i + 1));
            i += 2;
        }
        if (parts.size() > 3) {
            throw unexpected(tokens, start);
        }
        int nameEnd = i;
        String alias = null;
        if (withAlias && tokens.isWord(i, "AS")) {
            identifier(tokens, i + 1);
            alias = tokens.written(i + 1);
            i += 2;
        } else if (withAlias && isAlias(tokens, i)) {
            alias = tokens.written(i++);
        }
        int last = parts.size() - 1;
        TableName table = new TableName(parts.subList(0, last), parts.get(last), alias);
        return new Target(table, start, nameEnd, i);
    }

    /** Whether an alias stands here, without AS. */
    static boolean isAlias(Tokens tokens, int i) {
        return isName(tokens.get(i)) && !beginsClause(tokens, i);
    }

    /** LOCK and OFFSET are not reserved everywhere, but begin a clause behind a table. */
    private static boolean beginsClause(Tokens tokens, int i) {
        return tokens.areWords(i, "LOCK", "IN") || tokens.isWord(i, "OFFSET");
    }

    private static boolean isName(Token token) {
        return token.kind() == Token.Kind.NAME
                || (token.kind() == Token.Kind.WORD
                        && !RESERVED.contains(token.text())
                        && !REFUSED.containsKey(token.text())
                        && !JOINS.contains(token.text()));
    }

    static Identifier identifier(Tokens tokens, int i) {
        Token token = tokens.get(i);
        if (!isName(token)) {
            throw unexpected(tokens, i);
        }
        boolean quoted = token.kind() == Token.Kind.NAME;
        return new Identifier(quoted ? token.text() : tokens.written(i), quoted);
    }

    /** The name of a column, where nothing else may stand: the words that may stand at a table mean nothing there. */
    static Identifier column(Tokens tokens, int i) {
        Token token = tokens.get(i);
        boolean modifier = token.kind() == Token.Kind.WORD && REFUSED.containsKey(token.text());
        boolean free = tokens.isWord(i, "REPLACE") && tokens.dialect() != Dialect.MYSQL;
        return modifier || free ? new Identifier(tokens.written(i), false) : identifier(tokens, i);
    }

    /** The names of {@code (a, b)}. */
    static List<Identifier> columns(Tokens tokens, int open) {
        List<Identifier> columns = new ArrayList<>();
        int close = tokens.partner(open);
        for (int i = open + 1; i < close; i += 2) {
            columns.add(column(tokens, i));
            boolean separated = i + 1 == close || (tokens.isSymbol(i + 1, ",") && i + 2 < close);
            if (!separated) {
                throw unknown(tokens, i + 1);
            }
        }
        return columns;
    }

    /** The refusal of what stands here instead of what is understood. */
    static Refusal unexpected(Tokens tokens, int i) {
        Token token = tokens.get(i);
        if (token.kind() == Token.Kind.WORD && REFUSED.containsKey(token.text())) {
            return new Refusal(token.text() + ": " + REFUSED.get(token.text()), PLAIN);
        }
        if (token.isSymbol(",") || (token.kind() == Token.Kind.WORD && JOINS.contains(token.text()))) {
            return new Refusal("several tables in a statement that writes or locks rows", ONE_TABLE);
        }
        if (token.isSymbol("(")) {
            return new Refusal("a query or a function in the place of a table", ONE_TABLE);
        }
        return unknown(tokens, i);
    }

    /** The refusal of what stands here, away from a table. */
    static Refusal unknown(Tokens tokens, int i) {
        return i >= tokens.size()
                ? new Refusal("a statement that ends too early", "complete it")
                : new Refusal("a form that dtx does not know, at " + described(tokens.get(i)), "write it in plain SQL");
    }

    /** Never the text of a literal: messages are logged. */
    private static String described(Token token) {
        return switch (token.kind()) {
            case STRING -> "a string";
            case NUMBER -> "a number";
            default -> token.text();
        };
    }

    /** The place of the column in the name that begins here: {@code [[[catalogue.]schema.]table.]column}. */
    static int columnAt(Tokens tokens, int start) {
        int i = start;
        while (tokens.isSymbol(i + 1, ".")) {
            i += 2;
        }
        return i;
    }

    /** What qualifies the column here, in its parts; none for nothing. For comparison only: unquoted parts are in capitals. */
    static List<Identifier> qualifier(Tokens tokens, int column) {
        List<Identifier> parts = new ArrayList<>();
        for (int i = column - 2; tokens.isSymbol(i + 1, "."); i -= 2) {
            Token part = tokens.get(i);
            parts.add(0, new Identifier(part.isIdentifier() ? part.text() : "", part.kind() == Token.Kind.NAME));
        }
        return parts;
    }

    /** Whether the qualifier of a column means this table: its alias or, without one, its name, alone or as it stands here. */
    boolean isNamed(List<Identifier> qualifier) {
        int last = qualifier.size() - 1;
        if (last < 0 || !isNamed(qualifier.get(last))) {
            return false;
        }
        return last == 0
                || (table.alias() == null && folded(qualifier.subList(0, last)).equals(folded(table.qualifiers())));
    }

    static List<String> folded(List<Identifier> parts) {
        return parts.stream().map(part -> Ascii.upper(part.text())).toList();
    }

    boolean isNamed(Identifier qualifier) {
        String alias = table.alias();
        String name = alias == null ? table.name().text() : unquoted(alias);
        return Ascii.upper(name).equals(Ascii.upper(qualifier.text()));
    }

    /** The table with an alias that qualifies its columns: its own, or its name as written. */
    TableName qualifying(Tokens tokens) {
        String alias = table.alias();
        return alias != null ? table : new TableName(table.qualifiers(), table.name(), tokens.written(nameEnd - 1));
    }

    private static String unquoted(String written) {
        char first = written.charAt(0);
        return first == '"' || first == '`' ? written.substring(1, written.length() - 1) : written;
    }

    Fragment from(Tokens tokens) {
        return tokens.fragment(start, end);
    }

    static @Nullable String refusedWord(String word) {
        return REFUSED.get(word);
    }
}
