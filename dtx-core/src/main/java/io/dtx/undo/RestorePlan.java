package io.dtx.undo;

import io.dtx.model.Differences;
import io.dtx.model.RowDifference;
import io.dtx.model.RowDifference.Contents;
import io.dtx.model.RowDifference.What;
import io.dtx.undo.Restoration.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The restore of one record, inside the local transaction that holds the undo row's lock.
 *
 * <p>First every row that the record touches is read with a lock, by key and in key order, with the reader that took the
 * images, and compared in Java with the last after image: the database's own comparison would call texts equal that differ
 * in case. Only if every row is as the branch left it, or as it was before, is anything written: entry by entry, newest
 * first, and rows in reverse, so that unique and foreign keys hold at each step as they held on the way there (a key that does
 * not is in the way of a row of someone else: the branch is stalled). Last, the rows
 * are read back and must be the before images exactly.
 */
final class RestorePlan {

    private static final Logger log = LoggerFactory.getLogger(RestorePlan.class);

    private final Connection connection;
    private final List<UndoEntry> entries;
    private final Predicate<String> valuesShown;
    private final Map<String, TouchedTable> tables = new TreeMap<>();

    private RestorePlan(Connection connection, List<UndoEntry> entries, Predicate<String> valuesShown) {
        this.connection = connection;
        this.entries = entries;
        this.valuesShown = valuesShown;
    }

    /** What describes tables, by their exact names. */
    interface Descriptions {

        /** @param sideEffectsAccepted whether they are, whatever this process was told */
        Table of(String name, boolean sideEffectsAccepted) throws SQLException;
    }

    /**
     * Ends with RESTORED, and all written; or with STALLED, and the local transaction must be rolled back.
     *
     * @param valuesShown of which tables, by name, values may be among the differences
     */
    static Restoration carryOut(
            Connection connection,
            Database database,
            Descriptions descriptions,
            List<UndoEntry> entries,
            Predicate<String> valuesShown)
            throws SQLException {
        RestorePlan plan = new RestorePlan(connection, entries, valuesShown);
        try {
            plan.findTables(database, descriptions);
        } catch (RefusedHereException e) {
            throw e; // no matter of the table: another user may restore it
        } catch (CaptureRefusedException | UndoLogException e) {
            return Restoration.stalled("the undo record does not fit the database any more: " + e.getMessage());
        }
        Differences.Gathering differences = new Differences.Gathering();
        for (TouchedTable table : plan.tables.values()) {
            table.compare(connection, differences);
        }
        if (!differences.isEmpty()) {
            return Restoration.stalled("", differences.gathered());
        }
        try {
            plan.write(database.rules());
            database.rules().checkConstraints(connection);
        } catch (SQLException e) {
            if (!UndoLog.violatesConstraint(e)) {
                throw e;
            }
            log.warn("the before image can not be put back: {}", e.getMessage());
            return Restoration.stalled(
                    "a unique or foreign key, or a check, keeps the before image out: rows that someone else wrote stand in its"
                            + " way, or it was made since, or is NOT VALID, and has never looked at this row"
                            + " (SQLState " + e.getSQLState() + "; the application's log names it)");
        }
        for (TouchedTable table : plan.tables.values()) {
            table.verify(connection, differences);
        }
        return differences.isEmpty()
                ? Restoration.ended(Result.RESTORED)
                : Restoration.stalled(
                        "the database did not take the before image back exactly", differences.gathered());
    }

    private void findTables(Database database, Descriptions descriptions) throws SQLException {
        Map<String, List<UndoEntry>> byTable = new TreeMap<>();
        for (UndoEntry entry : entries) {
            if (!entry.catalogue().equals(database.catalogue())
                    || !entry.schema().equals(database.schema())) {
                throw new UndoLogException("it is about " + entry.catalogue() + "." + entry.schema() + "."
                        + entry.table() + ", which is outside of this resource");
            }
            byTable.computeIfAbsent(entry.table(), name -> new ArrayList<>()).add(entry);
        }
        for (Map.Entry<String, List<UndoEntry>> entry : byTable.entrySet()) {
            // Triggers do not appear because another process restores: they were accepted where the branch was written.
            boolean accepted = entry.getValue().stream().anyMatch(UndoEntry::sideEffectsAccepted);
            Table table = descriptions.of(entry.getKey(), accepted);
            tables.put(
                    entry.getKey(),
                    TouchedTable.of(database.rules(), table, entry.getValue(), valuesShown.test(table.name())));
        }
    }

    private void write(DatabaseRules rules) throws SQLException {
        List<UndoEntry> newestFirst = new ArrayList<>(entries);
        Collections.reverse(newestFirst);
        for (UndoEntry entry : newestFirst) {
            TouchedTable table = tables.get(entry.table());
            if (table == null) {
                throw new IllegalStateException("no table " + entry.table());
            }
            RowWriter.undo(connection, rules, table, entry);
        }
    }

    /** One table of the record, with the rows that the record touches. */
    static final class TouchedTable {

        private final RowSelection selection;
        private final Map<List<Value>, RowChanges> rows;
        private final List<List<Value>> keys;
        private final boolean valuesShown;
        private final Set<List<Value>> restoredAlready = new HashSet<>();

        private TouchedTable(RowSelection selection, Map<List<Value>, RowChanges> rows, boolean valuesShown) {
            this.selection = selection;
            this.rows = rows;
            this.valuesShown = valuesShown;
            this.keys = new ArrayList<>(rows.keySet());
            this.keys.sort(Value.KEY_ORDER);
        }

        static TouchedTable of(DatabaseRules rules, Table table, List<UndoEntry> entries, boolean valuesShown)
                throws SQLException {
            RowSelection selection = RowSelection.recorded(rules, table, entries);
            List<String> key = table.key().stream().map(Column::name).toList();
            return new TouchedTable(selection, RowChanges.follow(entries, key), valuesShown);
        }

        Table table() {
            return selection.table();
        }

        /** Whether a row's change has to be undone; not if someone has put it back already. */
        boolean needsUndo(List<Value> key) {
            return !restoredAlready.contains(key);
        }

        private void compare(Connection connection, Differences.Gathering differences) throws SQLException {
            Map<List<Value>, Map<String, Value>> now = selection.statesByKey(connection, keys);
            for (List<Value> key : keys) {
                RowChanges changes = changes(key);
                Map<String, Value> state = now.get(key);
                if (changes.isAfter(state)) {
                    continue; // also if that is as it was before: its steps made room for those of other rows
                }
                if (changes.wasBefore(state)) {
                    restoredAlready.add(key);
                } else if (state == null) {
                    differences.add(() -> difference(key, What.MISSING, List.of(), null));
                } else if (!changes.existsAfter()) {
                    differences.add(() -> difference(key, What.THERE_AGAIN, List.of(), state));
                } else {
                    differences.add(() -> difference(key, What.CHANGED, changes.differingFromAfter(state), state));
                }
            }
        }

        private void verify(Connection connection, Differences.Gathering differences) throws SQLException {
            Map<List<Value>, Map<String, Value>> now = selection.statesByKey(connection, keys);
            for (List<Value> key : keys) {
                RowChanges changes = changes(key);
                Map<String, Value> state = now.get(key);
                if (!changes.wasBefore(state)) {
                    differences.add(() -> state == null
                            ? difference(key, What.MISSING, List.of(), null)
                            : difference(key, What.CHANGED, changes.differingFromBefore(state), state));
                }
            }
        }

        private RowChanges changes(List<Value> key) {
            RowChanges changes = rows.get(key);
            if (changes == null) {
                throw new IllegalStateException("a key that the record does not touch");
            }
            return changes;
        }

        private RowDifference difference(
                List<Value> key, What what, List<String> columns, @Nullable Map<String, Value> now) {
            return new RowDifference(
                    table().toString(),
                    selection.describeKey(key),
                    what,
                    columns,
                    valuesShown ? contents(changes(key), now) : null);
        }

        private Contents contents(RowChanges changes, @Nullable Map<String, Value> now) {
            return new Contents(
                    selection.describe(changes.before()), selection.describe(changes.after()), selection.describe(now));
        }
    }
}
