package io.dtx.undo;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A foreign key of a {@link Table}. A row with it relies on its parent's being there: it takes, shared, the lock of the parent
 * row's existence, which inserting or deleting the parent takes alone (T15). Updates of the parent go on meanwhile.
 *
 * @param name the constraint
 * @param catalogue the parent's place and name, as the database's catalogue spells them
 * @param schema likewise
 * @param table likewise
 * @param parts the columns, in the order of the parent's columns' names
 */
record ForeignKey(String name, String catalogue, String schema, String table, List<Part> parts) {

    ForeignKey {
        parts = parts.stream()
                .sorted(Comparator.comparing(part -> part.parent().name()))
                .toList();
    }

    /** A column, and the parent's column that it refers to. */
    record Part(Column child, Column parent) {

        /** Whether equal values of the two give the same part of a lock key. */
        private boolean foldsAlike() {
            Folding one = child.type().folding();
            Folding other = parent.type().folding();
            boolean textDecides = one.rule() == Folding.Rule.TEMPORAL
                    || one.rule() == Folding.Rule.OTHER
                    || child.type().declaration().startsWith("binary");
            return one.equals(other)
                    && (!textDecides
                            || child.type().declaration().equals(parent.type().declaration()));
        }
    }

    boolean isWithin(Table own) {
        return own.catalogue().equals(catalogue)
                && own.schema().equals(schema)
                && own.name().equals(table);
    }

    /** Whether the parent's rows can be locked at all; if not, dtx refuses to write them, and nothing has to be kept out. */
    boolean parentIsLockable() {
        return parts.stream().noneMatch(part -> part.parent().type().folding().rule() == Folding.Rule.NONE);
    }

    /**
     * Why its parent can not be locked from here; null if it can.
     *
     * @param catalogue the resource's own
     * @param schema likewise
     */
    @Nullable String unlockable(String catalogue, String schema) {
        if (!this.catalogue.equals(catalogue) || !this.schema.equals(schema)) {
            return "it refers to " + (this.schema.isEmpty() ? this.catalogue : this.schema) + "." + table
                    + ", outside of this resource";
        }
        return parts.stream().allMatch(Part::foldsAlike)
                ? null
                : "its columns are of other types than those of " + table + " that they refer to";
    }
}
