package io.dtx.spring.jdbc;

import io.dtx.rm.Resource;
import io.dtx.rm.ResourceManager;
import io.dtx.undo.UndoLogCreation;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Has the data sources looked at when the application's own initialisation of its databases has run, and says at the start
 * what takes part. To be made a bean that depends on database initialisation, so that this holds with lazy beans, too.
 */
public final class StartCheck implements SmartInitializingSingleton {

    private static final Logger LOG = LoggerFactory.getLogger("io.dtx");
    /** A database that does not answer must not keep the application from starting; the check goes on behind its back. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

    private final String coordinators;
    private final ResourceManager manager;
    private final UndoLogCreation creation;

    /** @param coordinators for people: where the coordinator is looked for */
    public StartCheck(String coordinators, ResourceManager manager, UndoLogCreation creation) {
        this.coordinators = coordinators;
        this.manager = manager;
        this.creation = creation;
    }

    @Override
    public void afterSingletonsInstantiated() {
        LOG.info(
                "dtx: coordinator {}; data sources in global transactions: {}",
                coordinators,
                manager.resources().isEmpty()
                        ? "none"
                        : manager.resources().stream().map(Resource::name).collect(Collectors.joining(", ")));
        await(manager.databasesReady(creation));
    }

    private static void await(CompletableFuture<Void> checked) {
        try {
            checked.get(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn(
                    "dtx: a database did not answer within {} s; its data source is looked at again when it does",
                    LONGEST_WAIT.toSeconds());
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
