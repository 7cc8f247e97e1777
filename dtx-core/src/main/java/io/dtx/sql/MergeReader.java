package io.dtx.sql;

import io.dtx.sql.SqlStatement.Branch;
import io.dtx.sql.TableName.Identifier;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code MERGE INTO t USING .. ON .. WHEN ..}, and H2's {@code MERGE INTO t (columns) KEY (columns) VALUES ..}. */
final class MergeReader {

    private final Tokens tokens;
    private final int end;

    MergeReader(Tokens tokens) {
        this.tokens = tokens;
        this.end = tokens.returning(0);
    }

    SqlStatement.Merge merge() {
        if (tokens.dialect() == Dialect.MYSQL) {
            throw new Refusal("MERGE, which is not this database's", "write INSERT .. ON DUPLICATE KEY UPDATE");
        }
        if (!tokens.isWord(1, "INTO")) {
            throw Target.unexpected(tokens, 1);
        }
        Target target = Target.read(tokens, 2, true);
        return tokens.isWord(target.end(), "USING") ? using(target) : byKey();
    }

    private SqlStatement.Merge using(Target target) {
        int first = place(target.end(), end, "WHEN");
        Effects.of(tokens, target.end(), first).mustChooseTheSameRowsAgain();
        if (first <= target.end() + 1) {
            throw Target.unknown(tokens, target.end());
        }
        List<Branch> branches = new ArrayList<>();
        List<Identifier> assigned = new ArrayList<>();
        int i = first;
        while (i < end) {
            i = branch(i, branches, assigned);
        }
        if (branches.isEmpty()) {
            throw Target.unknown(tokens, first);
        }
        return new SqlStatement.Merge(
                target.qualifying(tokens),
                tokens.head(end),
                tokens.head(first),
                Fragment.joined(target.from(tokens), "\nJOIN ", tokens.fragment(target.end() + 1, first)),
                branches,
                assigned,
                List.of(),
                List.of(),
                List.of(),
                tokens.parameterCount(),
                Returning.read(tokens, end));
    }

    /** {@code WHEN [NOT] MATCHED [BY ..] [AND ..] THEN ..}: gives the place behind it. */
    private int branch(int when, List<Branch> branches, List<Identifier> assigned) {
        int then = place(when, end, "THEN");
        int next = place(then, end, "WHEN");
        int and = place(when, then, "AND");
        if (then + 1 >= next) {
            throw Target.unknown(tokens, then);
        }
        String what = tokens.fragment(when + 1, and).sql();
        for (int i = when + 1; i < and; i++) {
            if (!List.of("NOT", "MATCHED", "BY", "SOURCE", "TARGET")
                    .contains(tokens.get(i).text())) {
                throw Target.unknown(tokens, i);
            }
        }
        Fragment condition = null;
        if (and < then) {
            Effects.of(tokens, and + 1, then).mustChooseTheSameRowsAgain();
            condition = tokens.fragment(and + 1, then);
        }
        boolean update = tokens.areWords(then + 1, "UPDATE", "SET");
        boolean delete = tokens.isWord(then + 1, "DELETE");
        boolean insert = tokens.isWord(then + 1, "INSERT");
        if (update) {
            int where = place(then + 3, next, "WHERE");
            if (where < next) {
                throw Target.unknown(tokens, where);
            }
            assigned.addAll(Assignments.read(tokens, then + 3, next).columns());
        } else if (insert) {
            Effects.of(tokens, then + 2, next);
        } else if (!(delete && then + 2 == next) && !(tokens.areWords(then + 1, "DO", "NOTHING") && then + 3 == next)) {
            throw Target.unknown(tokens, then + 1);
        }
        branches.add(new Branch(what, update || delete, condition, tokens.fragment(then, next)));
        return next;
    }

    /** The first place of a word outside of brackets and CASE; {@code to} for none. */
    private int place(int from, int to, String word) {
        int cases = 0;
        for (int i = from; i < to; i = tokens.next(i)) {
            if (tokens.isSymbol(i - 1, ".")) {
                continue;
            }
            if (cases == 0 && tokens.isWord(i, word)) {
                return i;
            }
            cases += tokens.isWord(i, "CASE") ? 1 : tokens.isWord(i, "END") ? -1 : 0;
        }
        return to;
    }

    private SqlStatement.Merge byKey() {
        Target target = Target.read(tokens, 2, false);
        int i = target.end();
        if (tokens.dialect() != Dialect.H2) {
            throw Target.unexpected(tokens, i);
        }
        List<Identifier> columns = List.of();
        if (tokens.isSymbol(i, "(")) {
            columns = Target.columns(tokens, i);
            i = tokens.next(i);
        }
        List<Identifier> keys = List.of();
        if (tokens.isWord(i, "KEY") && tokens.isSymbol(i + 1, "(")) {
            keys = Target.columns(tokens, i + 1);
            i = tokens.next(i + 1);
        }
        if (!tokens.isWord(i, "VALUES")) {
            throw new Refusal("MERGE of a query's rows by KEY", "write MERGE INTO .. USING (SELECT ..) .. ON ..");
        }
        ValueRows values = new ValueRows(tokens);
        List<List<SqlStatement.Value>> rows = values.rows(i + 1, columns.size());
        if (values.end() < tokens.size()) {
            throw Target.unknown(tokens, values.end());
        }
        return new SqlStatement.Merge(
                target.table(),
                tokens.head(end),
                null,
                null,
                List.of(),
                List.of(),
                columns,
                keys,
                rows,
                tokens.parameterCount(),
                null);
    }
}
