package io.dtx.undo;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A unique index other than the primary key. Each of its entries that a statement takes or frees is a global lock.
 *
 * @param name as the database's catalogue spells it
 * @param parts its columns in index order
 * @param dependsOn the names of all columns that decide a row's entry: those of the parts, of expressions, and of the
 *     condition of a partial index
 * @param nullsDistinct whether rows with a null in it never collide, so that they take no lock
 * @param partial whether a row may have no entry; it is locked as if it had
 * @param unsupported why its entries can not be told from row images; null if they can
 * @param byName see {@link Table.UniqueKey}
 */
record UniqueIndex(
        String name,
        List<Part> parts,
        Set<String> dependsOn,
        boolean nullsDistinct,
        boolean partial,
        @Nullable String unsupported,
        String byName) {

    UniqueIndex {
        parts = List.copyOf(parts);
        dependsOn = Set.copyOf(dependsOn);
    }

    static UniqueIndex primary(List<Column> key) {
        return new UniqueIndex(
                "", key.stream().map(column -> new Part(column, 0)).toList(), Set.of(), false, false, null, "");
    }

    /**
     * A column within an index.
     *
     * @param prefix how many characters or bytes of it are indexed; 0 for all
     */
    record Part(Column column, int prefix) {}
}
