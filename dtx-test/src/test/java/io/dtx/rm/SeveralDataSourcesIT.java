package io.dtx.rm;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.Participation;
import io.dtx.sql.Dialect;
import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Several data sources of one process that lead to one resource, by what their databases hold: pools of one database, readers
 * that may not write, replicas.
 */
class SeveralDataSourcesIT {

    @Nested
    class OnH2 extends Copies {

        @Override
        DatabaseServer server() {
            return Databases.h2();
        }

        @Override
        List<String> reader(String name) {
            return List.of("CREATE USER " + name + " PASSWORD 'secret'", "GRANT SELECT ON SCHEMA PUBLIC TO " + name);
        }
    }

    @Nested
    class OnPostgreSql extends Copies {

        @Override
        DatabaseServer server() {
            return Databases.postgreSql();
        }

        @Override
        List<String> reader(String name) {
            return List.of(
                    "CREATE ROLE " + name + " LOGIN PASSWORD 'secret'",
                    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO " + name);
        }

        @Test
        void aProxyThatReadsFromAStandbyIsNoStandby() throws SQLException {
            database.run("CREATE ROLE standby_" + database.name() + " LOGIN PASSWORD 'secret' SUPERUSER");
            database.run("ALTER ROLE standby_" + database.name() + " SET default_transaction_read_only = on");
            Participation participation = leftByAnother();
            try (Connection standby = as("standby_" + database.name()).getConnection()) {
                opened(application.manage(readingFrom(standby)));
                rollBackAndAwait(participation);
            }
            assertThat(balance(1)).isEqualTo("100.00");
        }

        /** Outside of local transactions, as proxies do that split reads from writes. */
        private DataSource readingFrom(Connection standby) {
            return proxy(DataSource.class, database.dataSource(), (method, arguments, result) -> {
                if (!(result instanceof Connection primary)) {
                    return result;
                }
                return proxy(Connection.class, primary, (called, texts, statement) -> {
                    boolean asks = called.getName().equals("prepareStatement")
                            && ((String) texts[0]).contains("transaction_read_only");
                    return asks && primary.getAutoCommit() ? called.invoke(standby, texts) : statement;
                });
            });
        }

        private interface Then {
            Object then(Method method, Object[] arguments, Object result) throws Throwable;
        }

        private static <T> T proxy(Class<T> type, T target, Then then) {
            return type.cast(Proxy.newProxyInstance(
                    SeveralDataSourcesIT.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                        try {
                            return then.then(method, arguments, method.invoke(target, arguments));
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    }));
        }

        /** As a standby's are, until it is promoted. */
        @Test
        void readOnlySessionsRestoreNothingUntilTheyTakeWrites() throws SQLException {
            database.run(
                    "CREATE ROLE standby_" + database.name() + " LOGIN PASSWORD 'secret' SUPERUSER",
                    "ALTER ROLE standby_" + database.name() + " SET default_transaction_read_only = on");
            restoresOnceItTakesWrites(
                    as("standby_" + database.name()),
                    () -> database.run("ALTER ROLE standby_" + database.name() + " RESET ALL"));
        }
    }

    @Nested
    class OnMariaDb extends Contract {

        @Override
        DatabaseServer server() {
            return Databases.mariaDb();
        }

        @Override
        List<String> reader(String name) {
            return List.of(
                    "CREATE USER " + name + "@'%' IDENTIFIED BY 'secret'",
                    "GRANT SELECT ON " + database.name() + ".* TO " + name + "@'%'");
        }

        @Test
        void aReadOnlyServerRestoresNothingUntilItTakesWrites() throws SQLException {
            try {
                restoresOnceItTakesWrites(
                        database.dataSource(),
                        () -> database.run("SET GLOBAL read_only = 1"),
                        () -> database.run("SET GLOBAL read_only = 0"));
            } finally {
                database.run("SET GLOBAL read_only = 0");
            }
        }

        @Test
        void aReplicaThatTakesWritesRestoresNothingUntilItIsPromoted() throws SQLException {
            try {
                restoresOnceItTakesWrites(database.dataSource(), this::replicate, this::stopReplicating);
            } finally {
                stopReplicating();
            }
        }

        @Test
        void oneOfTwoServersThatReplicateEachOtherRestoresWhatIsRegisteredThroughIt() throws SQLException {
            replicate();
            try {
                Participation participation = application.begin();
                debit(participation, application.manage(database), 40);
                rollBackAndAwait(participation);
                assertThat(balance(1)).isEqualTo("100.00");
            } finally {
                stopReplicating();
            }
        }

        private void replicate() {
            database.run(
                    "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1, MASTER_USER = 'nobody'",
                    "START SLAVE SQL_THREAD");
        }

        private void stopReplicating() {
            database.run("STOP SLAVE", "RESET SLAVE ALL");
        }
    }

    abstract static class Contract extends ResourceContract {

        /** What makes a user that reads this database, and may not write it. */
        abstract List<String> reader(String name);

        /** The database has its resource row; and from here on nothing opens a data source but what a test does. */
        @BeforeEach
        void begin() throws SQLException {
            opened(dataSource);
            application.close();
            application = Application.on(coordinator, "several");
        }

        @Test
        void aBranchIsRestoredWhereItWasRegistered() throws SQLException {
            opened(reader());
            DataSource writer = application.manage(database);
            Participation participation = application.begin();
            debit(participation, writer, 40);
            rollBackAndAwait(participation);
            assertThat(balance(1)).isEqualTo("100.00");
            debit(application.begin(), writer, 1); // the lock is free
        }

        @Test
        void whatADeadProcessLeftIsRestoredByTheDataSourceThatMayWrite() throws SQLException {
            Participation participation = leftByAnother();
            opened(reader());
            opened(application.manage(database));
            rollBackAndAwait(participation);
            assertThat(balance(1)).isEqualTo("100.00");
        }

        @Test
        void twoPoolsOfOneDatabaseRestoreAndReleaseWhatEachHasRegistered() throws SQLException {
            DataSource one = application.manage(database);
            DataSource other = application.manage(database);
            Participation kept = application.begin();
            debit(kept, one, 1);
            debit(kept, other, 1);
            application.commit(kept);
            Participation undone = application.begin();
            debit(undone, one, 10);
            debit(undone, other, 20);
            debit(undone, one, 30);
            rollBackAndAwait(undone);
            assertThat(balance(1)).isEqualTo("98.00");
            Awaitility.await().until(() -> Rows.inUndoLog(database, 0) == 0);
        }

        DataSource reader() {
            String name = "reader_" + database.name();
            database.run(reader(name).toArray(String[]::new));
            return application.manage(as(name));
        }

        DataSource as(String user) {
            String url = database.url().replaceFirst(";.*", "");
            return new Database(database.dialect(), database.name(), url, user, "secret").dataSource();
        }

        /** A branch whose process has died. */
        Participation leftByAnother() throws SQLException {
            try (Application dead = Application.on(coordinator, "dead")) {
                Participation participation = dead.begin();
                debit(participation, dead.manage(database), 40);
                return participation;
            }
        }

        static void opened(DataSource managed) throws SQLException {
            try (Connection connection = managed.getConnection()) {
                connection.createStatement().executeQuery("SELECT 1").close();
            }
        }

        void restoresOnceItTakesWrites(DataSource target, Runnable promote) throws SQLException {
            restoresOnceItTakesWrites(target, () -> {}, promote);
        }

        void restoresOnceItTakesWrites(DataSource target, Runnable demote, Runnable promote) throws SQLException {
            Participation participation = leftByAnother();
            Database elsewhere = freshDatabase();
            DataSource other = application.manage(elsewhere);
            Participation later = application.begin();
            debit(later, other, 1);
            demote.run();
            opened(application.manage(target));
            Resource resource = application.manager().resources().get(1);
            assertThat(resource.state().problem()).isNull();
            application.rollBack(participation);
            rollBackAndAwait(later); // was ordered later
            assertThat(balance(1)).isEqualTo("60.00");
            promote.run();
            resource.attach();
            awaitEnd(participation);
            assertThat(balance(1)).isEqualTo("100.00");
        }
    }

    /** Where a second database can hold the same resource row, as a replica does, and have the same name. */
    abstract static class Copies extends Contract {

        private Database replica() {
            Database replica = freshDatabase();
            replica.run("INSERT INTO undo_log (branch_id, xid, context, rollback_info, log_status, log_created,"
                    + " log_modified) SELECT 0, '#dtx-resource', '"
                    + Rows.of(database, "SELECT context FROM undo_log").get(0) + "', "
                    + (database.dialect() == Dialect.H2 ? "X''" : "''")
                    + ", 2, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP");
            return replica;
        }

        @Test
        void aServerThatWroteIsWaitedForWhenItsPoolIsClosed() throws SQLException {
            Database replica = replica();
            opened(application.manage(replica));
            Switching pool = new Switching(database.dataSource());
            DataSource leaving = pool.dataSource();
            Participation participation = application.begin();
            debit(participation, application.manage(leaving), 40);
            pool.to(new Database(database.dialect(), "closed", "jdbc:none:closed", "", "").dataSource());
            application.manager().leave(leaving);
            Awaitility.await().until(() -> application.manager().resources().size() == 1);
            application.rollBack(participation);
            opened(application.manage(database));
            awaitEnd(participation);
            assertThat(balance(1)).isEqualTo("100.00");
            assertThat(Rows.inUndoLog(replica, 1)).as("guard rows").isZero();
        }

        @Test
        void nothingIsRestoredOnAReplicaThatTakesWrites() throws SQLException {
            Database replica = replica();
            opened(application.manage(replica));
            DataSource writer = application.manage(database);
            Participation participation = application.begin();
            debit(participation, writer, 40);
            rollBackAndAwait(participation);
            assertThat(balance(1)).isEqualTo("100.00");
            assertThat(Rows.inUndoLog(replica, 1)).as("guard rows").isZero();
        }
    }
}
