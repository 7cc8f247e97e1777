package io.dtx.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * A piece of a statement's text, exactly as written, with the parameters that stand in it.
 *
 * @param sql the text; every parameter is a {@code ?}
 * @param parameters 1-based positions of its parameters in the whole statement, in the order in which they stand in the
 *     piece
 */
public record Fragment(String sql, List<Integer> parameters) {

    public Fragment {
        parameters = List.copyOf(parameters);
    }

    /** Two pieces with some text between. */
    static Fragment joined(Fragment one, String between, Fragment other) {
        List<Integer> parameters = new ArrayList<>(one.parameters());
        parameters.addAll(other.parameters());
        return new Fragment(one.sql() + between + other.sql(), parameters);
    }
}
