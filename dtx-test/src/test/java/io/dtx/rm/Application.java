package io.dtx.rm;

import io.dtx.GlobalTransactionTemplate;
import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.context.CurrentTransaction;
import io.dtx.context.CurrentTransaction.Scope;
import io.dtx.context.Participation;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.test.Database;
import io.dtx.test.EmbeddedCoordinator;
import io.dtx.tm.GlobalTransactions;
import io.dtx.tm.TransactionListener;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** What one application process has of dtx, in the test's own process: several of them make a distributed system. */
final class Application implements AutoCloseable {

    static final ResourceSettings SETTINGS = new ResourceSettings(
            Duration.ofMinutes(10),
            Duration.ofMillis(300),
            Duration.ZERO,
            Duration.ofMinutes(5),
            4 << 20,
            LocalWrites.FREE,
            Set.of(),
            Set.of());

    private final CoordinatorClient client;
    private final ResourceManager manager;
    private final GlobalTransactions transactions;

    private Application(CoordinatorClient client, ResourceManager manager) {
        this.client = client;
        this.manager = manager;
        this.transactions = new GlobalTransactions(client, TransactionListener.NONE);
    }

    static Application on(EmbeddedCoordinator coordinator, String name) {
        return on(coordinator, name, InstantSource.system(), System::nanoTime);
    }

    static Application on(EmbeddedCoordinator coordinator, String name, InstantSource clock, LongSupplier nanos) {
        CoordinatorClient client = connected(coordinator, name, Duration.ofMillis(200));
        return new Application(client, new ResourceManager(Coordinator.of(client), SETTINGS, clock, nanos));
    }

    /** One whose questions to the coordinator pass through something. */
    static Application on(EmbeddedCoordinator coordinator, String name, UnaryOperator<Coordinator> through) {
        CoordinatorClient client = connected(coordinator, name, Duration.ofMillis(200));
        Coordinator asked = through.apply(Coordinator.of(client));
        return new Application(client, new ResourceManager(asked, SETTINGS, InstantSource.system(), System::nanoTime));
    }

    /** One that waits this long for a global lock, and as long runs autocommit statements again. */
    static Application on(EmbeddedCoordinator coordinator, String name, Duration lockWait, ResourceSettings settings) {
        CoordinatorClient client = connected(coordinator, name, lockWait);
        ResourceSettings waiting = new ResourceSettings(
                settings.registrationLimit(),
                lockWait,
                settings.sweepInterval(),
                settings.sweepAge(),
                settings.maxUndoSize(),
                settings.localWrites(),
                settings.sideEffectsAccepted(),
                settings.valuesShown());
        return new Application(client, new ResourceManager(client, waiting));
    }

    /** One that finds its coordinator among several. */
    static Application on(List<String> addresses, String name, ResourceSettings settings) {
        CoordinatorClient client = connected(addresses, name, Duration.ofMillis(200));
        return new Application(client, new ResourceManager(client, settings));
    }

    private static CoordinatorClient connected(EmbeddedCoordinator coordinator, String name, Duration lockWait) {
        return connected(coordinator.addresses(), name, lockWait);
    }

    private static CoordinatorClient connected(List<String> addresses, String name, Duration lockWait) {
        CoordinatorClient client =
                CoordinatorClient.start(new ClientSettings(name, addresses, null, lockWait, Duration.ofSeconds(8)));
        Awaitility.await().atMost(Duration.ofSeconds(15)).until(client::connected);
        return client;
    }

    CoordinatorClient client() {
        return client;
    }

    ResourceManager manager() {
        return manager;
    }

    DataSource manage(Database database) {
        return manage(database.dataSource());
    }

    DataSource manage(DataSource target) {
        return manager.manage("test", target).asDataSource();
    }

    GlobalTransactionTemplate template() {
        return new GlobalTransactionTemplate(transactions);
    }

    /** A global transaction that a test takes part in step by step, and decides itself. */
    Participation begin() {
        return begin(Duration.ofSeconds(60));
    }

    Participation begin(Duration timeout) {
        Xid xid = client.newXid();
        client.begin(xid, "test", timeout);
        return new Participation(xid);
    }

    Outcome commit(Participation participation) {
        return client.commit(participation.xid())
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    Outcome rollBack(Participation participation) {
        return client.rollBack(participation.xid(), new Rollback(RollbackReason.APPLICATION, "", "test"))
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    Set<Xid> unknown(Xid xid) {
        return client.ended(List.of(xid)).orTimeout(20, TimeUnit.SECONDS).join().unknown();
    }

    /** Some work on a connection. */
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /** Runs work in one local transaction of a global one, which is committed locally. */
    static <T> T inLocal(Participation participation, DataSource dataSource, Work<T> work) throws SQLException {
        Scope scope = CurrentTransaction.bind(participation);
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            T result = work.on(connection);
            connection.commit();
            return result;
        } finally {
            scope.close();
        }
    }

    /** Runs one update with its parameters: its count. */
    static int update(Connection connection, String sql, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            return statement.executeUpdate();
        }
    }

    @Override
    public void close() {
        manager.close();
        client.close();
    }
}
