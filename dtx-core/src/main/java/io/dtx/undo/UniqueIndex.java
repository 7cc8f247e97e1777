package io.dtx.undo;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A unique index other than the primary key. Each of its entries that a statement takes or frees is a global lock.
 *
 * @param name as the database's catalogue spells it
 * @param parts its columns in index order
 * @param nullsDistinct whether rows with a null in it never collide, so that they take no lock
 * @param unsupported why its entries can not be told from row images; null if they can
 */
record UniqueIndex(
        String name,
        List<Part> parts,
        boolean nullsDistinct,
        @Nullable String unsupported) {

    UniqueIndex {
        parts = List.copyOf(parts);
    }

    /**
     * A column within an index.
     *
     * @param prefix how many characters or bytes of it are indexed; 0 for all
     */
    record Part(Column column, int prefix) {}
}
