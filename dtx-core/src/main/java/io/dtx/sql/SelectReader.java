package io.dtx.sql;

import io.dtx.sql.Functions.Nature;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads queries: with a locking clause of their own the rows of tables, without one anything. */
final class SelectReader {

    private static final Set<String> MANY_ROWS_AS_ONE = Set.of("DISTINCT", "DISTINCTROW", "TOP", "SQL_CALC_FOUND_ROWS");

    private final Tokens tokens;

    SelectReader(Tokens tokens) {
        this.tokens = tokens;
    }

    /** Whether a locking clause stands outside all brackets. */
    boolean isLocking() {
        for (int i = 0; i < tokens.size(); i = tokens.next(i)) {
            boolean locking = (tokens.isWord(i, "FOR") && Effects.isLocking(tokens, i))
                    || tokens.areWords(i, "LOCK", "IN", "SHARE", "MODE");
            if (locking) {
                return true;
            }
        }
        return false;
    }

    /** A {@link SqlStatement.LockingRead} or a {@link SqlStatement.LockingJoin}. */
    SqlStatement lockingRead() {
        if (!tokens.isWord(0, "SELECT")) {
            throw new Refusal(
                    "a locking read that is not a plain SELECT", "lock the rows with a SELECT of plain tables");
        }
        if (MANY_ROWS_AS_ONE.contains(tokens.get(1).text())) {
            throw new Refusal(
                    tokens.get(1).text() + " in a locking read",
                    "select the rows themselves, and count or sort out later");
        }
        int from = from();
        Effects list = Effects.of(tokens, 1, from);
        String aggregate = list.named(Nature.AGGREGATE);
        String rows = list.named(Nature.ROWS);
        if (aggregate != null || rows != null) {
            throw new Refusal(
                    (aggregate == null ? rows : aggregate) + " in a locking read",
                    "select the rows themselves FOR UPDATE, and compute in the application or in another SELECT");
        }
        TableRefs tables = TableRefs.read(tokens, from + 1, tokens.size());
        if (tables.plain().isEmpty()) {
            throw Target.unexpected(tokens, from + 1);
        }
        Clauses clauses = Clauses.cut(tokens, tables.end(), tokens.size());
        if (clauses.start() != tables.end()) {
            throw Target.unexpected(tokens, tables.end());
        }
        Effects.of(tokens, from + 1, tables.end()).mustChooseTheSameRowsAgain();
        List<Target> locked = locked(tables, clauses.lockingStart());
        boolean reordered = clauses.orderBy() != null && !isPlainList(from);
        if (tables.several() || reordered) {
            return new SqlStatement.LockingJoin(
                    locked.stream().map(table -> table.qualifying(tokens)).toList(),
                    tables.several(),
                    tokens.head(from),
                    tokens.fragment(from, tokens.size()),
                    clauses.where(),
                    clauses.orderBy(),
                    tokens.parameterCount());
        }
        return new SqlStatement.LockingRead(
                locked.get(0).table(),
                tokens.head(clauses.start()),
                tokens.fragment(from + 1, tables.end()),
                clauses.where(),
                clauses.orderBy(),
                clauses.limit(),
                tokens.fragment(clauses.lockingStart(), tokens.size()).sql(),
                tokens.parameterCount());
    }

    /**
     * Whether the list holds plain columns only. Anything else may have a name that ORDER BY prefers to a column's: an alias,
     * or in PostgreSQL one that it makes up ({@code a::text} is called {@code a}). With another list, that of the keys, the order
     * would be another one, and so would be the rows within a LIMIT.
     */
    private boolean isPlainList(int from) {
        for (int i = 1; i < from; i++) {
            boolean part = tokens.get(i).isIdentifier() || tokens.isSymbol(i, "*");
            boolean between = tokens.isSymbol(i, ".") || tokens.isSymbol(i, ",");
            if (i % 2 == 1 ? !part : !between) {
                return false;
            }
        }
        return true;
    }

    private int from() {
        int i = 1;
        while (i < tokens.size() && (!tokens.isWord(i, "FROM") || tokens.isWord(i - 1, "DISTINCT"))) {
            i = tokens.next(i);
        }
        if (i >= tokens.size()) {
            throw new Refusal("a locking read without a table", "take the locking clause out");
        }
        return i;
    }

    /**
     * The tables whose rows are locked. {@code FOR (UPDATE | NO KEY UPDATE | SHARE | KEY SHARE) [OF table, ..] [NOWAIT | SKIP
     * LOCKED | WAIT n]}, or {@code LOCK IN SHARE MODE} with the same ends.
     */
    private List<Target> locked(TableRefs tables, int start) {
        int i = start + 1;
        if (tokens.areWords(start, "LOCK", "IN", "SHARE", "MODE")) {
            i = start + 4;
        } else if (tokens.areWords(i, "NO", "KEY", "UPDATE")) {
            i += 3;
        } else if (tokens.areWords(i, "KEY", "SHARE")) {
            i += 2;
        } else if (tokens.isWord(i, "UPDATE") || tokens.isWord(i, "SHARE")) {
            i++;
        }
        List<Target> locked = new ArrayList<>();
        if (tokens.isWord(i, "OF")) {
            do {
                locked.add(named(tables, Target.identifier(tokens, i + 1)));
                i += 2;
            } while (tokens.isSymbol(i, ","));
        } else if (tables.derived()) {
            throw new Refusal(
                    "a locking read of a derived table",
                    "name the tables to be locked (FOR UPDATE OF t), or lock their rows with a SELECT of their own");
        } else {
            locked.addAll(tables.plain());
        }
        if (tokens.isWord(i, "NOWAIT")) {
            i++;
        } else if (tokens.areWords(i, "SKIP", "LOCKED")) {
            i += 2;
        } else if (tokens.isWord(i, "WAIT") && tokens.get(i + 1).kind() == Token.Kind.NUMBER) {
            i += 2;
        }
        if (i < tokens.size()) {
            throw Target.unknown(tokens, i);
        }
        return locked;
    }

    private static Target named(TableRefs tables, TableName.Identifier name) {
        if (tables.plain().stream().noneMatch(table -> table.isNamed(name))) {
            throw new Refusal("a locking clause that names another table", "name the table, or none");
        }
        return tables.named(name);
    }
}
