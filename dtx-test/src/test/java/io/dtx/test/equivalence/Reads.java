package io.dtx.test.equivalence;

/** Writes SELECTs, with locks and without. */
final class Reads {

    private final Draft draft;
    private final Chance chance;
    private final SqlText sql;
    private final Expressions expressions;

    Reads(Draft draft) {
        this.draft = draft;
        this.chance = draft.chance;
        this.sql = draft.sql;
        this.expressions = draft.expressions;
    }

    void write(Shape shape, Table table) {
        switch (shape) {
            case SELECT -> select(table, "");
            case FOR_UPDATE -> select(table, "FOR UPDATE");
            case FOR_UPDATE_NOWAIT -> select(table, "FOR UPDATE NOWAIT");
            case FOR_UPDATE_SKIP_LOCKED -> select(table, "FOR UPDATE SKIP LOCKED");
            case FOR_NO_KEY_UPDATE -> select(table, "FOR NO KEY UPDATE");
            case FOR_SHARE -> select(table, draft.onMySql() ? "LOCK IN SHARE MODE" : "FOR SHARE");
            case FOR_KEY_SHARE -> select(table, "FOR KEY SHARE");
            default -> throw new IllegalArgumentException(shape.text());
        }
    }

    private void select(Table table, String locking) {
        sql.add("SELECT " + (chance.coin() ? "*" : Table.names(chance.someOf(table.columns()))) + " FROM ");
        String alias = draft.aliased(table);
        expressions.where(table, alias);
        if (chance.oneIn(3)) {
            draft.limit(table, alias);
        }
        sql.gap().add(locking);
    }
}
