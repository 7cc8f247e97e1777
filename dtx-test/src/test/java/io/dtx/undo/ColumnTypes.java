package io.dtx.undo;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What is tried of one database's column types: {@link TypesContract} runs it, and the table in {@code docs/guarantees.md} is
 * made from it.
 *
 * @param database name and version
 * @param exact those that come back exactly
 * @param refused those that are refused at their first use
 * @param altered columns that are altered while a branch on them may be rolled back
 */
record ColumnTypes(String database, List<TypeCase> exact, List<String> refused, List<AlteredCase> altered) {

    static final ColumnTypes MARIADB = TypesOnMariaDb.ALL;
    static final ColumnTypes POSTGRESQL = TypesOnPostgreSql.ALL;
    static final ColumnTypes H2 = TypesOnH2.ALL;

    /**
     * A column type.
     *
     * @param exact an expression of the column {@code v} that gives different texts for different values
     * @param key whether it can be a primary key
     * @param values SQL literals
     */
    record TypeCase(String type, String exact, boolean key, List<String> values) {

        static TypeCase of(String type, String exact, String... values) {
            return new TypeCase(type, exact, false, List.of(values));
        }

        static TypeCase key(String type, String exact, String... values) {
            return new TypeCase(type, exact, true, List.of(values));
        }
    }

    /**
     * A column whose type is changed after phase one.
     *
     * @param kept whether the branch is restored all the same; else it is stalled
     * @param exact an expression of the column {@code v} that gives different texts for different values
     * @param values SQL literals, two at least
     */
    record AlteredCase(String was, String is, boolean kept, String exact, List<String> values) {

        static AlteredCase kept(String was, String is, String exact, String... values) {
            return new AlteredCase(was, is, true, exact, List.of(values));
        }

        static AlteredCase stalls(String was, String is, String... values) {
            return new AlteredCase(was, is, false, "v", List.of(values));
        }
    }

    /** A row of the table in Markdown. */
    String row() {
        return "| " + database + " | " + names(true) + " | " + names(false) + " | "
                + refused.stream().map(ColumnTypes::code).collect(Collectors.joining(", ")) + " |";
    }

    private String names(boolean key) {
        List<String> keys =
                exact.stream().filter(TypeCase::key).map(TypeCase::type).toList();
        return exact.stream()
                .filter(type -> type.key() == key && (key || !keys.contains(type.type())))
                .map(type -> code(type.type()))
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static String code(String type) {
        return "`" + type + "`";
    }
}
