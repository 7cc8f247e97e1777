package io.dtx.sql;

import io.dtx.sql.TableName.Identifier;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one statement does, as far as capturing it needs to know. Everything that is not provably one of the others is
 * {@link Refused}.
 */
public sealed interface SqlStatement {

    /** Reads, and provably does nothing else: passes untouched. */
    record Read() implements SqlStatement {}

    /**
     * {@code SELECT .. FOR UPDATE} and its kin on one table.
     *
     * @param from the table with its alias, as written
     * @param where the condition without the keyword; null for none
     * @param tail ORDER BY and LIMIT, with their keywords; null for none
     * @param locking the locking clause, as written
     */
    record LockingRead(
            TableName table,
            Fragment from,
            @Nullable Fragment where,
            @Nullable Fragment tail,
            String locking) implements SqlStatement {}

    /**
     * {@code INSERT} of new rows that fails on a duplicate.
     *
     * @param columns as listed; empty if the statement lists none
     * @param rows the value expressions row by row, in the order of the columns; empty for {@code INSERT .. SELECT}
     */
    record Insert(TableName table, List<Identifier> columns, List<List<Value>> rows) implements SqlStatement {
        public Insert {
            columns = List.copyOf(columns);
            rows = List.copyOf(rows);
        }
    }

    /**
     * {@code UPDATE} of one table.
     *
     * @param head the text before the condition: {@code UPDATE t SET a = ?}
     * @param from the table with its alias, as written
     * @param assigned the assigned columns
     * @param where the condition without the keyword; null for none
     * @param tail ORDER BY and LIMIT, with their keywords; null for none
     */
    record Update(
            TableName table,
            Fragment head,
            Fragment from,
            List<Identifier> assigned,
            @Nullable Fragment where,
            @Nullable Fragment tail)
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
            @Nullable Fragment tail) implements SqlStatement {}

    /**
     * Not captured: may not run inside a global transaction.
     *
     * @param reason what it is that can not be captured
     * @param remedy what to do instead
     */
    record Refused(String reason, String remedy) implements SqlStatement {}

    /** One value of an INSERT's row. */
    sealed interface Value {
        /** The statement's parameter at this 1-based position. */
        record Parameter(int position) implements Value {}

        /** A literal, as written. */
        record Literal(String sql) implements Value {}

        /** DEFAULT or NULL: for an auto-increment key column, a generated value. */
        record Generated() implements Value {}

        /** Any other expression: its value is known only to the database. */
        record Expression(Fragment sql) implements Value {}
    }
}
