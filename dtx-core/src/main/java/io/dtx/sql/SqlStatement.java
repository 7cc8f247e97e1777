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

    /** Reads, and provably does nothing else: passes untouched. */
    record Read() implements SqlStatement {}

    /**
     * {@code SELECT .. FOR UPDATE} and its kin on one table, without DISTINCT, grouping or aggregates: each row handed
     * out is one row of the table, and the same statement limited to given keys hands out the same rows.
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
            implements SqlStatement {}

    /**
     * {@code INSERT} of new rows that fails on a duplicate.
     *
     * @param columns as listed; empty if the statement lists none
     * @param rows the value expressions row by row, in the order of the columns (of the table, if none are listed); a
     *     row without values ({@code DEFAULT VALUES}, {@code () VALUES ()}) takes the default for every column
     * @param parameters the number of parameters in the whole statement
     */
    record Insert(TableName table, List<Identifier> columns, List<List<Value>> rows, int parameters)
            implements SqlStatement {
        public Insert {
            columns = List.copyOf(columns);
            rows = rows.stream().map(List::copyOf).toList();
        }
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
     */
    record Update(
            TableName table,
            Fragment head,
            Fragment from,
            List<Identifier> assigned,
            @Nullable Fragment where,
            @Nullable Fragment orderBy,
            @Nullable Fragment limit,
            int parameters)
            implements SqlStatement {
        public Update {
            assigned = List.copyOf(assigned);
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
            int parameters)
            implements SqlStatement {}

    /**
     * Not captured: may not run inside a global transaction.
     *
     * @param reason what it is that can not be captured
     * @param remedy what to do instead
     */
    record Refused(String reason, String remedy) implements SqlStatement {}

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

        /** Any other expression: its value is known only to the database. */
        record Expression(Fragment sql) implements Value {}
    }
}
