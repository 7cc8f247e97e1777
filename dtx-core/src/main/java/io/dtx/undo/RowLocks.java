package io.dtx.undo;

import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which entries of which unique indexes the rows of a {@link RowSelection} stand for, and what has to be selected beside
 * their columns to tell: the database's sort keys of text, and columns of a touched index that are not imaged.
 */
final class RowLocks {

    /** Something selected for locks only; {@code sortKey}: the folding's expression, cut to the index's prefix. */
    record Extra(Column column, boolean sortKey, int prefix) {

        String select(String qualified) {
            String select = column.type().folding().select();
            if (!sortKey || select == null) {
                return column.type().selectOf(qualified);
            }
            return select.replace("{c}", prefix == 0 ? qualified : "LEFT(" + qualified + ", " + prefix + ")");
        }

        Form form() {
            return sortKey ? Form.BINARY : column.type().form();
        }
    }

    /** Where one part of an index's entry is found in a row. */
    private record Part(Column column, boolean extra, int position, int prefix) {

        Value of(Row row) {
            Value value = (extra ? row.extras() : row.values()).get(position);
            if (prefix == 0
                    || value.kind() != Value.Kind.BINARY
                    || value.asBinary().size() <= prefix) {
                return value;
            }
            return Value.binary(value.asBinary().substring(0, prefix).toByteArray());
        }
    }

    /** An index's entry; {@code name} is empty for the primary key. */
    private record Entry(String name, List<Part> parts, boolean nullsDistinct, boolean partial) {}

    /** For rows whose locks are held already. */
    static final RowLocks NONE = new RowLocks();

    private final Entry key;
    private final List<Entry> indexes = new ArrayList<>();
    private final List<Extra> extras = new ArrayList<>();

    private RowLocks() {
        this.key = new Entry("", List.of(), false, false);
    }

    private RowLocks(Table table, Collection<Column> columns) throws CaptureRefusedException {
        this.key = entry(table, UniqueIndex.primary(table.key()), List.copyOf(columns));
    }

    static RowLocks keyOnly(Table table, Collection<Column> columns) throws CaptureRefusedException {
        return new RowLocks(table, columns);
    }

    static RowLocks all(Table table, Collection<Column> columns) throws CaptureRefusedException {
        return touching(table, columns, table.columns());
    }

    static RowLocks touching(Table table, Collection<Column> columns, Collection<Column> changing)
            throws CaptureRefusedException {
        RowLocks locks = new RowLocks(table, columns);
        for (UniqueIndex index : table.uniqueIndexes()) {
            boolean touched = table.columns().stream()
                    .anyMatch(column -> index.dependsOn().contains(column.name())
                            && (column.generated() || changing.contains(column)));
            if (touched) {
                locks.indexes.add(locks.entry(table, index, List.copyOf(columns)));
            }
        }
        return locks;
    }

    private Entry entry(Table table, UniqueIndex index, List<Column> columns) throws CaptureRefusedException {
        @Nullable String unsupported = index.unsupported();
        List<Part> parts = new ArrayList<>();
        for (UniqueIndex.Part part : index.parts()) {
            Folding folding = part.column().type().folding();
            if (unsupported == null && folding.rule() == Folding.Rule.NONE) {
                unsupported = "its column " + part.column().name() + " is one where " + folding.why();
            }
            boolean sortKey = folding.rule() == Folding.Rule.WEIGHTS;
            int position = sortKey ? -1 : columns.indexOf(part.column());
            int prefix = sortKey ? 0 : part.prefix();
            if (position >= 0) {
                parts.add(new Part(part.column(), false, position, prefix));
            } else {
                parts.add(new Part(part.column(), true, extra(part, sortKey), prefix));
            }
        }
        if (unsupported != null) {
            throw new CaptureRefusedException(
                    (index.name().isEmpty() ? "the primary key" : "the unique index " + index.name()) + " of " + table
                            + " can not be locked: " + unsupported,
                    "Change the index, or keep writes that touch it out of global transactions.");
        }
        return new Entry(index.name(), parts, index.nullsDistinct(), index.partial());
    }

    private int extra(UniqueIndex.Part part, boolean sortKey) {
        Extra extra = new Extra(part.column(), sortKey, sortKey ? part.prefix() : 0);
        int known = extras.indexOf(extra);
        if (known >= 0) {
            return known;
        }
        extras.add(extra);
        return extras.size() - 1;
    }

    List<Extra> extras() {
        return extras;
    }

    /** Keys of all rows; entries of unique indexes as far as they differ between before and after. */
    List<Lock> of(String resource, RowSelection selection, List<Row> before, List<Row> after) {
        Set<Lock> locks = new LinkedHashSet<>();
        for (List<Row> rows : List.of(before, after)) {
            for (Row row : rows) {
                locks.add(new Lock(keyLock(resource, selection, row), LockMode.EXCLUSIVE));
            }
        }
        boolean update = !before.isEmpty() && !after.isEmpty();
        for (Entry index : indexes) {
            for (int i = 0; i < Math.max(before.size(), after.size()); i++) {
                LockKey freed = i < before.size() ? lockKey(resource, selection, index, before.get(i)) : null;
                LockKey taken = i < after.size() ? lockKey(resource, selection, index, after.get(i)) : null;
                if (update && !index.partial() && Objects.equals(freed, taken)) {
                    continue;
                }
                if (freed != null) {
                    locks.add(new Lock(freed, LockMode.EXCLUSIVE));
                }
                if (taken != null) {
                    locks.add(new Lock(taken, LockMode.EXCLUSIVE));
                }
            }
        }
        return List.copyOf(locks);
    }

    private LockKey keyLock(String resource, RowSelection selection, Row row) {
        LockKey lockKey = lockKey(resource, selection, key, row);
        if (lockKey == null) {
            throw new IllegalStateException("a primary key holds null in " + selection.table());
        }
        return lockKey;
    }

    /** Null if the row has no entry that could collide. */
    private static @Nullable LockKey lockKey(String resource, RowSelection selection, Entry entry, Row row) {
        Table table = selection.table();
        LockKey.Builder builder = LockKey.on(resource, table.catalogue(), table.schema(), table.name(), entry.name());
        for (Part part : entry.parts()) {
            Value value = part.of(row);
            if (value.isNull() && entry.nullsDistinct()) {
                return null;
            }
            part.column().type().folding().add(builder, value);
        }
        return builder.build();
    }
}
