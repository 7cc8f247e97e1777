package io.dtx.undo;

import org.jspecify.annotations.Nullable;

/**
 * A column of a {@link Table}.
 *
 * @param name as the database's catalogue spells it
 * @param sql the same, quoted for SQL text
 * @param type how it is read, written and locked
 * @param nullable whether it may be null
 * @param autoIncrement whether the database can make its value: auto-increment, identity, or a sequence as default; on H2
 *     also any other default that is no constant, or a computed value: what its driver calls generated keys
 * @param generated whether it is computed from other columns, and can not be written
 * @param alwaysNumbered whether the database numbers it and lets no UPDATE assign a number (GENERATED ALWAYS AS IDENTITY)
 * @param onUpdate whether the database changes it when another column is updated (MySQL's ON UPDATE)
 * @param defaulted whether it has a default, of its own or on PostgreSQL of its domain: an INSERT may leave it out although it is
 *     not nullable, and where it does, it does not become null
 * @param constantDefault on MySQL and MariaDB, SQL, in a query of the table, of the value of a row that leaves it out; null if
 *     that is made anew for each row
 * @param hidden whether {@code SELECT *} leaves it out
 */
public record Column(
        String name,
        String sql,
        ColumnType type,
        boolean nullable,
        boolean autoIncrement,
        boolean generated,
        boolean alwaysNumbered,
        boolean onUpdate,
        boolean defaulted,
        @Nullable String constantDefault,
        boolean hidden) {

    /**
     * Of MySQL and MariaDB: whether it is the table's counter that makes its value, by which {@code LAST_INSERT_ID()} goes. What a
     * sequence gives by default is not told so.
     */
    public boolean counted() {
        return autoIncrement && !defaulted;
    }

    /** Whether no row can be inserted without a value for it. */
    boolean mustBeGiven() {
        return !nullable && !autoIncrement && !generated && !defaulted;
    }

    /** As the database's catalogue spells its type. */
    public String declaration() {
        return type.declaration();
    }

    @Override
    public String toString() {
        return name + " " + declaration();
    }
}
