package io.dtx.test;

import io.dtx.protocol.wire.LocksFree;
import io.dtx.server.config.CoordinatorServer;
import io.dtx.server.config.CoordinatorSettings;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.runtime.LeaderSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A whole coordinator inside the test's own process, without its HTTP side: its own data directory, and a port that was free.
 * It can be stopped and started again on the same directory and port, as a process would be. Not thread-safe.
 *
 * <p>In a project that depends on {@code dtx-spring-boot-starter}, too, {@code dtx-test} has to be the first of the two: it brings
 * a {@code dtx-core} whose libraries have kept their names, which the coordinator needs, and which serves applications as well.
 */
public final class EmbeddedCoordinator implements AutoCloseable {

    private final Path directory;
    private final @Nullable String token;
    private final LeaderSettings leader;
    private final int port = StablePort.next();
    private @Nullable CoordinatorServer server;

    private EmbeddedCoordinator(Path directory, @Nullable String token, LeaderSettings leader) {
        this.directory = directory;
        this.token = token;
        this.leader = leader;
    }

    /** Starts one with an empty temporary directory, which {@link #close} deletes; returns when it serves. */
    public static EmbeddedCoordinator start() {
        return start(null, LeaderSettings.STANDARD);
    }

    /** Likewise, asking clients for this token. */
    public static EmbeddedCoordinator startWithToken(String token) {
        return start(token, LeaderSettings.STANDARD);
    }

    /** Likewise, with other waits and retention. */
    public static EmbeddedCoordinator start(@Nullable String token, LeaderSettings leader) {
        try {
            EmbeddedCoordinator coordinator =
                    new EmbeddedCoordinator(Files.createTempDirectory("dtx-coordinator"), token, leader);
            coordinator.open(false);
            return coordinator;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code host:port}, the same after a {@link #restart}. */
    public String address() {
        return "127.0.0.1:" + port;
    }

    /** As {@code dtx.coordinator.addresses} and ClientSettings take it. */
    public List<String> addresses() {
        return List.of(address());
    }

    public Path dataDirectory() {
        return directory;
    }

    /** Looks at the coordinator's state. */
    public <T> T read(Function<StateMachine, T> question) {
        return running().coordinator().read(question);
    }

    /** Carries out an operator's command, as the console does. */
    public Result operate(Command command) {
        try {
            return running().coordinator().operate(command).get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(command + " was not carried out", e);
        }
    }

    /** How many requests of applications wait for global locks. */
    public int waitingForLocks() {
        return running()
                .coordinator()
                .waitingForLocks()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    /** Stops serving: streams break, the port is closed, the data stays. */
    public void stop() {
        if (server != null) {
            server.close();
            server = null;
        }
    }

    /** Starts again on the same data and port, stopping first if need be; returns when it serves. */
    public void restart() {
        stop();
        open(false);
    }

    /** Likewise, giving up the data's transactions for a new cluster id. */
    public void restartAsNewCluster() {
        stop();
        open(true);
    }

    /** Stops, and deletes the data. */
    @Override
    public void close() {
        stop();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("could not delete " + directory, e);
        }
    }

    /** @param base what the wire's messages extend: where that is relocated, the coordinator can not speak gRPC with them */
    static void requirePlainCore(String base) {
        if (base.startsWith("io.dtx.shaded.")) {
            throw new IllegalStateException(
                    "the class path has the dtx-core with relocated libraries before the one that a"
                            + " coordinator needs: in the build file, put the dependency dtx-test before dtx-spring-boot-starter (and"
                            + " before dtx-core)");
        }
    }

    private void open(boolean newCluster) {
        requirePlainCore(Objects.requireNonNull(LocksFree.class.getSuperclass()).getName());
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        server = CoordinatorServer.start(
                new CoordinatorSettings(address, token, directory, leader, newCluster), () -> {});
    }

    private CoordinatorServer running() {
        if (server == null) {
            throw new IllegalStateException("the coordinator is stopped");
        }
        return server;
    }
}
