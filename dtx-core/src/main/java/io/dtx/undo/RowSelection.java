package io.dtx.undo;

import io.dtx.model.Lock;
import io.dtx.model.RowDifference.Cell;
import io.dtx.undo.UndoEntry.RecordedColumn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What to select of a table for an image, how to read it, how to find rows again by their key, and which locks they need.
 *
 * <p>The select list is of expressions only, so it also serves behind RETURNING. Immutable and thread-safe.
 */
public final class RowSelection {

    /** Is told of a query before it is executed: it may have a time limit, and be cancelled. */
    public interface Starting {
        void starts(Statement query) throws SQLException;
    }

    /** How many rows one statement asks for by key. */
    private static final int KEYS_PER_STATEMENT = 500;

    /** For how many aliases of the table the select list is kept: hardly any statement has more than one or two. */
    private static final int MOST_SELECT_LISTS = 16;

    private final Table table;
    private final List<Column> columns;
    private final List<Integer> keyPositions;
    private final List<String> keyNames;
    private final List<RecordedColumn> recordedColumns;
    private final RowLocks locks;
    /** Whether rows go or come as a whole, so that a column that is not known here would be lost. */
    private final boolean whole;

    private final String locking;
    /** By alias, empty for none. */
    private final Map<String, String> selectLists = new ConcurrentHashMap<>();

    private RowSelection(Table table, Collection<Column> columns, RowLocks locks, boolean whole, String locking) {
        this.table = table;
        this.whole = whole;
        this.columns = List.copyOf(columns);
        this.keyPositions = table.key().stream().map(this.columns::indexOf).toList();
        this.keyNames = table.key().stream().map(Column::name).toList();
        this.recordedColumns = this.columns.stream()
                .map(column -> new RecordedColumn(column.name(), column.type().declaration()))
                .toList();
        this.locks = locks;
        this.locking = locking;
    }

    /**
     * For the rows that an INSERT makes: every column that can be written.
     *
     * @throws CaptureRefusedException if a column can not be captured, or undoing the insert would write other rows, or needs rights
     *     that the user has not
     */
    public static RowSelection forInsert(Table table) throws CaptureRefusedException {
        requireRestorable(table);
        refuse(table, "deleting its row again, if the insert is undone", Table.Cascade::onDelete);
        requireRights(table, "an INSERT", List.of("UPDATE", "DELETE"));
        return ofAll(table);
    }

    /**
     * For the rows that a DELETE takes: every column that can be written.
     *
     * @throws CaptureRefusedException if a column can not be captured, the delete would write other rows, or undoing it needs
     *     rights that the user has not
     */
    public static RowSelection forDelete(Table table) throws CaptureRefusedException {
        requireRestorable(table);
        refuse(table, "deleting its row", Table.Cascade::onDelete);
        requireRights(table, "a DELETE", List.of("INSERT", "UPDATE"));
        return ofAll(table);
    }

    /**
     * For the rows that an UPDATE changes: the key, the assigned columns, and those that the database changes with them. They are
     * locked as for a row whose keys stay, although unique columns may be among the assigned ones: frameworks assign all columns, and
     * the database itself looks at the values.
     *
     * @throws CaptureRefusedException if a column can not be captured, the key is assigned, or a new number that could not be
     *     taken back, or the update would write other rows
     */
    public static RowSelection forUpdate(Table table, Collection<Column> assigned) throws CaptureRefusedException {
        requireRestorable(table);
        for (Column column : assigned) {
            if (table.key().contains(column)) {
                throw new CaptureRefusedException(
                        "the update assigns " + column.name() + ", a column of the primary key of " + table,
                        "Leave the key out of the SET list, or delete the row and insert it anew.");
            }
            if (column.alwaysNumbered()) {
                throw new CaptureRefusedException(
                        "the update gives " + column.name() + " of " + table
                                + " a new number, and no update could give back"
                                + " the old one, since the column is GENERATED ALWAYS",
                        "Leave the column out of the SET list, delete the row and insert it anew, or make the column GENERATED"
                                + " BY DEFAULT.");
            }
        }
        refuse(
                table,
                "updating a column that it refers to",
                cascade -> cascade.onUpdate()
                        && assigned.stream()
                                .anyMatch(column -> cascade.referenced().contains(column.name())));
        Set<Column> changing = new LinkedHashSet<>();
        for (Column column : table.columns()) {
            if (!column.generated() && (assigned.contains(column) || column.onUpdate())) {
                changing.add(column);
            }
        }
        Set<Column> columns = new LinkedHashSet<>(table.key());
        columns.addAll(changing);
        return of(table, columns, RowLocks.touching(table, columns, changing), false, table.lockToUpdate());
    }

    /**
     * For the rows that a statement inserts, updates or deletes, as it finds them: every column that can be written.
     *
     * @param assigned the columns that are assigned where rows are updated
     * @throws CaptureRefusedException if a column can not be captured, the key is assigned, or a change would write other
     *     rows
     */
    public static RowSelection forUpsert(Table table, Collection<Column> assigned) throws CaptureRefusedException {
        return forMerge(table, assigned, true, false);
    }

    /**
     * Likewise, for the rows of a MERGE.
     *
     * @param inserts whether it may insert rows
     * @param deletes whether it may delete some
     * @throws CaptureRefusedException as for each of what it may do
     */
    public static RowSelection forMerge(Table table, Collection<Column> assigned, boolean inserts, boolean deletes)
            throws CaptureRefusedException {
        forUpdate(table, assigned);
        if (inserts) {
            forInsert(table);
        }
        if (deletes) {
            forDelete(table);
        }
        return ofAll(table);
    }

    /**
     * For rows that are only locked: the key.
     *
     * @throws CaptureRefusedException if a column of the key can not be captured
     */
    public static RowSelection forLock(Table table) throws CaptureRefusedException {
        return of(table, table.key(), RowLocks.keyOnly(table, table.key()));
    }

    /**
     * For the rows of recorded images: every column of any of them.
     *
     * @param entries all of this table
     * @throws UndoLogException if a recorded column, or the key, is not as it was when the images were taken, so that their values
     *     might be read or taken back otherwise
     */
    static RowSelection recorded(DatabaseRules rules, Table table, List<UndoEntry> entries) throws SQLException {
        Set<Column> columns = new LinkedHashSet<>(table.key());
        Set<Column> changing = new HashSet<>();
        boolean updates = true;
        for (UndoEntry entry : entries) {
            updates &= entry.kind() == UndoEntry.Kind.UPDATE;
            Set<Column> ofEntry = new HashSet<>();
            for (UndoEntry.RecordedColumn recorded : entry.columns()) {
                Column column = table.columnNamed(recorded.name());
                if (column == null) {
                    throw new UndoLogException("column " + recorded.name() + " of " + table + " was "
                            + recorded.declaration()
                            + " and is now gone: add it again, with the values that it had, and"
                            + " try again");
                }
                requireKept(rules, table, recorded, column);
                if (column.generated()) {
                    throw new UndoLogException("column " + column.name() + " of " + table + " is now a generated one");
                }
                if (column.alwaysNumbered() && entry.updates(recorded)) {
                    throw new UndoLogException("column " + column.name() + " of " + table
                            + " has another number than before, and is now GENERATED ALWAYS: make it GENERATED BY DEFAULT, and"
                            + " try again");
                }
                ofEntry.add(column);
                if (entry.updates(recorded)) {
                    changing.add(column);
                }
            }
            if (entry.kind() == UndoEntry.Kind.DELETE) {
                requireDefaults(table, ofEntry);
            }
            if (!ofEntry.containsAll(table.key())) {
                throw new UndoLogException("the primary key of " + table + " is now another one");
            }
            columns.addAll(ofEntry);
        }
        // Where a row goes, or gets another key, the write needs the stronger lock. Asked for only then, it would be a
        // deadlock with the writer of a child who has come to update the row, and waits for us.
        boolean keysStay =
                updates && table.uniqueIndexes().stream().noneMatch(index -> RowLocks.touches(table, index, changing));
        return of(table, columns, RowLocks.NONE, false, keysStay ? table.lockToUpdate() : Table.LOCK);
    }

    private static void requireKept(DatabaseRules rules, Table table, RecordedColumn recorded, Column column)
            throws UndoLogException {
        String was = recorded.declaration();
        String is = column.declaration();
        if (!is.equals(was) && !rules.keepsValues(Declaration.of(was), Declaration.of(is))) {
            throw new UndoLogException("column " + column.name() + " of " + table + " was " + was + " and is now " + is
                    + ", which may read its values otherwise, or not take them: change it back, and try again");
        }
    }

    /** A column that came since gets its default in the rows that are put back, as it did in those that were there. */
    private static void requireDefaults(Table table, Set<Column> given) throws UndoLogException {
        for (Column column : table.columns()) {
            if (column.mustBeGiven() && !given.contains(column)) {
                throw new UndoLogException("column " + column.name() + " of " + table
                        + " is not in the image of a deleted row, may not be null and has no default: give it a default,"
                        + " and try again");
            }
        }
    }

    private static RowSelection ofAll(Table table) throws CaptureRefusedException {
        List<Column> columns =
                table.columns().stream().filter(column -> !column.generated()).toList();
        return of(table, columns, RowLocks.all(table, columns), true, Table.LOCK);
    }

    private static RowSelection of(Table table, Collection<Column> columns, RowLocks locks)
            throws CaptureRefusedException {
        return of(table, columns, locks, false, Table.LOCK);
    }

    private static RowSelection of(
            Table table, Collection<Column> columns, RowLocks locks, boolean whole, String locking)
            throws CaptureRefusedException {
        for (Column column : columns) {
            String unsupported = column.type().unsupported();
            if (unsupported != null) {
                throw new CaptureRefusedException(
                        "column " + column.name() + " of " + table + " has the type "
                                + column.type().declaration() + ": " + unsupported,
                        "Leave the column out of the statement where that is possible, or use another type.");
            }
        }
        return new RowSelection(table, columns, locks, whole, locking);
    }

    private static void refuse(Table table, String action, Predicate<Table.Cascade> acts)
            throws CaptureRefusedException {
        for (Table.Cascade cascade : table.cascades()) {
            if (acts.test(cascade) && !table.sideEffectsAccepted()) {
                throw new CaptureRefusedException(
                        "the foreign key " + cascade.name() + " of " + cascade.child() + " changes rows there when "
                                + table + " changes (" + action + ")",
                        "Declare the foreign key without CASCADE, SET NULL or SET DEFAULT, and write the child rows in"
                                + " statements of their own; or, if what it writes need not be undone, say so"
                                + " (dtx.data-sources.side-effects-accepted).");
            }
        }
    }

    private static void requireRestorable(Table table) throws CaptureRefusedException {
        CaptureRefusedException why = table.unrestorable();
        if (why != null) {
            throw new CaptureRefusedException(why.reason(), why.remedy());
        }
    }

    /** Otherwise the restore would fail for good, as long as the right is missing, with the row's locks held. */
    private static void requireRights(Table table, String undone, List<String> rights) throws CaptureRefusedException {
        List<String> missing =
                rights.stream().filter(table.missingRights()::contains).toList();
        if (!missing.isEmpty()) {
            throw new CaptureRefusedException(
                    "the user may not undo " + undone + " on " + table + ", for want of the right to "
                            + String.join(" and ", missing) + " there (a restore locks the row by the right to UPDATE)",
                    "GRANT " + String.join(", ", missing) + " ON " + table.sql() + " TO the data source's user.");
        }
    }

    public Table table() {
        return table;
    }

    /** The locking clause for these rows, which excludes whoever else may write them. */
    public String locking() {
        return locking;
    }

    List<String> keyNames() {
        return keyNames;
    }

    /** What is recorded of {@link #columns}. */
    List<RecordedColumn> recordedColumns() {
        return recordedColumns;
    }

    /** The columns of a {@link Row}'s values, in order. */
    public List<Column> columns() {
        return columns;
    }

    /**
     * The expressions to select, separated by commas; for rows as a whole the table's {@code *} is the first of them, see
     * {@link Shape}.
     *
     * @param qualifier the table's alias, as written, where the statement names more than one table; null for none
     */
    public String selectList(@Nullable String qualifier) {
        String alias = qualifier == null ? "" : qualifier;
        String known = selectLists.get(alias);
        if (known == null) {
            known = made(qualifier);
            if (selectLists.size() < MOST_SELECT_LISTS) {
                selectLists.put(alias, known);
            }
        }
        return known;
    }

    private String made(@Nullable String qualifier) {
        List<String> expressions = new ArrayList<>();
        for (Column column : columns) {
            expressions.add(column.type().selectOf(qualified(qualifier, column)));
        }
        for (RowLocks.Extra extra : locks.extras()) {
            expressions.add(extra.select(qualified(qualifier, extra.column())));
        }
        // PostgreSQL calls CAST(x AS text) x, and an application's ORDER BY x would then sort the texts.
        String named = IntStream.range(0, expressions.size())
                .mapToObj(i -> expressions.get(i) + " AS dtx_image_" + i)
                .collect(Collectors.joining(", "));
        return whole ? (qualifier == null ? "*" : qualifier + ".*") + ", " + named : named;
    }

    /**
     * Reads all rows that are left of a result that was selected by {@link #selectList}.
     *
     * @throws TableChangedException if the table has other columns than are known
     */
    public List<Row> readAll(ResultSet from) throws SQLException {
        return readAll(from, 1);
    }

    /**
     * Likewise, where other expressions were selected before.
     *
     * @param first the 1-based index of the selection's first expression, by its {@link #width}
     */
    public List<Row> readAll(ResultSet from, int first) throws SQLException {
        ResultSetMetaData shown = from.getMetaData();
        if (shown.getColumnCount() != first + width() - 1) {
            throw new TableChangedException(table);
        }
        requireShape(shown, first);
        List<Row> rows = new ArrayList<>();
        while (from.next()) {
            rows.add(readRow(from, first));
        }
        return rows;
    }

    /**
     * Checks a result in which other expressions stand behind the selection, too.
     *
     * @throws TableChangedException if the table has other columns than are known
     */
    public void requireShape(ResultSetMetaData shown, int first) throws SQLException {
        boolean known = !whole
                || (shown.getColumnCount() >= first + width() - 1
                        && Shape.of(shown, first, starWidth()).equals(table.shape()));
        if (!known) {
            throw new TableChangedException(table);
        }
    }

    /** Reads one row of a result that was checked by {@link #requireShape}. */
    public Row readRow(ResultSet from, int first) throws SQLException {
        List<Value> values = new ArrayList<>(columns.size());
        int index = first + starWidth();
        for (Column column : columns) {
            values.add(column.type().form().get(from, index++));
        }
        List<Value> extras = new ArrayList<>(locks.extras().size());
        for (RowLocks.Extra extra : locks.extras()) {
            extras.add(extra.form().get(from, index++));
        }
        return new Row(values, extras);
    }

    /** How many columns {@link #selectList} gives. */
    public int width() {
        return starWidth() + columns.size() + locks.extras().size();
    }

    private int starWidth() {
        return whole ? table.shape().width() : 0;
    }

    /**
     * The rows that have the keys of these rows now; rows that are gone are left out. The order is the database's.
     *
     * @param locked whether to lock them, by {@link #locking}
     * @param starting is told each query
     */
    public List<Row> readByKey(Connection connection, List<Row> rows, boolean locked, Starting starting)
            throws SQLException {
        List<List<Value>> keys = new ArrayList<>(rows.size());
        for (Row row : rows) {
            keys.add(key(row));
        }
        return readByKeys(connection, keys, locked, starting);
    }

    /**
     * The key that a row must have for these values of its columns, in key order: numbers, strings and UUIDs.
     *
     * @return null where the database might convert a value
     */
    public @Nullable List<Value> givenKey(List<? extends @Nullable Object> values) {
        return GivenKey.of(table.key(), values);
    }

    /**
     * Locks and reads the rows that have exactly these keys, each once.
     *
     * @param starting is told each query
     * @return by key, in the order of the keys; without those that are not there
     */
    public Map<List<Value>, Row> lock(Connection connection, Collection<List<Value>> keys, Starting starting)
            throws SQLException {
        Set<List<Value>> wanted = new LinkedHashSet<>(keys);
        Map<List<Value>, Row> found = new HashMap<>();
        for (Row row : readByKeys(connection, List.copyOf(wanted), true, starting)) {
            found.put(key(row), row);
        }
        Map<List<Value>, Row> ordered = new LinkedHashMap<>();
        for (List<Value> key : wanted) {
            Row row = found.get(key);
            if (row != null) {
                ordered.put(key, row);
            }
        }
        return ordered;
    }

    private List<Row> readByKeys(Connection connection, List<List<Value>> keys, boolean locked, Starting starting)
            throws SQLException {
        List<Row> found = new ArrayList<>(keys.size());
        for (int from = 0; from < keys.size(); from += KEYS_PER_STATEMENT) {
            List<List<Value>> some = keys.subList(from, Math.min(keys.size(), from + KEYS_PER_STATEMENT));
            String sql = "SELECT " + selectList(null) + " FROM " + table.sql() + (locked ? table.byKey() : "")
                    + " WHERE " + keyCondition(null, some.size()) + table.allRows()
                    + (locked ? " " + locking : "");
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                int index = 1;
                for (List<Value> key : some) {
                    index = bindKey(select, index, key);
                }
                starting.starts(select);
                try (ResultSet result = select.executeQuery()) {
                    found.addAll(readAll(result));
                }
            }
        }
        return found;
    }

    /**
     * Locks and reads the rows that have exactly these keys; a row whose key the database only calls equal is not among
     * them.
     *
     * @return by key, column name to value
     */
    Map<List<Value>, Map<String, Value>> statesByKey(Connection connection, List<List<Value>> keys)
            throws SQLException {
        Map<List<Value>, Map<String, Value>> states = new HashMap<>();
        for (Row row : readByKeys(connection, keys, true, query -> {})) {
            Map<String, Value> state = new LinkedHashMap<>();
            for (int i = 0; i < columns.size(); i++) {
                state.put(columns.get(i).name(), row.values().get(i));
            }
            states.put(key(row), state);
        }
        return states;
    }

    /**
     * The rows of {@code after} in the order of {@code before}, paired by key.
     *
     * @throws SQLException if they are not exactly the same keys
     */
    public List<Row> inOrderOf(List<Row> before, List<Row> after) throws SQLException {
        Map<List<Value>, Row> byKey = new HashMap<>();
        for (Row row : after) {
            byKey.put(key(row), row);
        }
        List<Row> ordered = new ArrayList<>(before.size());
        for (Row row : before) {
            Row match = byKey.remove(key(row));
            if (match == null) {
                throw new UndoLogException(
                        "the row " + describeKey(row) + " of " + table + " was not found again after the statement");
            }
            ordered.add(match);
        }
        if (!byKey.isEmpty()) {
            throw new UndoLogException("more rows of " + table + " after the statement than before it");
        }
        return ordered;
    }

    /**
     * A condition that holds for exactly the rows whose keys {@link #bindKeys} binds: in parentheses where it needs them.
     *
     * @param rows how many; for 0 the condition holds for no row
     */
    public String keyCondition(@Nullable String qualifier, int rows) {
        if (rows == 0) {
            return "1 = 0";
        }
        if (table.key().size() == 1) {
            Column only = table.key().get(0);
            String placeholder = only.type().placeholder();
            return rows == 1
                    ? qualified(qualifier, only) + " = " + placeholder
                    : qualified(qualifier, only) + " IN (" + (placeholder + ", ").repeat(rows - 1) + placeholder + ")";
        }
        List<String> parts = new ArrayList<>();
        for (Column column : table.key()) {
            parts.add(qualified(qualifier, column) + " = " + column.type().placeholder());
        }
        String one = "(" + String.join(" AND ", parts) + ")";
        return rows == 1 ? one : "(" + (one + " OR ").repeat(rows - 1) + one + ")";
    }

    /**
     * Binds the keys of these rows.
     *
     * @param first the 1-based index of the condition's first parameter
     * @return the index after its last
     */
    public int bindKeys(PreparedStatement to, int first, List<Row> rows) throws SQLException {
        int index = first;
        for (Row row : rows) {
            index = bindKey(to, index, key(row));
        }
        return index;
    }

    private int bindKey(PreparedStatement to, int first, List<Value> key) throws SQLException {
        int index = first;
        for (int i = 0; i < key.size(); i++) {
            table.key().get(i).type().form().set(to, index++, key.get(i));
        }
        return index;
    }

    /**
     * The exclusive locks that a change needs: the key of every row, and each entry of a unique index that the change takes
     * or frees.
     *
     * @param resource the resource id
     * @param before the rows before; for an update in the same order as after, for an insert empty
     * @param after the rows after; for a delete empty
     */
    public List<Lock> locks(String resource, List<Row> before, List<Row> after) {
        return locks.of(resource, this, before, after);
    }

    /** Whether a unique or foreign key ties the columns that change to other rows. */
    public boolean isBoundToOtherRows() {
        return locks.hasEntries()
                || !table.references().isEmpty()
                || !table.referencedKeys().isEmpty();
    }

    /** Whether the locks of a row depend on nothing but its key. */
    boolean locksKeysOnly() {
        return !locks.hasEntries();
    }

    /** Each row once, without those that are not there (on the optional side of a join). */
    public List<Row> distinct(List<Row> rows) {
        Map<List<Value>, Row> byKey = new LinkedHashMap<>();
        for (Row row : rows) {
            if (isThere(row)) {
                byKey.putIfAbsent(key(row), row);
            }
        }
        return List.copyOf(byKey.values());
    }

    /** Whether this is a row, and not nulls in the place of one. */
    public boolean isThere(Row row) {
        for (int position : keyPositions) {
            if (row.values().get(position).isNull()) {
                return false;
            }
        }
        return true;
    }

    /** The values of the row's key, in key order. */
    public List<Value> key(Row row) {
        List<Value> key = new ArrayList<>(keyPositions.size());
        for (int position : keyPositions) {
            key.add(row.values().get(position));
        }
        return key;
    }

    /** The keys of these rows. */
    public Set<List<Value>> keys(List<Row> rows) {
        Set<List<Value>> keys = new HashSet<>();
        for (Row row : rows) {
            keys.add(key(row));
        }
        return keys;
    }

    /** For people: {@code id=1}. */
    public String describeKey(Row row) {
        return describeKey(key(row));
    }

    String describeKey(List<Value> key) {
        List<String> parts = new ArrayList<>(key.size());
        for (int i = 0; i < key.size(); i++) {
            Column column = table.key().get(i);
            parts.add(column.name() + "=" + column.type().describe(key.get(i)));
        }
        return String.join(", ", parts);
    }

    /** For people: what the state holds of the selection's columns; null for no row. */
    @Nullable List<Cell> describe(@Nullable Map<String, Value> state) {
        if (state == null) {
            return null;
        }
        List<Cell> cells = new ArrayList<>(columns.size());
        for (Column column : columns) {
            Value value = state.get(column.name());
            if (value != null) {
                cells.add(new Cell(
                        column.name(), value.isNull() ? null : column.type().describe(value)));
            }
        }
        return cells;
    }

    private static String qualified(@Nullable String qualifier, Column column) {
        return qualifier == null ? column.sql() : qualifier + "." + column.sql();
    }
}
