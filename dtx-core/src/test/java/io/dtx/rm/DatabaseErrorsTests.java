package io.dtx.rm;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.rm.DatabaseErrors.Effect;
import io.dtx.sql.Dialect;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DatabaseErrorsTests {

    private final DatabaseErrors mysql = new DatabaseErrors(Dialect.MYSQL, false);
    private final DatabaseErrors postgresql = new DatabaseErrors(Dialect.POSTGRESQL, false);

    @Test
    @DisplayName("T11: a deadlock, a serialization failure and a lost connection end the local transaction everywhere")
    void t11_whatEndsALocalTransaction() {
        for (Dialect dialect : Dialect.values()) {
            DatabaseErrors errors = new DatabaseErrors(dialect, false);
            assertThat(errors.effectOf(new SQLException("deadlock", "40001", 1213)))
                    .isEqualTo(Effect.ENDED);
            assertThat(errors.effectOf(new SQLException("gone", "08S01"))).isEqualTo(Effect.ENDED);
        }
        assertThat(postgresql.effectOf(new SQLException("deadlock", "40P01"))).isEqualTo(Effect.ENDED);
    }

    @Test
    @DisplayName("T11: so does what a driver says of a connection that it has made anew")
    void t11_whatADriverSaysOfItsConnection() {
        assertThat(mysql.effectOf(new SQLException("in progress transaction was lost", "25S03")))
                .isEqualTo(Effect.ENDED);
        for (SQLException error :
                List.of(new SQLNonTransientConnectionException("gone"), new SQLRecoverableException("close it"))) {
            assertThat(mysql.effectOf(error)).isEqualTo(Effect.ENDED);
            assertThat(postgresql.effectOf(error)).isEqualTo(Effect.ENDED);
            assertThat(mysql.effectOf(new SQLException("while reading", "HY000", error)))
                    .isEqualTo(Effect.ENDED);
        }
        // MariaDB's driver takes this class for every SQLState that it has no other for: here a value that was
        // too long.
        assertThat(mysql.effectOf(new SQLTransientConnectionException("data truncated", "01000", 1265)))
                .isEqualTo(Effect.GOES_ON);
    }

    @Test
    @DisplayName("T11: nobody knows whether a statement ran that the driver gave up by itself")
    void t11_whatADriverGivesUp() {
        assertThat(mysql.effectOf(new SQLTimeoutException("cancelled"))).isEqualTo(Effect.ENDED);
        // the server's word, as MariaDB's driver hands it on: the statement did nothing
        assertThat(mysql.effectOf(new SQLTimeoutException("max_statement_time exceeded", "70100", 1969)))
                .isEqualTo(Effect.GOES_ON);
    }

    @Test
    void anyOtherErrorAbortsOnPostgreSqlOnly() {
        SQLException duplicate = new SQLException("duplicate", "23505");
        assertThat(postgresql.effectOf(duplicate)).isEqualTo(Effect.ABORTED);
        assertThat(mysql.effectOf(duplicate)).isEqualTo(Effect.GOES_ON);
    }

    @Test
    void aLockWaitTimeoutEndsItOnlyWhereTheServerIsSetSo() {
        SQLException timeout = new SQLException("lock wait timeout", "HY000", 1205);
        assertThat(mysql.effectOf(timeout)).isEqualTo(Effect.GOES_ON);
        assertThat(new DatabaseErrors(Dialect.MYSQL, true).effectOf(timeout)).isEqualTo(Effect.ENDED);
    }

    @Test
    void theWorstOfAChainCounts() {
        SQLException batch = new SQLException("batch", "HY000");
        batch.setNextException(new SQLException("deadlock", "40001", 1213));
        assertThat(mysql.effectOf(batch)).isEqualTo(Effect.ENDED);
    }

    @Test
    @DisplayName("T11: only an error that says so proves that a COMMIT did not happen")
    void t11_whatProvesThatACommitDidNotHappen() {
        assertThat(mysql.commitWasRefused(new SQLException("deferred", "23000")))
                .isTrue();
        assertThat(mysql.commitWasRefused(new SQLException("unknown", "40003"))).isFalse();
        assertThat(mysql.commitWasRefused(new SQLException("cut", "08S01"))).isFalse();
        assertThat(mysql.commitWasRefused(new SQLException("something", "HY000")))
                .isFalse();
        assertThat(mysql.commitWasRefused(new SQLException("no state"))).isFalse();
    }
}
