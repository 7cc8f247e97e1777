package io.dtx.test.equivalence;

/**
 * A column of a generated table.
 *
 * @param sql its name as statements write it
 * @param label its name as the catalogue spells it
 * @param declaration what follows the name in CREATE TABLE
 */
record Column(
        String sql, String label, Kind kind, String declaration, boolean nullable, boolean hasDefault, Role role) {

    enum Role {
        PLAIN,
        /** Numbered by the database. */
        AUTO,
        /** Computed from another column. */
        GENERATED,
        /** The time of the insert, or of the last update: never the same in two runs. */
        CLOCK
    }

    /** Whether a statement may give it a value of its kind. */
    boolean assignable() {
        return role == Role.PLAIN || role == Role.CLOCK;
    }

    /** Whether conditions and expressions may use it: its value does not depend on when they run. */
    boolean steady() {
        return role != Role.CLOCK;
    }

    boolean comparable() {
        return steady() && kind.use() != Kind.Use.STORED;
    }
}
