package io.dtx.undo;

import java.util.List;

/**
 * One row as a {@link RowSelection} read it. Immutable.
 *
 * @param values one per column of the selection, in its order
 * @param extras what the selection reads beside them to make lock keys; empty in a decoded record
 */
public record Row(List<Value> values, List<Value> extras) {

    public Row {
        values = List.copyOf(values);
        extras = List.copyOf(extras);
    }

    Row(List<Value> values) {
        this(values, List.of());
    }
}
