package io.dtx.undo;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/**
 * The row selections of one resource's statements, kept: each follows from the table's description and the assigned columns
 * alone, and takes longer to make than to use. One that is refused is not kept. Thread-safe.
 */
public final class RowSelections {

    private static final int MOST = 10_000;

    private final Cache<Key, RowSelection> known;

    private enum Use {
        INSERT,
        UPDATE,
        DELETE,
        UPSERT,
        MERGE,
        UPDATE_OR_DELETE,
        WHOLE_UPDATE,
        LOCK
    }

    /** Of this one description: a table that is read anew gets new selections, whatever its old ones were. */
    private record Key(Use use, Table table, List<Column> assigned) {

        @Override
        @SuppressWarnings("ReferenceEquality") // see above; comparing all of a description would also take long
        public boolean equals(Object other) {
            return other instanceof Key that
                    && use == that.use
                    && table == that.table
                    && assigned.equals(that.assigned);
        }

        @Override
        public int hashCode() {
            int hash = 31 * use.hashCode() + System.identityHashCode(table);
            for (Column column : assigned) {
                hash = 31 * hash + column.name().hashCode();
            }
            return hash;
        }
    }

    private interface Making {
        RowSelection make() throws CaptureRefusedException;
    }

    /** @param maxAge how long a table's description is used */
    public RowSelections(Duration maxAge) {
        this.known = Caffeine.newBuilder()
                .maximumSize(MOST)
                .expireAfterWrite(maxAge)
                .executor(Runnable::run)
                .build();
    }

    /** See {@link RowSelection#forInsert}. */
    public RowSelection forInsert(Table table) throws CaptureRefusedException {
        return known(new Key(Use.INSERT, table, List.of()), () -> RowSelection.forInsert(table));
    }

    /** See {@link RowSelection#forUpdate}. */
    public RowSelection forUpdate(Table table, Collection<Column> assigned) throws CaptureRefusedException {
        return known(new Key(Use.UPDATE, table, List.copyOf(assigned)), () -> RowSelection.forUpdate(table, assigned));
    }

    /** See {@link RowSelection#forDelete}. */
    public RowSelection forDelete(Table table) throws CaptureRefusedException {
        return known(new Key(Use.DELETE, table, List.of()), () -> RowSelection.forDelete(table));
    }

    /** See {@link RowSelection#forUpsert}. */
    public RowSelection forUpsert(Table table, Collection<Column> assigned) throws CaptureRefusedException {
        return known(new Key(Use.UPSERT, table, List.copyOf(assigned)), () -> RowSelection.forUpsert(table, assigned));
    }

    /** See {@link RowSelection#forMerge}. */
    public RowSelection forMerge(Table table, Collection<Column> assigned, boolean inserts, boolean deletes)
            throws CaptureRefusedException {
        Use use = inserts ? (deletes ? Use.MERGE : Use.UPSERT) : deletes ? Use.UPDATE_OR_DELETE : Use.WHOLE_UPDATE;
        return known(
                new Key(use, table, List.copyOf(assigned)),
                () -> RowSelection.forMerge(table, assigned, inserts, deletes));
    }

    /** See {@link RowSelection#forLock}. */
    public RowSelection forLock(Table table) throws CaptureRefusedException {
        return known(new Key(Use.LOCK, table, List.of()), () -> RowSelection.forLock(table));
    }

    private RowSelection known(Key key, Making making) throws CaptureRefusedException {
        RowSelection selection = known.getIfPresent(key);
        if (selection == null) {
            selection = making.make();
            known.put(key, selection);
        }
        return selection;
    }
}
