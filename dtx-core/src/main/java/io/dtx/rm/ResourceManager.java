package io.dtx.rm;

import io.dtx.client.CoordinatorClient;
import io.dtx.sql.SqlAnalyzer;
import io.dtx.undo.UndoLogCreation;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes data sources take part in global transactions. One per process, beside its {@link CoordinatorClient}; thread-safe.
 *
 * <p>Nothing is read from a database before its first connection is taken, or, in the background, some seconds later; a database
 * or a coordinator that is away does not keep an application from starting.
 */
public final class ResourceManager implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ResourceManager.class);
    /** Between two looks for resources that are not open yet. */
    private static final Duration ATTACH_INTERVAL = Duration.ofSeconds(10);
    /** After which one that leaves has usually been closed; if not, it is looked at again when resources are. */
    private static final Duration SOON_CLOSED = Duration.ofSeconds(1);

    private static final Duration SOON = Duration.ofSeconds(3);
    /** To some six minutes. */
    private static final int MOST_DOUBLINGS = 7;

    private final ResourceSettings settings;
    private final Agents agents;
    private final Shared shared;
    private final SqlAnalyzer analyser = new SqlAnalyzer();
    private final AtomicBoolean sweepingSoon = new AtomicBoolean();
    /** In a row: a pool that was closed without a word fails each time. */
    private final AtomicInteger failedSweeps = new AtomicInteger();

    private final ScheduledExecutorService background;

    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock; the resources in the order in which they came. */
    private final IdentityHashMap<DataSource, Resource> resources = new IdentityHashMap<>();

    private final List<Resource> inOrder = new ArrayList<>();
    /** Guarded by the lock: those that may be closed at any time. */
    private final Set<Resource> leaving = new HashSet<>();
    /** Guarded by the lock; null before {@link #databasesReady}. */
    private @Nullable UndoLogCreation creationOfLater;

    public ResourceManager(CoordinatorClient client, ResourceSettings settings) {
        this(client, settings, ResourceListener.NONE);
    }

    public ResourceManager(CoordinatorClient client, ResourceSettings settings, ResourceListener listener) {
        this(
                MeasuredCoordinator.of(Coordinator.of(client), listener),
                settings,
                InstantSource.system(),
                System::nanoTime,
                listener);
    }

    ResourceManager(Coordinator coordinator, ResourceSettings settings, InstantSource clock, LongSupplier nanos) {
        this(coordinator, settings, clock, nanos, ResourceListener.NONE);
    }

    private ResourceManager(
            Coordinator coordinator,
            ResourceSettings settings,
            InstantSource clock,
            LongSupplier nanos,
            ResourceListener listener) {
        this.settings = settings;
        this.agents = new Agents(coordinator);
        this.shared = new Shared(
                coordinator,
                new BranchCommit(coordinator, agents, settings.registrationLimit(), clock, nanos),
                new AutocommitStatement.Retry(settings.autocommitWait(), nanos),
                new DatabaseWaits(coordinator),
                new UnprotectedStatements(listener),
                listener);
        this.background = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "dtx-resources");
            thread.setDaemon(true);
            return thread;
        });
        every(ATTACH_INTERVAL.toMillis(), ATTACH_INTERVAL.toMillis(), () -> {
            attachAll();
            resources().forEach(Resource::tellWhatWillBeRefused);
        });
        long interval = settings.sweepInterval().toMillis();
        if (interval > 0) {
            // Not all instances of an application at once.
            long first = interval / 2 + ThreadLocalRandom.current().nextLong(interval / 2 + 1);
            every(first, interval, () -> sweepAll(settings.sweepAge()));
        }
    }

    /** What the task raises is told, and does not keep it from its next run. */
    private void every(long firstMillis, long intervalMillis, Runnable task) {
        Runnable told = () -> {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                log.error("work in the background failed, and will be tried again", e);
            }
        };
        ScheduledFuture<?> unused =
                background.scheduleWithFixedDelay(told, firstMillis, intervalMillis, TimeUnit.MILLISECONDS);
    }

    /**
     * A data source whose connections take part in the global transaction of the thread that uses them. Its
     * {@code unwrap} reaches the target.
     */
    public DataSource wrap(DataSource target) {
        return wrap("dataSource", target);
    }

    /** @param name for people: in logs and in the application's health */
    public DataSource wrap(String name, DataSource target) {
        return target instanceof ManagedDataSource
                ? target
                : manage(name, target).asDataSource();
    }

    /**
     * Takes a data source under management, for callers that keep the DataSource's own class and wrap its connections
     * themselves. The same target gives the same resource.
     *
     * @param name for people: the bean's name
     */
    public Resource manage(String name, DataSource target) {
        lock.lock();
        try {
            Resource known = resources.get(target);
            if (known != null) {
                leaving.remove(known);
                return known;
            }
            Resource resource = new Resource(name, target, shared, settings, analyser, this::attach);
            if (creationOfLater != null) {
                resource.databaseReady(creationOfLater);
            }
            resources.put(target, resource);
            inOrder.add(resource);
            return resource;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A data source that is about to be closed, as one of a scope that ends. It is asked for connections as long as it gives
     * them, since the coordinator may yet have orders for it, and then forgotten.
     */
    public void leave(DataSource target) {
        lock.lock();
        try {
            Resource resource = resources.get(target);
            if (resource == null || background.isShutdown()) {
                return;
            }
            leaving.add(resource);
            ScheduledFuture<?> unused =
                    background.schedule(this::forgetClosed, SOON_CLOSED.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            lock.unlock();
        }
    }

    private void forgetClosed() {
        List<Resource> asked;
        lock.lock();
        try {
            asked = List.copyOf(leaving);
        } finally {
            lock.unlock();
        }
        for (Resource resource : asked) {
            if (!resource.givesConnections()) {
                forget(resource);
            }
        }
    }

    /** Another data source that leads to the same database takes its place towards the coordinator. */
    private void forget(Resource resource) {
        lock.lock();
        try {
            if (!leaving.remove(resource)) {
                return; // it came back meanwhile
            }
            resources.values().remove(resource);
            inOrder.remove(resource);
        } finally {
            lock.unlock();
        }
        log.debug("{} is forgotten", resource);
        OpenResource opened = resource.openedNow();
        if (opened != null) {
            agents.leave(opened);
        }
    }

    private void attach(Resource.Opened opened) {
        agents.join(
                new RestorePool(
                        opened.resource(), opened.target(), settings.valuesShown(), this::sweepSoon, agents::failed),
                opened.usable());
    }

    /** All that are managed, for health and metrics. */
    public List<Resource> resources() {
        lock.lock();
        try {
            return List.copyOf(inOrder);
        } finally {
            lock.unlock();
        }
    }

    /**
     * The application's own initialisation of its databases (migrations, scripts) has run. Now each data source is looked at,
     * in the background: undo_log is created where that is wanted, and what keeps a data source from taking part is logged.
     *
     * <p>Before this is called, nothing is created, and a first failure is not told: the connection may be the one on which a
     * migration tool is about to create the table.
     *
     * @param creation where a missing undo_log is created, now or for data sources that come later
     * @return completes, without fail, when each data source was looked at
     */
    public CompletableFuture<Void> databasesReady(UndoLogCreation creation) {
        lock.lock();
        try {
            creationOfLater = creation;
            inOrder.forEach(resource -> resource.databaseReady(creation));
        } finally {
            lock.unlock();
        }
        return CompletableFuture.runAsync(this::attachAll, background);
    }

    private void attachAll() {
        forgetClosed();
        resources().forEach(Resource::attach);
    }

    private boolean sweepAll(Duration age) {
        boolean swept = true;
        for (Resource resource : resources()) {
            OpenResource opened = resource.openedNow();
            if (opened == null || !agents.sweeps(opened)) {
                continue;
            }
            try {
                resource.sweep(age);
            } catch (SQLException | RuntimeException e) {
                swept = false;
                log.warn("the sweep of {} failed, and will be tried again: {}", resource, e.getMessage());
                log.debug("the failed sweep of {}", resource, e);
            }
        }
        return swept;
    }

    /**
     * Once, for all that is asked for meanwhile, and again until it succeeds: rows of any age, since whatever is still under
     * way is known to the coordinator, and stays.
     */
    private void sweepSoon() {
        if (settings.sweepInterval().isZero() || !sweepingSoon.compareAndSet(false, true)) {
            return;
        }
        try {
            ScheduledFuture<?> unused = background.schedule(
                    () -> {
                        sweepingSoon.set(false);
                        if (sweepAll(Duration.ZERO)) {
                            failedSweeps.set(0);
                        } else {
                            failedSweeps.incrementAndGet();
                            sweepSoon();
                        }
                    },
                    SOON.toMillis() << Math.min(failedSweeps.get(), MOST_DOUBLINGS),
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closed) {
            log.debug("closed: the next start sweeps", closed);
        }
    }

    /** Stops the sweep and detaches from the coordinator. Leaves the client and the data sources open. */
    @Override
    public void close() {
        lock.lock();
        try {
            background.shutdownNow();
            shared.databaseWaits().close();
        } finally {
            lock.unlock();
        }
        agents.close();
    }
}
