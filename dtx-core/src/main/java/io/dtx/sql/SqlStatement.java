package io.dtx.sql;

import io.dtx.sql.TableName.Identifier;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one statement does, as far as capturing it needs to know. Everything that is not provably one of the others is
 * {@link Refused}.
 *
 * <p>Fragments are cut from the text as it was written, comments inside them included. A head ends before the condition
 * and holds whatever comments lead the statement; the other pieces begin and end with a token, so a line comment can not
 * swallow what is put behind them. Between two pieces the text holds only the clause's keyword, blanks and comments.
 */
public sealed interface SqlStatement {

    /** The number of parameters in the whole statement, where it is to be captured. */
    default int parameters() {
        return 0;
    }

    /** Whether the statement hands back rows. */
    default boolean returnsRows() {
        return false;
    }

    /**
     * Whether a locking read waits for rows that others have locked; false with NOWAIT.
     *
     * @param locking its text, to its last token
     */
    static boolean waits(String locking) {
        return !Ascii.upper(locking).endsWith("NOWAIT");
    }

    /** Reads, and provably does nothing else: passes untouched. */
    record Read() implements SqlStatement {}

    /**
     * {@code SELECT .. FOR UPDATE} and its kin on one table, without DISTINCT, grouping or aggregates, and in no order but by its
     * columns: each row handed out is one row of the table, and the same statement limited to given keys, without its LIMIT,
     * hands out the same rows.
     *
     * @param head the text before the condition: {@code SELECT a, b FROM t x}
     * @param from the table with its alias, as written
     * @param where the condition without the keyword; null for none
     * @param orderBy ORDER BY with its keywords; null for none
     * @param limit LIMIT, OFFSET or FETCH with their keywords; null for none. To be left out once the rows are chosen
     *     by key, or an offset would count twice
     * @param locking the locking clause, as written, with NOWAIT or SKIP LOCKED
     * @param parameters the number of parameters in the whole statement
     */
    record LockingRead(
            TableName table,
            Fragment head,
            Fragment from,
            @Nullable Fragment where,
            @Nullable Fragment orderBy,
            @Nullable Fragment limit,
            String locking,
            int parameters)
            implements SqlStatement {
        @Override
        public boolean returnsRows() {
            return true;
        }
    }

    /**
     * {@code SELECT .. FOR UPDATE} and its kin that read several tables and lock rows of all or some of them, or read one in an
     * order that its list may give a meaning to; without DISTINCT, grouping or aggregates. Each row handed out is made of one
     * row of each table, which may be missing on the optional side of an outer join. The same statement limited to the keys of
     * one table would hand out others: a row of it may be handed out several times, and a LIMIT counts that.
     *
     * @param tables those whose rows are locked; each one's alias is what qualifies its columns, if it has none of its own
     *     its name
     * @param joined whether it reads several tables
     * @param list the text from the beginning to the end of the select list
     * @param rest from FROM to the end
     * @param where the condition without the keyword; null for none. The rest holds it, too
     * @param orderBy likewise, ORDER BY with its keywords
     * @param parameters the number of parameters in the whole statement
     */
    record LockingJoin(
            List<TableName> tables,
            boolean joined,
            Fragment list,
            Fragment rest,
            @Nullable Fragment where,
            @Nullable Fragment orderBy,
            int parameters)
            implements SqlStatement {
        public LockingJoin {
            tables = List.copyOf(tables);
        }

        @Override
        public boolean returnsRows() {
            return true;
        }
    }

    /**
     * What stands around a statement on the rows of one table.
     *
     * @param with the common table expressions, from WITH to before the statement's first word; null for none. Heads hold
     *     them too
     * @param joined whether other tables are joined, so that a row may be chosen more than once, or without being there (on
     *     the optional side of an outer join). The table's alias is then what qualifies its columns, if it has none of its
     *     own its name
     * @param ofAnyMatch whether what is written or handed back may depend on which of several joined rows the database takes
     * @param returning what stands behind RETURNING; null for no such clause
     */
    record Around(
            @Nullable Fragment with,
            boolean joined,
            boolean ofAnyMatch,
            @Nullable Fragment returning) {
        public static final Around NOTHING = new Around(null, false, false, null);
    }

    /**
     * {@code INSERT}, and {@code REPLACE}.
     *
     * @param columns as listed; empty if the statement lists none
     * @param rows the value expressions row by row, in the order of the columns (of the table, if none are listed); a
     *     row without values ({@code DEFAULT VALUES}, {@code () VALUES ()}) takes the default for every column. Empty for the
     *     rows of a query
     * @param parameters the number of parameters in the whole statement
     * @param body the statement without RETURNING
     * @param onDuplicate what becomes of a row that meets one that is there
     * @param plain the body as it would be if a duplicate were an error
     * @param assigned for {@link OnDuplicate#UPDATE}, the assigned columns
     * @param assignments for {@code ON DUPLICATE KEY UPDATE}, what stands behind these words; null for others
     * @param returning what stands behind RETURNING; null for no such clause
     */
    record Insert(
            TableName table,
            List<Identifier> columns,
            List<List<Value>> rows,
            int parameters,
            Fragment body,
            OnDuplicate onDuplicate,
            Fragment plain,
            List<Identifier> assigned,
            @Nullable Fragment assignments,
            @Nullable Fragment returning)
            implements SqlStatement {
        public Insert {
            columns = List.copyOf(columns);
            rows = rows.stream().map(List::copyOf).toList();
            assigned = List.copyOf(assigned);
        }

        /** One that fails on a duplicate, and returns nothing. */
        public Insert(
                TableName table, List<Identifier> columns, List<List<Value>> rows, int parameters, Fragment body) {
            this(table, columns, rows, parameters, body, OnDuplicate.FAIL, body, List.of(), null, null);
        }

        @Override
        public boolean returnsRows() {
            return returning != null;
        }

        /** Whether it may say that the database's own values win over those that are given. */
        public boolean overriding() {
            return Ascii.upper(body.sql()).contains("OVERRIDING");
        }

        /** Whether the rows are a query's. */
        public boolean ofQuery() {
            return rows.isEmpty();
        }
    }

    /** What an INSERT does with a row of which another with an equal unique key is there. */
    enum OnDuplicate {
        FAIL,
        /** Leaves it out: INSERT IGNORE, ON CONFLICT DO NOTHING. */
        SKIP,
        /** Updates the other: ON DUPLICATE KEY UPDATE, ON CONFLICT DO UPDATE. */
        UPDATE,
        /** Deletes all others, and inserts it: REPLACE. */
        REPLACE
    }

    /**
     * {@code UPDATE} of one table. Its condition holds no volatile function, so it chooses the same rows when it is asked
     * again under the locks that the first asking took; only MySQL's clock ({@code NOW()}) may have moved on, so that
     * fewer rows match the second time. Joined with another condition it must stand in brackets.
     *
     * @param head the text before the condition: {@code UPDATE t SET a = ?}
     * @param from the table with its alias, as written
     * @param assigned the assigned columns, without qualifiers, in the order in which they stand
     * @param where the condition without the keyword; null for none
     * @param orderBy ORDER BY with its keywords; null for none
     * @param limit LIMIT with its keyword; null for none. To be left out once the rows are chosen by key
     * @param parameters the number of parameters in the whole statement
     * @param pins columns that a row must have at given values, or the condition does not hold
     * @param steps the assignments in their order, if each of them is one, and there is nothing around the statement and no
     *     subquery in it; else empty
     */
    record Update(
            TableName table,
            Fragment head,
            Fragment from,
            List<Identifier> assigned,
            @Nullable Fragment where,
            @Nullable Fragment orderBy,
            @Nullable Fragment limit,
            int parameters,
            Around around,
            List<Pin> pins,
            List<Step> steps)
            implements SqlStatement {
        public Update {
            assigned = List.copyOf(assigned);
            pins = List.copyOf(pins);
            steps = List.copyOf(steps);
        }

        public Update(
                TableName table,
                Fragment head,
                Fragment from,
                List<Identifier> assigned,
                @Nullable Fragment where,
                @Nullable Fragment orderBy,
                @Nullable Fragment limit,
                int parameters) {
            this(table, head, from, assigned, where, orderBy, limit, parameters, Around.NOTHING, List.of(), List.of());
        }

        @Override
        public boolean returnsRows() {
            return around.returning() != null;
        }
    }

    /** {@code DELETE} from one table; the components are those of {@link Update}. */
    record Delete(
            TableName table,
            Fragment head,
            Fragment from,
            @Nullable Fragment where,
            @Nullable Fragment orderBy,
            @Nullable Fragment limit,
            int parameters,
            Around around,
            List<Pin> pins)
            implements SqlStatement {
        public Delete {
            pins = List.copyOf(pins);
        }

        public Delete(
                TableName table,
                Fragment head,
                Fragment from,
                @Nullable Fragment where,
                @Nullable Fragment orderBy,
                @Nullable Fragment limit,
                int parameters) {
            this(table, head, from, where, orderBy, limit, parameters, Around.NOTHING, List.of());
        }

        @Override
        public boolean returnsRows() {
            return around.returning() != null;
        }
    }

    /**
     * {@code MERGE}.
     *
     * @param table the table that is written; its alias is what qualifies its columns
     * @param body the statement without RETURNING
     * @param head for {@code USING}, what stands before the first WHEN; null for H2's form with KEY
     * @param matches for {@code USING}, the table joined with the source on the condition; null for H2's form with KEY
     * @param branches for {@code USING}, the WHEN clauses
     * @param assigned the columns that an update assigns
     * @param columns for H2's form with KEY, the listed columns; may be empty
     * @param keys for that form, the columns by which rows are found; empty for the primary key
     * @param rows for that form, the values
     * @param parameters the number of parameters in the whole statement
     */
    record Merge(
            TableName table,
            Fragment body,
            @Nullable Fragment head,
            @Nullable Fragment matches,
            List<Branch> branches,
            List<Identifier> assigned,
            List<Identifier> columns,
            List<Identifier> keys,
            List<List<Value>> rows,
            int parameters,
            @Nullable Fragment returning)
            implements SqlStatement {
        public Merge {
            branches = List.copyOf(branches);
            assigned = List.copyOf(assigned);
            columns = List.copyOf(columns);
            keys = List.copyOf(keys);
            rows = rows.stream().map(List::copyOf).toList();
        }

        @Override
        public boolean returnsRows() {
            return returning != null;
        }
    }

    /**
     * One WHEN clause of a MERGE.
     *
     * @param what what stands between WHEN and AND or THEN: {@code MATCHED}, {@code NOT MATCHED}, ..
     * @param writes whether rows that are there are updated or deleted
     * @param condition behind AND; null for none
     * @param action from THEN on
     */
    record Branch(String what, boolean writes, @Nullable Fragment condition, Fragment action) {}

    /**
     * Runs as it is, at the application's own word: neither captured nor locked, and not undone.
     *
     * @param reason the application's
     * @param shown the text for people, without literals
     */
    record Unprotected(String reason, String shown) implements SqlStatement {}

    /**
     * Not captured: may not run inside a global transaction.
     *
     * @param reason what it is that can not be captured
     * @param remedy what to do instead
     */
    record Refused(String reason, String remedy) implements SqlStatement {}

    /** A column that is held to one value: a parameter or a literal. */
    record Pin(Identifier column, Value value) {}

    /**
     * An assignment of one number, or of the column itself and one number: {@code c = ?}, {@code c = -7}, {@code c = c + ?},
     * {@code c = c - 1.50}.
     *
     * @param column the assigned one, which is the one that is read
     * @param operand a parameter, or a literal of nothing but digits, a point between them, and for {@link Operator#SET} a
     *     minus before
     */
    record Step(Identifier column, Operator operator, Value operand) {}

    /** What becomes of the column. */
    enum Operator {
        /** It is the operand. */
        SET,
        PLUS,
        MINUS
    }

    /** One value of an INSERT's row. */
    sealed interface Value {
        /** The statement's parameter at this 1-based position, alone. */
        record Parameter(int position) implements Value {}

        /** A string, a number with or without a sign, TRUE or FALSE, as written. */
        record Literal(String sql) implements Value {}

        /** The keyword DEFAULT. */
        record Default() implements Value {}

        /** The keyword NULL: in MySQL, for an auto-increment column, a generated value. */
        record Null() implements Value {}

        /**
         * Any other expression: its value is known only to the database.
         *
         * @param stable whether it gives the same when it is asked again
         */
        record Expression(Fragment sql, boolean stable) implements Value {
            public Expression(Fragment sql) {
                this(sql, true);
            }
        }
    }
}
