package io.dtx.undo;

import io.dtx.sql.TableName.Identifier;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table whose rows can be captured, as the database's catalogue describes it. Immutable.
 *
 * @param catalogue as the database's catalogue spells it; empty where the database has none
 * @param schema likewise
 * @param name likewise
 * @param sql the qualified name, quoted for SQL text
 * @param columns in the table's order
 * @param key the primary key's columns in key order; never empty
 * @param uniqueIndexes those beside the primary key
 * @param cascades foreign keys of other tables whose actions change rows there when rows here go or change
 * @param references its own foreign keys
 * @param referencedKeys the sets of its columns that foreign keys refer to, each in the order of the columns' names
 * @param sideEffectsAccepted whether the application has said that it knows what triggers and cascades do
 * @param insertTriggers whether it may have triggers that alter a row before it is inserted, its key among the rest; noted on MySQL
 *     and MariaDB alone
 * @param columnCase how the database folds the names of columns
 * @param shape what {@code SELECT *} gives
 * @param allRows what stands behind a query of its rows, before its locking clause, so that it gives all of them; empty where the
 *     session has no limit of its own
 * @param lockToUpdate the locking clause for rows of it that are going to be updated; {@link #LOCK} where there is no other
 * @param byKey what stands behind it and its alias where a query that locks seeks rows by their keys, so that it looks at no others;
 *     empty where the database does not need to be told
 * @param missingRights which of INSERT, UPDATE and DELETE the user has not on it, as far as the database was asked: UPDATE stands
 *     for locking a row
 * @param unrestorable why no restore could put its rows back as they were; null if one can
 */
public record Table(
        String catalogue,
        String schema,
        String name,
        String sql,
        List<Column> columns,
        List<Column> key,
        List<UniqueIndex> uniqueIndexes,
        List<Cascade> cascades,
        List<ForeignKey> references,
        Set<List<Column>> referencedKeys,
        boolean sideEffectsAccepted,
        boolean insertTriggers,
        NameCase columnCase,
        Shape shape,
        String allRows,
        String lockToUpdate,
        String byKey,
        List<String> missingRights,
        @Nullable CaptureRefusedException unrestorable) {

    /** The locking clause for rows that are going to be written in whatever way. */
    static final String LOCK = "FOR UPDATE";

    public Table {
        columns = List.copyOf(columns);
        key = List.copyOf(key);
        uniqueIndexes = List.copyOf(uniqueIndexes);
        cascades = List.copyOf(cascades);
        references = List.copyOf(references);
        referencedKeys = Set.copyOf(referencedKeys);
        missingRights = List.copyOf(missingRights);
        if (key.isEmpty()) {
            throw new IllegalArgumentException("no primary key: " + name);
        }
    }

    /**
     * A foreign key that points here and acts.
     *
     * @param name the constraint
     * @param child the table that holds it
     * @param onDelete whether it acts when a row here is deleted
     * @param onUpdate whether it acts when the referenced columns change
     * @param referenced the columns here that it refers to
     */
    record Cascade(String name, String child, boolean onDelete, boolean onUpdate, List<String> referenced) {
        Cascade {
            referenced = List.copyOf(referenced);
        }
    }

    /** How a database reads the name of a table or column. */
    enum NameCase {
        /** Unquoted names are lower case, quoted ones as written. */
        LOWER,
        /** Likewise, but of the unquoted ones only the letters A to Z. */
        LOWER_ASCII,
        /** Unquoted names are upper case, quoted ones as written. */
        UPPER,
        /** As written, quoted or not. */
        EXACT,
        /** Case never counts. */
        IGNORED;

        boolean matches(Identifier written, String spelt) {
            return switch (this) {
                case LOWER -> spelt.equals(written.quoted() ? written.text() : lower(written.text()));
                case LOWER_ASCII -> spelt.equals(written.quoted() ? written.text() : lowerAscii(written.text()));
                case UPPER -> spelt.equals(written.quoted() ? written.text() : upper(written.text()));
                case EXACT -> spelt.equals(written.text());
                case IGNORED -> spelt.equalsIgnoreCase(written.text());
            };
        }

        private static String lower(String text) {
            return text.toLowerCase(Locale.ROOT);
        }

        private static String lowerAscii(String text) {
            StringBuilder lower = new StringBuilder(text.length());
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                lower.append(c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c);
            }
            return lower.toString();
        }

        private static String upper(String text) {
            return text.toUpperCase(Locale.ROOT);
        }
    }

    /**
     * The column that a statement names.
     *
     * @throws CaptureRefusedException if the table has no such column, as far as is known here
     */
    public Column column(Identifier written) throws CaptureRefusedException {
        for (Column column : columns) {
            if (columnCase.matches(written, column.name())) {
                return column;
            }
        }
        throw new CaptureRefusedException(
                "table " + this + " has no column " + written.text(),
                "If the column was added just now, run the statement again.");
    }

    /**
     * Columns of which no two rows have the same values.
     *
     * @param prefixes per column how much of its beginning counts; 0 for all of it
     * @param nullsDistinct whether rows with a null in it never meet by it
     * @param byName what stands behind the table where a query that locks seeks rows by it, so that it looks at no others; empty
     *     where the database does not need to be told
     */
    public record UniqueKey(List<Column> columns, List<Integer> prefixes, boolean nullsDistinct, String byName) {
        public UniqueKey {
            columns = List.copyOf(columns);
            prefixes = List.copyOf(prefixes);
        }

        /**
         * Whether a query with {@link #byName} failed since there is no such name: the index was renamed or dropped a moment ago, or
         * the optimizer was told not to see it.
         */
        public static boolean isNotThereByName(SQLException error) {
            return error.getErrorCode() == MySqlRules.ER_KEY_DOES_NOT_EXIST;
        }
    }

    /** The primary key, and the unique indexes on columns. */
    public List<UniqueKey> uniqueKeys() {
        List<UniqueKey> keys = new ArrayList<>();
        keys.add(new UniqueKey(key, key.stream().map(column -> 0).toList(), true, byKey));
        for (UniqueIndex index : uniqueIndexes) {
            if (!index.parts().isEmpty()) {
                keys.add(new UniqueKey(
                        index.parts().stream().map(UniqueIndex.Part::column).toList(),
                        index.parts().stream().map(UniqueIndex.Part::prefix).toList(),
                        index.nullsDistinct(),
                        index.byName()));
            }
        }
        return keys;
    }

    /** The column of exactly this name; null if there is none. */
    @Nullable Column columnNamed(String spelt) {
        for (Column column : columns) {
            if (column.name().equals(spelt)) {
                return column;
            }
        }
        return null;
    }

    /** For people: {@code bank1.account_info}. */
    @Override
    public String toString() {
        return catalogue.isEmpty() || !schema.isEmpty() ? schema + "." + name : catalogue + "." + name;
    }
}
