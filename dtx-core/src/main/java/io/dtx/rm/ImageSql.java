package io.dtx.rm;

import io.dtx.sql.Fragment;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A statement put together from pieces of the application's own, with the parameters that stand in them. Pieces are separated
 * by line breaks, so that no line comment at the end of one reaches into the next. Not thread-safe.
 */
final class ImageSql {

    private final StringBuilder sql = new StringBuilder();
    /** Per parameter its position in the application's statement; keys are bound by whoever puts their condition here. */
    private final List<Integer> before = new ArrayList<>();

    private final List<Integer> after = new ArrayList<>();
    private final boolean locking;
    private boolean keys;

    ImageSql() {
        this(false);
    }

    /** @param locking whether the queries within the application's pieces lock what they read */
    ImageSql(boolean locking) {
        this.locking = locking;
    }

    ImageSql text(String text) {
        sql.append(text);
        return this;
    }

    ImageSql piece(String keyword, @Nullable Fragment piece) {
        if (piece != null) {
            sql.append('\n').append(keyword).append(locking ? piece.lockingSql() : piece.sql());
            (keys ? after : before).addAll(piece.parameters());
        }
        return this;
    }

    /** The condition, and that the key is one of those that are bound between the parameters. */
    ImageSql restricted(@Nullable Fragment where, String keyCondition) {
        if (where == null) {
            sql.append("\nWHERE ");
        } else {
            sql.append("\nWHERE (").append(where.sql()).append("\n) AND ");
            before.addAll(where.parameters());
        }
        sql.append(keyCondition);
        keys = true;
        return this;
    }

    /** Text in which the keys are bound between the parameters. */
    ImageSql guarded(String text) {
        sql.append(text);
        keys = true;
        return this;
    }

    /** What binds the keys: gives the index after the last. */
    interface Keys {
        int bind(PreparedStatement to, int first) throws SQLException;
    }

    void bind(PreparedStatement to, Parameters parameters, Keys keyValues) throws SQLException {
        int index = parameters.bind(to, 1, before);
        index = keyValues.bind(to, index);
        parameters.bind(to, index, after);
    }

    void bind(PreparedStatement to, Parameters parameters) throws SQLException {
        bind(to, parameters, (statement, first) -> first);
    }

    @Override
    public String toString() {
        return sql.toString();
    }
}
