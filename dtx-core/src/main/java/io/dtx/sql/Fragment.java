package io.dtx.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * A piece of a statement's text, exactly as written, with the parameters that stand in it.
 *
 * @param sql the text; every parameter is a {@code ?}
 * @param parameters 1-based positions of its parameters in the whole statement, in the order in which they stand in the
 *     piece
 * @param lockingSql on MySQL and MariaDB the text in which the queries within brackets lock what they read; elsewhere, and
 *     without any, the text itself
 */
public record Fragment(String sql, List<Integer> parameters, String lockingSql) {

    public Fragment {
        parameters = List.copyOf(parameters);
    }

    /** One whose queries, if it holds any, never lock. */
    public Fragment(String sql, List<Integer> parameters) {
        this(sql, parameters, sql);
    }

    /** Whether there is a query within that could lock what it reads. */
    public boolean queries() {
        return !lockingSql.equals(sql);
    }

    /** Two pieces with some text between. */
    static Fragment joined(Fragment one, String between, Fragment other) {
        List<Integer> parameters = new ArrayList<>(one.parameters());
        parameters.addAll(other.parameters());
        return new Fragment(
                one.sql() + between + other.sql(), parameters, one.lockingSql() + between + other.lockingSql());
    }
}
