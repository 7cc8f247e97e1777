package io.dtx.server.config;

import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.Applied;
import io.dtx.server.log.Leadership;
import io.dtx.server.log.ReplicatedLog;
import io.dtx.server.runtime.BehindMark;
import io.dtx.server.runtime.CommandLog;
import io.dtx.server.runtime.Coordinator;
import io.dtx.server.runtime.CoordinatorTime;
import io.dtx.server.runtime.GivenUp;
import io.dtx.server.runtime.LeaderListener;
import io.dtx.server.runtime.SteadyTime;
import io.dtx.server.transport.GrpcEndpoint;
import io.dtx.server.transport.Patience;
import io.dtx.server.transport.Token;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator with its log and its door for applications, but without its HTTP side. Starts in the order log, leader, door,
 * so that whoever can connect is served; stops the other way round.
 */
public final class CoordinatorServer implements AutoCloseable {

    private static final long START_SECONDS = 60;
    /** For entries on their way through the log; one that hangs longer may never come back. */
    private static final long DRAIN_SECONDS = 2;

    private final Path dataDirectory;
    private final ReplicatedLog log;
    private final Coordinator coordinator;
    private final GrpcEndpoint endpoint;

    private CoordinatorServer(Path dataDirectory, ReplicatedLog log, Coordinator coordinator, GrpcEndpoint endpoint) {
        this.dataDirectory = dataDirectory;
        this.log = log;
        this.coordinator = coordinator;
        this.endpoint = endpoint;
    }

    /**
     * Starts, and returns when it serves, or is known not to (an old copy, say). One node of several returns when it is a
     * member; whether it serves is for all of them to find out.
     *
     * @param onFailed called if the log can not go on later: the process should end
     * @throws StartException if something outside is in the way; nothing is left open then
     */
    public static CoordinatorServer start(CoordinatorSettings settings, Runnable onFailed) {
        return start(settings, Patience.STANDARD, LeaderListener.NONE, onFailed, null);
    }

    /** Likewise, measured, in a process that is the coordinator's alone: one of several nodes that stands still ends it at once. */
    static CoordinatorServer startProcess(CoordinatorSettings settings, LeaderListener listener, Runnable onFailed) {
        return start(
                settings,
                Patience.STANDARD,
                listener,
                onFailed,
                () -> Runtime.getRuntime().halt(1));
    }

    static CoordinatorServer start(
            CoordinatorSettings settings,
            Patience patience,
            LeaderListener listener,
            Runnable onFailed,
            @Nullable Runnable lastResort) {
        Path data = DataDirectory.prepare(settings.dataDirectory());
        Relay leadership = new Relay();
        SteadyTime steady = new SteadyTime();
        CoordinatorTime time = new CoordinatorTime(InstantSource.system(), steady);
        ReplicatedLog log = open(settings, data, time, leadership);
        Coordinator coordinator = new Coordinator(
                new Commands(log),
                time,
                steady,
                new SecureRandom(),
                settings.leader(),
                new BehindMark(data),
                settings.newClusterId() ? new GivenUp(data) : null,
                settings.doors(),
                onFailed,
                lastResort,
                listener);
        try {
            coordinator.start();
            leadership.target.complete(coordinator);
            if (settings.peers().isEmpty()) {
                coordinator.settled().get(START_SECONDS, TimeUnit.SECONDS);
            } // otherwise others have to be there too: meanwhile applications are told so
            return new CoordinatorServer(data, log, coordinator, listen(settings, patience, coordinator));
        } catch (StartException e) {
            closeAll(coordinator, log);
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closeAll(coordinator, log);
            throw new StartException("the start was interrupted", "Start again.", e);
        } catch (Exception e) {
            closeAll(coordinator, log);
            throw new StartException(
                    "the coordinator did not come to lead within " + START_SECONDS + " s", "See the log above.", e);
        }
    }

    /** The port that applications connect to. */
    public int port() {
        return endpoint.port();
    }

    /** How many connections of applications are open. */
    public int connections() {
        return endpoint.connections();
    }

    /** How many bytes of replies wait for applications to read them. */
    public long unreadBytes() {
        return endpoint.unreadBytes();
    }

    public Coordinator coordinator() {
        return coordinator;
    }

    /** Absolute. */
    public Path dataDirectory() {
        return dataDirectory;
    }

    /**
     * First answers what was asked, then lets another node lead, where there is one: applications find it without having lost
     * an answer.
     */
    @Override
    public void close() {
        coordinator
                .drain()
                .completeOnTimeout(null, DRAIN_SECONDS, TimeUnit.SECONDS)
                .join();
        log.handOver();
        coordinator.close();
        endpoint.close();
        log.close();
    }

    private static ReplicatedLog open(
            CoordinatorSettings settings, Path data, InstantSource time, Leadership leadership) {
        try {
            return ReplicatedLog.open(settings.log(data), time, leadership);
        } catch (IOException e) {
            if (rootOf(e) instanceof BindException) {
                throw new StartException(
                        "the port for the other nodes, in dtx.server.peers at " + settings.id()
                                + ", can not be listened on: " + rootOf(e).getMessage(),
                        "If another process has that port, stop it, or change the port on all nodes before their first start.",
                        e);
            }
            throw new StartException(
                    "the data directory " + data + " can not be used: " + e.getMessage(),
                    "Do what is said there. If another coordinator runs on it, stop that one, or give this one its own"
                            + " dtx.server.data-dir.",
                    e);
        }
    }

    private static GrpcEndpoint listen(CoordinatorSettings settings, Patience patience, Coordinator coordinator) {
        try {
            Token token = settings.token() == null ? null : new Token(settings.token());
            return GrpcEndpoint.open(settings.address(), token, settings.tls(), patience, coordinator);
        } catch (IOException e) {
            String address = settings.address().getHostString() + ":"
                    + settings.address().getPort();
            throw new StartException(
                    "applications can not be served on " + address + ": "
                            + rootOf(e).getMessage(),
                    "If another process has that port, stop it, or set dtx.server.port (and dtx.coordinator.addresses of"
                            + " the applications) to another.",
                    e);
        }
    }

    private static void closeAll(Coordinator coordinator, ReplicatedLog log) {
        coordinator.close();
        log.close();
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private record Commands(ReplicatedLog log) implements CommandLog {
        @Override
        public CompletableFuture<List<Applied>> submit(List<Command> batch) {
            return log.submit(batch);
        }

        @Override
        public <T> T read(Function<StateMachine, T> question) {
            return log.read(question);
        }

        @Override
        public boolean allOnDisk() {
            return log.allOnDisk();
        }

        @Override
        public boolean othersCanLead() {
            return log.othersCanLead();
        }

        @Override
        public long appliedIndex() {
            return log.appliedIndex();
        }
    }

    /**
     * The log needs its listener before the coordinator, which needs the log, is there. What comes before is told then, in the
     * order in which it came: each waits for the one before, since a future tells those that wait for it in the reverse order.
     */
    static final class Relay implements Leadership {
        final CompletableFuture<Leadership> target = new CompletableFuture<>();
        private final ReentrantLock lock = new ReentrantLock();
        /** Guarded by the lock: complete when all that has come was told. */
        private CompletableFuture<Leadership> told = target;

        @Override
        public void gained() {
            tell(Leadership::gained);
        }

        @Override
        public void lost(String leader) {
            tell(listener -> listener.lost(leader));
        }

        @Override
        public void failed(Throwable cause) {
            tell(listener -> listener.failed(cause));
        }

        private void tell(Consumer<Leadership> news) {
            lock.lock();
            try {
                told = told.thenApply(listener -> {
                    news.accept(listener);
                    return listener;
                });
            } finally {
                lock.unlock();
            }
        }
    }
}
