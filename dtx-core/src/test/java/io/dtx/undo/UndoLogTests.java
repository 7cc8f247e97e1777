package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.BatchUpdateException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which errors say that a constraint keeps a row out, so that no retry would put it back. */
class UndoLogTests {

    @ParameterizedTest
    @CsvSource({"23000, 1062", "23000, 4025", "23505, 0", "23514, 0", "HY000, 3819"})
    void keysAndChecksOfEachDatabaseAreConstraints(String state, int code) {
        SQLException violated = new SQLException("violated", state, code);
        BatchUpdateException batch = new BatchUpdateException("batch", "HY000", 0, new int[0]);
        batch.setNextException(violated);

        assertThat(UndoLog.violatesConstraint(violated)).isTrue();
        assertThat(UndoLog.violatesConstraint(batch)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"40001, 1213", "HY000, 1205", "HY000, 3818", "42000, 3819"})
    void otherErrorsAreNone(String state, int code) {
        assertThat(UndoLog.violatesConstraint(new SQLException("other", state, code)))
                .isFalse();
    }

    @Test
    void anErrorWithoutAStateIsNone() {
        assertThat(UndoLog.violatesConstraint(new SQLException("no state"))).isFalse();
    }
}
