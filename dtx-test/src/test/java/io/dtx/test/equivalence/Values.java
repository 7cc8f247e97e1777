package io.dtx.test.equivalence;

import io.dtx.test.equivalence.Kind.Sample;
import org.jspecify.annotations.Nullable;

/**
 * Picks values: one of the few samples, so that conditions match and unique values collide. In a great batch, unique columns
 * get mostly values that no other element has: or it would hardly ever come to its end.
 */
final class Values {

    private static final int ORDINARY = -1;

    private final Chance chance;
    private final int element;

    private Values(Chance chance, int element) {
        this.chance = chance;
        this.element = element;
    }

    static Values ordinary(Chance chance) {
        return new Values(chance, ORDINARY);
    }

    /** @param element the number of the element, other than that of any other element */
    static Values ofGreatBatch(Chance chance, int element) {
        return new Values(chance, element);
    }

    /** Whether the rows of a table can be told apart in a great batch. */
    static boolean canBeMany(Table table) {
        return table.indexes().stream()
                .allMatch(
                        index -> index.stream().anyMatch(column -> column.kind().distinct(0) != null));
    }

    boolean areMany() {
        return element != ORDINARY;
    }

    Sample of(Kind kind) {
        return chance.of(kind.samples());
    }

    /** For a column of an INSERT. */
    @Nullable Sample inserted(Table table, Column column) {
        if (areMany() && !chance.oneIn(200)) {
            if (table.references(column)) {
                return null;
            }
            Sample distinct = column.kind().distinct(element);
            if (table.isUnique(column) && distinct != null) {
                return distinct;
            }
        }
        return of(column.kind());
    }

    /** For a condition. */
    Sample compared(Column column) {
        Sample distinct = areMany() && chance.coin() ? column.kind().distinct(element) : null;
        return distinct == null ? of(column.kind()) : distinct;
    }
}
