package io.dtx.sql;

import io.dtx.sql.SqlStatement.OnDuplicate;
import io.dtx.sql.TableName.Identifier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code INSERT INTO table [(columns)]} of values, of a query's rows, of defaults or with MySQL's SET, with what is to
 * happen on a duplicate, and MySQL's REPLACE.
 */
final class InsertReader {

    private final Tokens tokens;
    private final int start;
    private final int end;
    private final boolean replace;

    /** @param start the place of INSERT or REPLACE, behind the common table expressions */
    InsertReader(Tokens tokens, int start) {
        this.tokens = tokens;
        this.start = start;
        this.end = tokens.returning(start);
        this.replace = tokens.isWord(start, "REPLACE");
    }

    private boolean mysql() {
        return tokens.dialect() == Dialect.MYSQL;
    }

    private boolean postgresql() {
        return tokens.dialect() == Dialect.POSTGRESQL;
    }

    SqlStatement.Insert insert() {
        boolean ignore = mysql() && !replace && tokens.isWord(start + 1, "IGNORE");
        int into = ignore ? start + 2 : start + 1;
        if (!tokens.isWord(into, "INTO")) {
            throw Target.refusedWord(tokens.get(into).text()) == null
                    ? new Refusal("INSERT without INTO", "write INSERT INTO")
                    : Target.unexpected(tokens, into);
        }
        Target target = Target.read(tokens, into + 1, false);
        if (postgresql() && tokens.isWord(target.end(), "AS")) {
            target = Target.read(tokens, into + 1, true);
        }
        int i = target.end();
        List<Identifier> columns = new ArrayList<>();
        if (tokens.isSymbol(i, "(") && !startsQuery(i + 1)) {
            columns.addAll(columns(i));
            i = tokens.next(i);
        }
        if (tokens.isWord(i, "OVERRIDING") && !mysql()) {
            i += 3;
        }
        int conflict = conflict(i);
        if (conflict < end && (ignore || replace)) {
            throw ignore ? ignoredUpdate() : new Refusal("ON DUPLICATE KEY UPDATE in a REPLACE", "write INSERT INTO");
        }
        List<List<SqlStatement.Value>> rows = rows(i, conflict, columns);
        Conflict onConflict = ignore ? skipping() : replace ? replacing() : readConflict(conflict, target);
        Fragment body = tokens.head(end);
        return new SqlStatement.Insert(
                target.table(),
                columns,
                rows,
                tokens.parameterCount(),
                body,
                onConflict.what(),
                replace ? asInsert(body) : tokens.head(conflict),
                onConflict.assigned(),
                onConflict.assignments(),
                Returning.read(tokens, end));
    }

    /** It is no INSERT that skips: the row that is met is updated, and MariaDB returns it like one that is new. */
    private static Refusal ignoredUpdate() {
        return new Refusal(
                "IGNORE with ON DUPLICATE KEY UPDATE, whose errors would be warnings",
                "leave IGNORE out, or what is to happen on a duplicate");
    }

    private Fragment asInsert(Fragment body) {
        Token word = tokens.get(start);
        return new Fragment(
                body.sql().substring(0, word.start()) + "INSERT" + body.sql().substring(word.end()), body.parameters());
    }

    private boolean startsQuery(int i) {
        return tokens.isWord(i, "SELECT")
                || tokens.isWord(i, "WITH")
                || tokens.isWord(i, "VALUES")
                || tokens.isWord(i, "TABLE")
                || tokens.isSymbol(i, "(");
    }

    /** The place where what is to happen on a duplicate begins; the end for nothing. */
    private int conflict(int from) {
        return switch (tokens.dialect()) {
            case MYSQL -> tokens.find(from, end, "ON", "DUPLICATE", "KEY", "UPDATE");
            case POSTGRESQL -> {
                int i = tokens.find(from, end, "ON", "CONFLICT");
                boolean clause =
                        tokens.isSymbol(i + 2, "(") || tokens.isWord(i + 2, "DO") || tokens.isWord(i + 2, "ON");
                yield clause ? i : end;
            }
            case H2 -> end;
        };
    }

    /** The rows of values; none for a query's. */
    private List<List<SqlStatement.Value>> rows(int i, int to, List<Identifier> columns) {
        if (tokens.areWords(i, "DEFAULT", "VALUES") && columns.isEmpty()) {
            refuseRest(i + 2, to);
            return List.of(List.of());
        }
        if (mysql() && tokens.isWord(i, "SET") && columns.isEmpty()) {
            return List.of(set(i + 1, to, columns));
        }
        ValueRows values = new ValueRows(tokens);
        if (tokens.isWord(i, "VALUES") || (mysql() && tokens.isWord(i, "VALUE"))) {
            List<List<SqlStatement.Value>> rows = values.rows(i + 1, columns.size());
            refuseRest(values.end(), to);
            return rows;
        }
        if (!startsQuery(i)) {
            throw Target.unexpected(tokens, i);
        }
        Effects.of(tokens, i, to);
        return List.of();
    }

    /** {@code SET a = 1, b = 2}: adds the columns, gives their values. */
    private List<SqlStatement.Value> set(int from, int to, List<Identifier> columns) {
        Assignments assignments = Assignments.read(tokens, from, to);
        columns.addAll(assignments.columns());
        if (assignments.onlyQualifier() != null) {
            throw new Refusal("a qualified column in INSERT .. SET", "write the column's plain name");
        }
        List<SqlStatement.Value> row = new ArrayList<>();
        int i = from;
        while (i < to) {
            int equals = tokens.isSymbol(i + 1, "=") ? i + 1 : to;
            int next = equals;
            while (next < to && !tokens.isSymbol(next, ",")) {
                next = tokens.next(next);
            }
            if (equals == to) {
                throw Target.unknown(tokens, i);
            }
            row.add(new ValueRows(tokens).value(equals + 1, next));
            i = next + 1;
        }
        return row;
    }

    /** What happens on a duplicate. */
    private record Conflict(
            OnDuplicate what,
            List<Identifier> assigned,
            @Nullable Fragment assignments) {}

    private static Conflict skipping() {
        return new Conflict(OnDuplicate.SKIP, List.of(), null);
    }

    private static Conflict replacing() {
        return new Conflict(OnDuplicate.REPLACE, List.of(), null);
    }

    private Conflict readConflict(int i, Target target) {
        if (i == end) {
            return new Conflict(OnDuplicate.FAIL, List.of(), null);
        }
        if (mysql()) {
            Assignments assignments = Assignments.read(tokens, i + 4, end);
            return new Conflict(OnDuplicate.UPDATE, assignments.columnsOf(target), tokens.fragment(i + 4, end));
        }
        int action = tokens.find(i + 2, end, "DO");
        Effects.of(tokens, i + 2, Math.min(action, end));
        if (tokens.areWords(action, "DO", "NOTHING") && action + 2 == end) {
            return skipping();
        }
        if (!tokens.areWords(action, "DO", "UPDATE", "SET")) {
            throw Target.unknown(tokens, action);
        }
        int where = tokens.find(action + 3, end, "WHERE");
        Assignments assignments = Assignments.read(tokens, action + 3, where);
        Effects.of(tokens, where, end);
        return new Conflict(OnDuplicate.UPDATE, assignments.columns(), null);
    }

    private void refuseRest(int i, int to) {
        if (i >= to) {
            return;
        }
        if (tokens.isWord(i, "AS")) {
            throw new Refusal(
                    "an alias of the inserted row",
                    "take the alias out, and write VALUES(column); where a framework writes it (Hibernate's upsert on MySQL),"
                            + " read the row FOR UPDATE first, then insert or update it");
        }
        if (tokens.isWord(i, "RETURNING")) {
            throw new Refusal("RETURNING", "ask the driver for the generated keys");
        }
        if (tokens.areWords(i, "ON", "CONFLICT") || tokens.areWords(i, "ON", "DUPLICATE")) {
            throw new Refusal("ON " + tokens.get(i + 1).text() + ", which is not this database's", "write MERGE");
        }
        throw Target.unknown(tokens, i);
    }

    private List<Identifier> columns(int open) {
        return Target.columns(tokens, open);
    }
}
