package io.dtx.test.equivalence;

import io.dtx.test.equivalence.Column.Role;
import io.dtx.test.equivalence.Kind.Sort;
import java.util.List;

/** Writes random conditions and values over the columns of a table. */
final class Expressions {

    private final Chance chance;
    private final List<Table> tables;
    private final int firstNumber;
    private final SqlText sql;
    private final Values values;
    private final boolean computedImages;

    /** @param computedImages whether a number added to a column, or taken from it, is a case of its own */
    Expressions(
            Chance chance, List<Table> tables, int firstNumber, SqlText sql, Values values, boolean computedImages) {
        this.computedImages = computedImages;
        this.chance = chance;
        this.tables = tables;
        this.firstNumber = firstNumber;
        this.sql = sql;
        this.values = values;
    }

    /**
     * What a column is set to.
     *
     * @param alias of the table, with a dot, or empty
     */
    void assigned(Table table, String alias, Column column) {
        if (column.kind().use() == Kind.Use.STORED) {
            plain(column);
            return;
        }
        switch (chance.below(12)) {
            case 0, 1 -> computed(table, alias, column);
            case 2 -> another(table, alias, column);
            case 3 -> {
                sql.add("CASE WHEN ");
                condition(table, alias, 1);
                sql.add(" THEN ");
                sql.value(column.kind());
                sql.add(" ELSE " + alias + column.sql() + " END");
            }
            case 4 -> {
                sql.add("COALESCE(" + alias + column.sql() + ", ");
                sql.value(column.kind());
                sql.add(")");
            }
            case 5 -> subquery(table, column);
            default -> plain(column);
        }
    }

    /** A value, NULL or DEFAULT. */
    void plain(Column column) {
        if (column.nullable() && chance.oneIn(6)) {
            sql.value(column.kind(), null);
        } else if (column.hasDefault() && chance.oneIn(6)) {
            sql.add("DEFAULT");
        } else {
            sql.value(column.kind());
        }
    }

    /** Of the column itself: {@code x = x + 1}. */
    private void computed(Table table, String alias, Column column) {
        String self = alias + column.sql();
        if (computedImages && column.kind().sort() == Sort.NUMBER && chance.coin()) {
            sql.add(self + chance.of(" + ", " - ")).value(column.kind());
        } else if (column.kind().sort() == Sort.NUMBER) {
            sql.add(chance.of(self + " + 1", "ABS(" + self + ")", self + " * 2", "-" + self, "MOD(" + self + ", 2)"));
        } else if (column.kind().sort() == Sort.TEXT) {
            sql.add(chance.of(
                    "UPPER(" + self + ")", "CONCAT(" + self + ", 'x')", "LOWER(" + self + ")", "TRIM(" + self + ")"));
        } else {
            another(table, alias, column);
        }
    }

    private void another(Table table, String alias, Column column) {
        List<Column> same = table.columns().stream()
                .filter(other -> other.steady() && other.kind().equals(column.kind()))
                .toList();
        if (same.isEmpty()) {
            plain(column);
        } else {
            sql.add(alias + chance.of(same).sql());
        }
    }

    private void subquery(Table table, Column column) {
        for (Table other : tables) {
            for (Column candidate : other.columns()) {
                boolean fits = !other.equals(table)
                        && candidate.comparable()
                        && candidate.kind().equals(column.kind())
                        && candidate.kind().sort() != Sort.OTHER;
                if (fits) {
                    sql.add("(SELECT MAX(s." + candidate.sql() + ") FROM " + other.sql() + " s WHERE ");
                    condition(other, "s.", 1);
                    sql.add(")");
                    return;
                }
            }
        }
        plain(column);
    }

    /** {@code WHERE ..}, or nothing. */
    void where(Table table, String alias) {
        if (!chance.oneIn(8)) {
            sql.gap().add("WHERE ");
            condition(table, alias, 2);
        }
    }

    /** At most one row. */
    void whereKey(Table table, String alias) {
        String and = " WHERE ";
        for (Column column : table.key()) {
            sql.add(and + alias + column.sql() + " = ");
            if (column.role() == Role.AUTO && chance.coin()) {
                sql.add(Integer.toString(firstNumber + chance.below(3)));
            } else {
                sql.value(column.kind(), values.compared(column));
            }
            and = " AND ";
        }
    }

    void condition(Table table, String alias, int depth) {
        int kind = chance.below(depth > 0 ? 14 : 9);
        switch (kind) {
            case 9, 10 -> {
                sql.add("(");
                condition(table, alias, depth - 1);
                sql.add(chance.of(" AND ", " OR "));
                condition(table, alias, depth - 1);
                sql.add(")");
            }
            case 11 -> {
                sql.add("NOT (");
                condition(table, alias, depth - 1);
                sql.add(")");
            }
            case 12 -> in(table, alias);
            case 13 -> exists(table, alias);
            default -> simple(table, alias);
        }
    }

    private void simple(Table table, String alias) {
        Column column = chance.of(chance.coin() ? table.key() : table.comparable());
        String name = alias + column.sql();
        switch (chance.below(10)) {
            case 0 -> sql.add(name + (chance.coin() ? " IS NULL" : " IS NOT NULL"));
            case 1 -> {
                sql.add(name + (chance.coin() ? " IN (" : " NOT IN ("));
                sql.value(column.kind()).add(", ").value(column.kind()).add(")");
            }
            case 2 -> {
                // MariaDB takes BETWEEN 'A' AND '\u00e4' for an equality, whatever the column's collation (11.4).
                if (column.kind().sort() == Sort.TEXT) {
                    compared(column, name);
                    return;
                }
                sql.add(name + " BETWEEN ");
                sql.value(column.kind()).add(" AND ").value(column.kind());
            }
            case 3 -> sql.add("1 = 1");
            case 4 -> {
                if (column.kind().sort() == Sort.TEXT) {
                    sql.add(name + " LIKE 'a%'");
                } else if (column.kind().sort() == Sort.NUMBER) {
                    sql.add("MOD(" + name + ", 2) = 1");
                } else {
                    compared(column, name);
                }
            }
            default -> compared(column, name);
        }
    }

    private void compared(Column column, String name) {
        sql.add(name + chance.of(" = ", " = ", " = ", " <> ", " < ", " >= "));
        if (column.role() == Role.AUTO && chance.coin()) {
            sql.add(Integer.toString(firstNumber + chance.below(3)));
        } else {
            sql.value(column.kind(), values.compared(column));
        }
    }

    private void in(Table table, String alias) {
        Column column = chance.of(table.comparable());
        for (Table other : tables) {
            for (Column candidate : other.columns()) {
                if (!other.equals(table)
                        && candidate.comparable()
                        && candidate.kind().equals(column.kind())) {
                    sql.add(alias + column.sql() + " IN (SELECT s." + candidate.sql() + " FROM " + other.sql()
                            + " s WHERE ");
                    condition(other, "s.", 0);
                    sql.add(")");
                    return;
                }
            }
        }
        simple(table, alias);
    }

    private void exists(Table table, String alias) {
        List<Table> others =
                tables.stream().filter(other -> !other.equals(table)).toList();
        if (others.isEmpty()) {
            simple(table, alias);
            return;
        }
        Table other = chance.of(others);
        sql.add("EXISTS (SELECT 1 FROM " + other.sql() + " s WHERE ");
        condition(other, "s.", 0);
        sql.add(")");
    }
}
