package io.dtx.test.equivalence;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an application does on its connection, one call after the other. */
sealed interface Step {

    /**
     * Executes a statement, or a batch.
     *
     * @param commands one; in a batch, one or more, of the same text if it is prepared
     * @param ordered whether the rows of its result come in a certain order
     * @param mayCollide whether it gives unique values to more than one row, so that the order in which the database visits
     *     them decides whether it fails
     * @param again on the Statement of the execution before, if that is of the same kind, and, if prepared, of the same text
     */
    record Execute(
            Shape shape,
            Call call,
            Keys keys,
            List<Command> commands,
            List<String> keyNames,
            boolean ordered,
            boolean mayCollide,
            boolean again)
            implements Step {

        Execute with(List<Command> others) {
            return new Execute(shape, call, keys, others, keyNames, ordered, mayCollide, again);
        }
    }

    record SetSavepoint(String name) implements Step {}

    record RollbackToSavepoint(String name) implements Step {}

    record ReleaseSavepoint(String name) implements Step {}

    /** A text and its parameters. */
    record Command(String sql, List<Bound> parameters) {}

    /** @param sample null for NULL */
    record Bound(Kind kind, Kind.@Nullable Sample sample) {}

    /** Through which methods of JDBC. */
    enum Call {
        STATEMENT(false, false),
        STATEMENT_ANY(false, false),
        STATEMENT_LARGE(false, false),
        STATEMENT_BATCH(false, true),
        STATEMENT_LARGE_BATCH(false, true),
        PREPARED(true, false),
        PREPARED_ANY(true, false),
        PREPARED_LARGE(true, false),
        PREPARED_BATCH(true, true),
        PREPARED_LARGE_BATCH(true, true);

        private final boolean prepared;
        private final boolean batch;

        Call(boolean prepared, boolean batch) {
            this.prepared = prepared;
            this.batch = batch;
        }

        boolean prepared() {
            return prepared;
        }

        boolean batch() {
            return batch;
        }
    }

    /** How generated keys are asked for. */
    enum Keys {
        NONE,
        FLAG,
        NAMES,
        INDEXES
    }
}
