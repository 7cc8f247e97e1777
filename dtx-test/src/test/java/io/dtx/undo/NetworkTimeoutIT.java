package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dtx.model.BranchId;
import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
import io.dtx.test.TcpProxy;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A database that is gone without a word does not keep a restore's thread. */
class NetworkTimeoutIT {

    @Nested
    class OnMariaDb extends Contract {
        @Override
        DatabaseServer server() {
            return Databases.mariaDb();
        }
    }

    @Nested
    class OnPostgreSql extends Contract {
        @Override
        DatabaseServer server() {
            return Databases.postgreSql();
        }

        /** A session that waits does not see that nobody is there any more. */
        @Test
        void aRestoreDoesNotWaitForARowForGood() throws SQLException {
            try (Connection connection = server().createFresh().connect()) {
                connection.setAutoCommit(false);
                DatabaseRules.of(connection).beginRestore(connection);
                assertThat(DatabaseRules.query(connection, "SHOW lock_timeout")).containsExactly(List.of("1min"));
                connection.rollback();
                assertThat(DatabaseRules.query(connection, "SHOW lock_timeout")).containsExactly(List.of("0"));
                connection.rollback();
                DatabaseRules.query(connection, "SELECT set_config('lock_timeout', '7s', false)");
                connection.commit();
                DatabaseRules.of(connection).beginRestore(connection);
                assertThat(DatabaseRules.query(connection, "SHOW lock_timeout"))
                        .as("the application's own")
                        .containsExactly(List.of("7s"));
            }
        }
    }

    @Timeout(60)
    abstract static class Contract {

        abstract DatabaseServer server();

        @Test
        void aReadThatIsNeverAnsweredEnds() throws SQLException {
            io.dtx.test.Database database = server().createFresh();
            URI address = URI.create(database.url().substring("jdbc:".length()));
            try (TcpProxy proxy = TcpProxy.to(address.getPort());
                    Connection connection = new io.dtx.test.Database(
                                    database.dialect(),
                                    database.name(),
                                    database.url().replace(":" + address.getPort(), ":" + proxy.port()),
                                    database.user(),
                                    database.password())
                            .connect()) {
                NetworkTimeout.on(connection, Duration.ofMillis(300));
                proxy.holdAnswers();
                try (Statement statement = connection.createStatement()) {
                    assertThatExceptionOfType(SQLException.class)
                            .isThrownBy(() -> statement.executeQuery("SELECT 1"))
                            .matches(DriverSession::mayBeLost);
                }
                assertThat(connection.isClosed()).isTrue();
            }
        }

        @Test
        void aRestoreHasALimitUnlessTheApplicationHasGivenOne() throws SQLException {
            UndoSetup setup = new UndoSetup(server().createFresh());
            try (Connection connection = setup.server.connect()) {
                try (Restore.Run run = setup.restore.begin(connection)) {
                    run.restore(UndoSetup.newBranch());
                    assertThat(connection.getNetworkTimeout()).isPositive();
                }
                assertThat(connection.getNetworkTimeout()).isZero();
                connection.setNetworkTimeout(Runnable::run, 7_000);
                BranchId branch = UndoSetup.newBranch();
                try (Restore.Run run = setup.restore.begin(connection)) {
                    run.restore(branch);
                    assertThat(connection.getNetworkTimeout()).isEqualTo(7_000);
                }
                assertThat(connection.getNetworkTimeout()).isEqualTo(7_000);
            }
        }
    }
}
