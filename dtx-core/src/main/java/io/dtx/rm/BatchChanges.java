package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.sql.SqlStatement;
import io.dtx.sql.SqlStatement.Around;
import io.dtx.sql.SqlStatement.Delete;
import io.dtx.sql.SqlStatement.Pin;
import io.dtx.sql.SqlStatement.Update;
import io.dtx.sql.TableName;
import io.dtx.undo.Column;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.RowSelections;
import io.dtx.undo.Table;
import io.dtx.undo.UndoEntry;
import io.dtx.undo.Value;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * UPDATEs or DELETEs of one table in a batch, each of which can touch no row but the one whose key it gives. Those rows are
 * locked and imaged together, before the first of the statements; from then on nobody else can change them, and none of the
 * statements can touch another, so that all that are about rows which are there can run as they are. One whose row is not there
 * is run by itself: the row could appear.
 *
 * <p>A row that several of them touch is imaged before the first and after the last.
 */
final class BatchChanges {

    /** A batch may be longer; its rows are locked in pieces then. */
    private static final int MOST = 5_000;

    private final StatementRun execution;
    private final List<BatchElement> elements;
    private final RowSelection selection;
    private final boolean deletes;
    /** By element. */
    private final List<List<Value>> keys;
    /** As they are now. */
    private final Map<List<Value>, Row> there;

    private BatchChanges(
            StatementRun execution,
            List<BatchElement> elements,
            RowSelection selection,
            boolean deletes,
            List<List<Value>> keys,
            Map<List<Value>, Row> there) {
        this.execution = execution;
        this.elements = elements;
        this.selection = selection;
        this.deletes = deletes;
        this.keys = keys;
        this.there = there;
    }

    /** What of a statement must be the same for all. */
    private record Kind(boolean deletes, TableName table, Set<TableName.Identifier> assigned) {

        static @Nullable Kind of(SqlStatement statement) {
            if (statement instanceof Update update
                    && update.around().equals(Around.NOTHING)
                    && update.limit() == null
                    && !update.pins().isEmpty()) {
                return new Kind(false, update.table(), new LinkedHashSet<>(update.assigned()));
            }
            if (statement instanceof Delete delete
                    && delete.around().equals(Around.NOTHING)
                    && delete.limit() == null
                    && !delete.pins().isEmpty()) {
                return new Kind(true, delete.table(), Set.of());
            }
            return null;
        }

        List<Pin> pins(SqlStatement statement) {
            return statement instanceof Update update ? update.pins() : ((Delete) statement).pins();
        }
    }

    /** How many elements from this one on are of one kind. */
    static int alike(List<BatchElement> elements, int from) {
        Kind kind = Kind.of(elements.get(from).statement());
        int to = from + 1;
        while (kind != null
                && to < Math.min(elements.size(), from + MOST)
                && kind.equals(Kind.of(elements.get(to).statement()))) {
            to++;
        }
        return to - from;
    }

    /**
     * Locks and reads the rows.
     *
     * @param elements of one kind
     * @return null if the keys of some can not be told
     */
    static @Nullable BatchChanges lock(StatementRun execution, List<BatchElement> elements) throws SQLException {
        Kind kind = Kind.of(elements.get(0).statement());
        if (kind == null) {
            return null;
        }
        Table table = execution.resource().tables().table(execution.physical(), kind.table());
        List<Column> assigned = new ArrayList<>();
        for (TableName.Identifier name : kind.assigned()) {
            assigned.add(table.column(name));
        }
        RowSelections selections = execution.resource().selections();
        RowSelection selection = kind.deletes() ? selections.forDelete(table) : selections.forUpdate(table, assigned);
        List<List<Value>> keys = new ArrayList<>();
        for (BatchElement element : elements) {
            List<Value> key = GivenKeys.pinned(selection, kind.pins(element.statement()), element.parameters());
            if (key == null) {
                return null;
            }
            keys.add(key);
        }
        Map<List<Value>, Row> there = selection.lock(execution.physical(), keys, execution::starts);
        execution.watch().end();
        return new BatchChanges(execution, elements, selection, kind.deletes(), keys, there);
    }

    /**
     * How many elements from this one on may run at once: all are about rows that are there, and each about another, where the
     * values of a row are bound to those of other rows by a unique or foreign key. The restore then goes back step by step, on
     * which the keys hold as they held on the way there.
     */
    int atOnce(int from) {
        boolean eachOnce = !deletes && selection.isBoundToOtherRows();
        Set<List<Value>> met = new HashSet<>();
        int to = from;
        while (to < keys.size() && there.containsKey(keys.get(to)) && (!eachOnce || met.add(keys.get(to)))) {
            to++;
        }
        return to - from;
    }

    BatchPart part(int from, int to) {
        return new Part(from, to);
    }

    private final class Part implements BatchPart {
        private final int from;
        private final int to;
        private final Map<List<Value>, Row> before = new LinkedHashMap<>();

        Part(int from, int to) {
            this.from = from;
            this.to = to;
            for (List<Value> key : keys.subList(from, to)) {
                before.put(key, Objects.requireNonNull(there.get(key)));
            }
        }

        @Override
        public int[] run() throws SQLException {
            int[] counts = BatchPart.execute(execution, execution.application(), elements.subList(from, to));
            check(counts, capture(counts));
            return counts;
        }

        /** The rows are locked, and tell what has become of them. If the database ended it all, the savepoint is gone. */
        @Override
        public void failed(int[] counts, Savepoint savepoint, One one) throws SQLException {
            capture(counts);
            execution.transaction().changed();
            execution.physical().releaseSavepoint(savepoint);
            execution.transaction().unchanged();
        }

        /** Gives how many rows are gone. */
        private int capture(int[] counts) throws SQLException {
            Map<List<Value>, Row> after = selection.lock(execution.physical(), before.keySet(), execution::starts);
            List<Row> old = new ArrayList<>();
            List<Row> now = new ArrayList<>();
            Set<List<Value>> touched = touched(counts, from, to);
            before.forEach((key, row) -> {
                Row left = after.get(key);
                if (deletes ? left == null : left != null && touched.contains(key)) {
                    old.add(row);
                    now.add(left);
                }
            });
            there.keySet().removeAll(before.keySet());
            there.putAll(after);
            execution.transaction().unchanged();
            if (!old.isEmpty()) {
                List<Row> changed = deletes ? List.of() : now;
                UndoEntry entry =
                        deletes ? UndoEntry.delete(selection, old) : UndoEntry.update(selection, old, changed);
                execution.captured(entry, selection, old, changed);
            }
            return before.size() - after.size();
        }
    }

    /**
     * Rows that a statement may have met, changed or not: those that it finds as it would leave them too depend on nobody
     * else's taking that back. MySQL and MariaDB may be told to count these as 0 ({@code useAffectedRows}), as they count a row
     * of which the condition does not hold: there each row is taken that is there.
     */
    private Set<List<Value>> touched(int[] counts, int from, int to) {
        Set<List<Value>> touched = new HashSet<>();
        boolean mayCountFewer = execution.resource().database().dialect() == Dialect.MYSQL;
        for (int i = 0; i < to - from; i++) {
            if (mayCountFewer || i >= counts.length || counts[i] != 0) {
                touched.add(keys.get(from + i));
            }
        }
        return touched;
    }

    private void check(int[] counts, int gone) throws SQLException {
        long sum = 0;
        boolean known = true;
        for (int count : counts) {
            known &= count != Statement.SUCCESS_NO_INFO;
            sum += count;
            if (count > 1) {
                throw unlike(count + " rows with one key were changed");
            }
        }
        if (deletes ? known && sum != gone : gone != 0) {
            throw unlike(sum + " rows were changed, and " + gone + " are gone");
        }
    }

    private SQLException unlike(String what) {
        execution.transaction().changed();
        return SqlErrors.rollbackOnly(
                execution.owner().xid(), "in a batch on " + selection.table() + ", " + what, null);
    }
}
