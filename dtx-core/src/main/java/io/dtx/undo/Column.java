package io.dtx.undo;

/**
 * A column of a {@link Table}.
 *
 * @param name as the database's catalogue spells it
 * @param sql the same, quoted for SQL text
 * @param type how it is read, written and locked
 * @param nullable whether it may be null
 * @param autoIncrement whether the database can generate its value: auto-increment, identity, or a sequence as default
 * @param generated whether it is computed from other columns, and can not be written
 * @param onUpdate whether the database changes it when another column is updated (MySQL's ON UPDATE)
 */
public record Column(
        String name,
        String sql,
        ColumnType type,
        boolean nullable,
        boolean autoIncrement,
        boolean generated,
        boolean onUpdate) {

    @Override
    public String toString() {
        return name + " " + type.declaration();
    }
}
