package io.dtx.test.equivalence;

import io.dtx.sql.Dialect;
import io.dtx.test.equivalence.Column.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What differs between the databases: their types, the words of CREATE TABLE, and the shapes that they understand.
 *
 * @param database its name and version, for people
 * @param prepare statements that make a new schema ready for tables
 * @param keys the ways to ask for generated keys that its driver knows
 * @param captured the shapes that dtx documents as captured: most statements of them must not be refused
 * @param refused the shapes that it must always refuse
 */
record Grammar(
        Dialect dialect,
        String database,
        List<String> prepare,
        Types types,
        Words words,
        Sessions sessions,
        List<Step.Keys> keys,
        Set<Shape> captured,
        Set<Shape> refused) {

    /** Above every sample, so that given and generated numbers do not meet. */
    static final int FIRST_NUMBER = 10_000;

    /**
     * @param number the kind of auto-increment columns and of LIMIT
     * @param clock the kind of columns that hold a time of the database
     */
    record Types(List<Kind> all, Kind number, Kind clock) {}

    /**
     * Declarations.
     *
     * @param auto of a column that the database numbers where no number is given, from {@link #FIRST_NUMBER} or later
     * @param always of one that it always numbers
     * @param touched of one that holds the time of the last update; null if there is no such thing
     * @param generated the ways to declare one that is computed from another; {@code {e}} is the expression
     */
    record Words(String auto, String always, @Nullable String touched, List<String> generated) {}

    /**
     * @param usual what every session starts from
     * @param unusual what some sequences change in it
     * @param drivers what some connections have in their URL
     */
    record Sessions(List<String> usual, List<List<String>> unusual, List<String> drivers) {}

    boolean knows(Shape shape) {
        return captured.contains(shape) || refused.contains(shape);
    }

    String quote(String name) {
        String quote = dialect == Dialect.MYSQL ? "`" : "\"";
        return quote + name.replace(quote, quote + quote) + quote;
    }

    /** How the catalogue spells a name that is not quoted. */
    String unquoted(String name) {
        return switch (dialect) {
            case MYSQL -> name;
            case POSTGRESQL -> name.toLowerCase(Locale.ROOT);
            case H2 -> name.toUpperCase(Locale.ROOT);
        };
    }

    /** All but PostgreSQL look at a foreign key with each row, in the order in which they visit rows. */
    boolean deletesOneByOne(Table table) {
        return dialect != Dialect.POSTGRESQL && !table.ownReferences().isEmpty();
    }

    /**
     * Statements that empty a table.
     *
     * @param number with which its numbering goes on, greater than any before
     */
    List<String> empty(Table table, int number) {
        List<String> statements = new ArrayList<>();
        table.ownReferences()
                .forEach(column -> statements.add("UPDATE " + table.sql() + " SET " + column.sql() + " = NULL"));
        statements.add("DELETE FROM " + table.sql());
        for (Column column : table.columns()) {
            if (column.role() == Role.AUTO && dialect == Dialect.MYSQL) {
                statements.addAll(moveCounter(table, number));
            } else if (column.role() == Role.AUTO) {
                statements.add(
                        "ALTER TABLE " + table.sql() + " ALTER COLUMN " + column.sql() + " RESTART WITH " + number);
            }
        }
        return statements;
    }

    /** A row with the number before moves InnoDB's counter in a hundredth of the time of an ALTER TABLE. */
    private static List<String> moveCounter(Table table, int number) {
        List<Column> needed = table.columns().stream()
                .filter(column -> column.role() == Role.AUTO || !(column.nullable() || column.hasDefault()))
                .toList();
        String values = needed.stream()
                .map(column -> column.role() == Role.AUTO
                        ? Integer.toString(number - 1)
                        : column.kind().samples().get(0).literal())
                .collect(Collectors.joining(", "));
        return List.of(
                "INSERT INTO " + table.sql() + " (" + Table.names(needed) + ") VALUES (" + values + ")",
                "DELETE FROM " + table.sql());
    }
}
