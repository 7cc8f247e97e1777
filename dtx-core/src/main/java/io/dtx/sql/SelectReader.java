package io.dtx.sql;

import io.dtx.sql.Functions.Nature;
import java.util.HashSet;
import java.util.Set;

/** Reads queries: with a locking clause of their own one table's rows, without one anything. */
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

    SqlStatement.LockingRead lockingRead() {
        if (!tokens.isWord(0, "SELECT")) {
            throw new Refusal(
                    "a locking read that is not a plain SELECT", "lock the rows of one table with one SELECT");
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
        refuseOrderByAlias(from, tables.end());
        Target target = locked(tables, clauses.lockingStart());
        boolean joined = tables.several();
        return new SqlStatement.LockingRead(
                joined ? target.qualifying(tokens) : target.table(),
                tokens.head(clauses.start()),
                tokens.fragment(from + 1, tables.end()),
                clauses.where(),
                clauses.orderBy(),
                clauses.limit(),
                tokens.fragment(clauses.lockingStart(), tokens.size()).sql(),
                tokens.parameterCount(),
                joined ? new SqlStatement.Around(null, true, false, null) : SqlStatement.Around.NOTHING);
    }

    /** An alias of the list means nothing when the keys are read with another list. */
    private void refuseOrderByAlias(int from, int clauses) {
        Set<String> aliases = new HashSet<>();
        for (int i = 2; i < from; i = tokens.next(i)) {
            boolean ends = i + 1 == from || tokens.isSymbol(i + 1, ",");
            boolean follows = tokens.get(i - 1).kind() != Token.Kind.SYMBOL
                    || tokens.isSymbol(i - 1, ")")
                    || tokens.isSymbol(i - 1, "]");
            if (ends && follows && tokens.get(i).isIdentifier()) {
                aliases.add(Ascii.upper(tokens.get(i).text()));
            }
        }
        int order = clauses;
        while (order < tokens.size() && !tokens.areWords(order, "ORDER", "BY")) {
            order = tokens.next(order);
        }
        for (int i = order + 2; i < tokens.size(); i++) {
            boolean plain = tokens.get(i).isIdentifier() && !tokens.isSymbol(i - 1, ".");
            if (plain && aliases.contains(Ascii.upper(tokens.get(i).text()))) {
                throw new Refusal(
                        "ORDER BY an alias in a locking read", "order by the column or the expression itself");
            }
        }
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
     * The table whose rows are locked. {@code FOR (UPDATE | NO KEY UPDATE | SHARE | KEY SHARE) [OF table] [NOWAIT | SKIP LOCKED
     * | WAIT n]}, or {@code LOCK IN SHARE MODE} with the same ends.
     */
    private Target locked(TableRefs tables, int start) {
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
        Target target = tables.plain().get(0);
        if (tokens.isWord(i, "OF")) {
            TableName.Identifier name = Target.identifier(tokens, i + 1);
            if (tables.plain().stream().noneMatch(table -> table.isNamed(name))) {
                throw new Refusal("a locking clause that names another table", "name the table, or none");
            }
            target = tables.named(name);
            i += 2;
        } else if (tables.several()) {
            throw new Refusal(
                    "a locking read of several tables",
                    "name the one table to be locked (FOR UPDATE OF t), or lock the rows of each with a SELECT of its own");
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
        return target;
    }
}
