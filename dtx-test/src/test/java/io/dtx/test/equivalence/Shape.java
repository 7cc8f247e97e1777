package io.dtx.test.equivalence;

/** What a generated statement looks like. */
enum Shape {
    INSERT_ROW("INSERT .. VALUES, one row", 8),
    INSERT_ROWS("INSERT .. VALUES, many rows", 5),
    INSERT_SELECT("INSERT .. SELECT", 3),
    INSERT_DEFAULT_VALUES("INSERT .. DEFAULT VALUES", 1),
    INSERT_SET("INSERT .. SET", 2),
    INSERT_RETURNING("INSERT .. RETURNING", 2),
    INSERT_IGNORE("INSERT IGNORE", 3),
    ON_DUPLICATE_KEY("INSERT .. ON DUPLICATE KEY UPDATE", 3),
    ON_CONFLICT_NOTHING("INSERT .. ON CONFLICT DO NOTHING", 3),
    ON_CONFLICT_UPDATE("INSERT .. ON CONFLICT DO UPDATE", 3),
    ON_CONFLICT_RETURNING("INSERT .. ON CONFLICT .. RETURNING", 2),
    INSERT_IGNORE_SELECT("INSERT IGNORE .. SELECT", 1),
    REPLACE("REPLACE", 3),
    MERGE("MERGE", 3),
    MERGE_KEY("MERGE .. KEY", 2),
    UPDATE("UPDATE", 12),
    UPDATE_LIMIT("UPDATE .. ORDER BY .. LIMIT", 3),
    UPDATE_JOIN("UPDATE of a join", 3),
    UPDATE_FROM("UPDATE .. FROM", 3),
    UPDATE_CTE("WITH .. UPDATE", 2),
    UPDATE_RETURNING("UPDATE .. RETURNING", 2),
    UPDATE_KEY("UPDATE of the primary key", 1),
    DELETE("DELETE", 6),
    DELETE_LIMIT("DELETE .. ORDER BY .. LIMIT", 2),
    DELETE_JOIN("DELETE from a join", 2),
    DELETE_USING("DELETE .. USING", 2),
    DELETE_CTE("WITH .. DELETE", 2),
    DELETE_RETURNING("DELETE .. RETURNING", 2),
    SELECT("SELECT", 3),
    FOR_UPDATE("SELECT .. FOR UPDATE", 3),
    FOR_UPDATE_NOWAIT("SELECT .. FOR UPDATE NOWAIT", 1),
    FOR_UPDATE_SKIP_LOCKED("SELECT .. FOR UPDATE SKIP LOCKED", 1),
    FOR_NO_KEY_UPDATE("SELECT .. FOR NO KEY UPDATE", 1),
    FOR_SHARE("SELECT .. FOR SHARE or LOCK IN SHARE MODE", 1),
    FOR_KEY_SHARE("SELECT .. FOR KEY SHARE", 1),
    MIXED_BATCH("batch of several kinds of statements", 3),
    TRUNCATE("TRUNCATE", 1),
    CREATE_INDEX("CREATE INDEX", 1),
    TWO_STATEMENTS("two statements in one text", 1),
    EXECUTABLE_COMMENT("a write with an executable comment", 1),
    WRITING_CTE("WITH .. DELETE .. RETURNING in a SELECT", 1);

    private final String text;
    private final int weight;

    Shape(String text, int weight) {
        this.text = text;
        this.weight = weight;
    }

    /** For people. */
    String text() {
        return text;
    }

    /** How often it is made, in relation to the others. */
    int weight() {
        return weight;
    }

    /** Whether a row that is there already is no error; of these dtx takes fewer forms. */
    boolean isUpsert() {
        return switch (this) {
            case ON_DUPLICATE_KEY, REPLACE, MERGE, MERGE_KEY, ON_CONFLICT_UPDATE, ON_CONFLICT_RETURNING -> true;
            default -> false;
        };
    }

    /** Whether batches of hundreds are made of it. */
    boolean inGreatBatches() {
        return switch (this) {
            case INSERT_ROW, UPDATE, DELETE, MIXED_BATCH, ON_DUPLICATE_KEY, REPLACE, ON_CONFLICT_UPDATE, MERGE_KEY ->
                true;
            default -> false;
        };
    }

    boolean isQuery() {
        return name().startsWith("SELECT")
                || name().startsWith("FOR_")
                || name().endsWith("_RETURNING")
                || this == WRITING_CTE;
    }
}
