package io.dtx.rm;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a captured execution left for the application to see. It answers in the place of the application's own statement until
 * that is executed again or closed.
 *
 * @param source the statement that ran: its warnings are the execution's
 * @param rows what the application reads; null for a statement that changes rows
 * @param count how many rows were changed; -1 for a query
 * @param keys the generated keys; null to take them from the source
 * @param open statements of ours to be closed with this
 */
record Ran(
        Statement source,
        @Nullable ResultSet rows,
        int count,
        @Nullable ResultSet keys,
        List<Statement> open) {

    Ran {
        open = List.copyOf(open);
    }

    /** @param application the application's own statement, which stays open */
    static Ran update(Statement source, int count, Statement application) {
        return new Ran(source, null, count, null, source == application ? List.of() : List.of(source));
    }

    /** Of a statement that handed back rows of what it wrote. */
    static Ran returned(Statement source, int count, ResultSet rows) {
        return new Ran(source, rows, count, null, List.of(source));
    }

    /** After {@code getMoreResults}: there are none. */
    Ran withoutResults() {
        return new Ran(source, null, -1, keys, open);
    }

    ResultSet generatedKeys() throws SQLException {
        return keys == null ? source.getGeneratedKeys() : keys;
    }

    void closeQuietly(Exception because) {
        open.forEach(statement -> StatementRun.closeQuietly(statement, because));
    }

    void close() throws SQLException {
        for (Statement statement : open) {
            statement.close();
        }
    }
}
