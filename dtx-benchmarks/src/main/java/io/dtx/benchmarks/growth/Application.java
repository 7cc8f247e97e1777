package io.dtx.benchmarks.growth;

import io.dtx.GlobalTransactionTemplate;
import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.rm.ResourceManager;
import io.dtx.rm.ResourceSettings;
import io.dtx.test.EmbeddedCoordinator;
import io.dtx.tm.GlobalTransactions;
import io.dtx.tm.TransactionListener;
import io.dtx.undo.UndoLogCreation;
import java.time.Duration;
import javax.sql.DataSource;

/** What one application process has of dtx, without Spring. */
final class Application implements AutoCloseable {

    private final CoordinatorClient client;
    private final ResourceManager manager;
    private final GlobalTransactionTemplate template;

    /** Its sweeps run when they are asked for, not by themselves. */
    Application(EmbeddedCoordinator coordinator) {
        client = CoordinatorClient.start(new ClientSettings(
                "growth", coordinator.addresses(), null, Duration.ofSeconds(1), Duration.ofSeconds(30)));
        ResourceSettings standard = ResourceSettings.DEFAULTS;
        manager = new ResourceManager(
                client,
                new ResourceSettings(
                        standard.registrationLimit(),
                        standard.autocommitWait(),
                        Duration.ZERO,
                        standard.sweepAge(),
                        standard.maxUndoSize(),
                        standard.localWrites(),
                        standard.sideEffectsAccepted(),
                        standard.valuesShown()));
        template = new GlobalTransactionTemplate(new GlobalTransactions(client, TransactionListener.NONE));
        client.newXid(); // waits for the coordinator
    }

    /** The same data source, taking part; with undo_log, which is created if it is missing. */
    DataSource wrap(DataSource target) {
        DataSource wrapped = manager.wrap(target);
        manager.databasesReady(UndoLogCreation.ALWAYS).join();
        return wrapped;
    }

    CoordinatorClient client() {
        return client;
    }

    ResourceManager manager() {
        return manager;
    }

    GlobalTransactionTemplate template() {
        return template;
    }

    @Override
    public void close() {
        manager.close();
        client.close();
    }
}
