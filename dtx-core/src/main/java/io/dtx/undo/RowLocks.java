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
 * Which entries of which unique indexes the rows of a {@link RowSelection} stand for, which parents they rely on, and what has to
 * be selected beside their columns to tell: the database's sort keys of text, and columns of a touched index that are not imaged.
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

    /**
     * What a key is on.
     *
     * @param index empty for the primary key
     * @param named the columns whose names go into the key beside their values; empty where the index tells which they are
     */
    private record Target(String catalogue, String schema, String table, String index, List<String> named) {

        static Target index(Table table, String name) {
            return new Target(table.catalogue(), table.schema(), table.name(), name, List.of());
        }

        static Target row(String catalogue, String schema, String table, List<Column> columns) {
            return new Target(
                    catalogue,
                    schema,
                    table,
                    EXISTENCE,
                    columns.stream().map(Column::name).toList());
        }
    }

    /** One key that each row has. */
    private record Entry(Target target, List<Part> parts, boolean nullsDistinct, boolean partial, LockMode mode) {}

    /** Stands in the place of an index's name in the keys that say that a row with these values is there. */
    private static final String EXISTENCE = "row exists";

    /** For rows whose locks are held already. */
    static final RowLocks NONE = new RowLocks();

    private final Entry key;
    private final List<Entry> indexes = new ArrayList<>();
    private final List<Extra> extras = new ArrayList<>();

    private RowLocks() {
        this.key = new Entry(new Target("", "", "", "", List.of()), List.of(), false, false, LockMode.EXCLUSIVE);
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
            if (touches(table, index, changing)) {
                locks.indexes.add(locks.entry(table, index, List.copyOf(columns)));
            }
        }
        locks.addExistence(table, List.copyOf(columns), changing);
        return locks;
    }

    /** For rows that are updated the referenced columns count only as far as they change, as for an index. */
    private void addExistence(Table table, List<Column> columns, Collection<Column> changing)
            throws CaptureRefusedException {
        for (List<Column> referenced : table.referencedKeys()) {
            boolean lockable = referenced.stream()
                    .noneMatch(column -> column.type().folding().rule() == Folding.Rule.NONE);
            if (lockable && touches(referenced, changing)) {
                Target target = Target.row(table.catalogue(), table.schema(), table.name(), referenced);
                indexes.add(new Entry(target, parts(referenced, columns), true, false, LockMode.EXCLUSIVE));
            }
        }
        for (ForeignKey reference : table.references()) {
            List<Column> own =
                    reference.parts().stream().map(ForeignKey.Part::child).toList();
            if (!touches(own, changing) || !reference.parentIsLockable()) {
                continue;
            }
            String unlockable = reference.unlockable(table.catalogue(), table.schema());
            if (unlockable == null) {
                List<Column> parents =
                        reference.parts().stream().map(ForeignKey.Part::parent).toList();
                Target target = Target.row(reference.catalogue(), reference.schema(), reference.table(), parents);
                indexes.add(new Entry(target, parts(own, columns), true, false, LockMode.SHARED));
            } else if (!table.sideEffectsAccepted()) {
                throw new CaptureRefusedException(
                        "the parent rows of the foreign key " + reference.name() + " of " + table
                                + " can not be locked: " + unlockable,
                        "Keep writes that touch it out of global transactions, or accept for this table that another"
                                + " transaction may undo its parent's INSERT (dtx.data-sources.side-effects-accepted).");
            }
        }
    }

    /** Whether a row may get another entry. */
    static boolean touches(Table table, UniqueIndex index, Collection<Column> changing) {
        return table.columns().stream()
                .anyMatch(column ->
                        index.dependsOn().contains(column.name()) && (column.generated() || changing.contains(column)));
    }

    private static boolean touches(List<Column> columns, Collection<Column> changing) {
        return columns.stream().anyMatch(column -> column.generated() || changing.contains(column));
    }

    private List<Part> parts(List<Column> of, List<Column> columns) {
        return of.stream()
                .map(column -> part(new UniqueIndex.Part(column, 0), columns))
                .toList();
    }

    private Entry entry(Table table, UniqueIndex index, List<Column> columns) throws CaptureRefusedException {
        @Nullable String unsupported = index.unsupported();
        List<Part> parts = new ArrayList<>();
        for (UniqueIndex.Part part : index.parts()) {
            Folding folding = part.column().type().folding();
            if (unsupported == null && folding.rule() == Folding.Rule.NONE) {
                unsupported = "its column " + part.column().name() + " is one where " + folding.why();
            }
            parts.add(part(part, columns));
        }
        if (unsupported != null) {
            throw new CaptureRefusedException(
                    (index.name().isEmpty() ? "the primary key" : "the unique index " + index.name()) + " of " + table
                            + " can not be locked: " + unsupported,
                    "Change the index, or keep writes that touch it out of global transactions.");
        }
        return new Entry(
                Target.index(table, index.name()), parts, index.nullsDistinct(), index.partial(), LockMode.EXCLUSIVE);
    }

    private Part part(UniqueIndex.Part part, List<Column> columns) {
        boolean sortKey = part.column().type().folding().rule() == Folding.Rule.WEIGHTS;
        int position = sortKey ? -1 : columns.indexOf(part.column());
        int prefix = sortKey ? 0 : part.prefix();
        return position >= 0
                ? new Part(part.column(), false, position, prefix)
                : new Part(part.column(), true, extra(part, sortKey), prefix);
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

    /** Whether the rows have keys beside their own: of unique indexes, of parents. */
    boolean hasEntries() {
        return !indexes.isEmpty();
    }

    List<Extra> extras() {
        return extras;
    }

    /** Keys of all rows; entries of unique indexes as far as they differ between before and after. */
    List<Lock> of(String resource, RowSelection selection, List<Row> before, List<Row> after) {
        Set<Lock> locks = new LinkedHashSet<>();
        for (Row row : before) {
            locks.add(new Lock(keyLock(resource, selection, row), LockMode.EXCLUSIVE));
        }
        for (int i = 0; i < after.size(); i++) {
            if (i >= before.size() || !haveSameKey(before.get(i), after.get(i))) {
                locks.add(new Lock(keyLock(resource, selection, after.get(i)), LockMode.EXCLUSIVE));
            }
        }
        boolean update = !before.isEmpty() && !after.isEmpty();
        for (Entry index : indexes) {
            for (int i = 0; i < Math.max(before.size(), after.size()); i++) {
                LockKey freed = i < before.size() ? lockKey(resource, index, before.get(i)) : null;
                LockKey taken = i < after.size() ? lockKey(resource, index, after.get(i)) : null;
                if (update && !index.partial() && Objects.equals(freed, taken)) {
                    continue;
                }
                if (freed != null) {
                    locks.add(new Lock(freed, index.mode()));
                }
                if (taken != null) {
                    locks.add(new Lock(taken, index.mode()));
                }
            }
        }
        return List.copyOf(locks);
    }

    private boolean haveSameKey(Row one, Row other) {
        for (Part part : key.parts()) {
            if (!part.of(one).equals(part.of(other))) {
                return false;
            }
        }
        return true;
    }

    private LockKey keyLock(String resource, RowSelection selection, Row row) {
        LockKey lockKey = lockKey(resource, key, row);
        if (lockKey == null) {
            throw new IllegalStateException("a primary key holds null in " + selection.table());
        }
        return lockKey;
    }

    /** Null if the row has no entry that could collide. */
    private static @Nullable LockKey lockKey(String resource, Entry entry, Row row) {
        Target target = entry.target();
        LockKey.Builder builder =
                LockKey.on(resource, target.catalogue(), target.schema(), target.table(), target.index());
        for (String column : target.named()) {
            builder.other(column);
        }
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
