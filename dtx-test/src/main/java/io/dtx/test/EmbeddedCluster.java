package io.dtx.test;

import io.dtx.server.config.CoordinatorServer;
import io.dtx.server.config.CoordinatorSettings;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.LogSettings.Peer;
import io.dtx.server.runtime.Coordinator.Status;
import io.dtx.server.runtime.LeaderSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Several coordinator nodes inside the test's own process, each with its own data directory and ports that were free. Each can
 * be stopped and started again on the same directory and ports. Not thread-safe.
 */
public final class EmbeddedCluster implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path directory;
    private final LeaderSettings leader;
    private final List<Peer> peers;
    private final Map<String, CoordinatorServer> running = new TreeMap<>();

    private EmbeddedCluster(Path directory, LeaderSettings leader, List<Peer> peers) {
        this.directory = directory;
        this.leader = leader;
        this.peers = peers;
    }

    /** Starts three nodes with empty temporary directories, which {@link #close} deletes; returns when one serves. */
    public static EmbeddedCluster start() {
        return start(LeaderSettings.STANDARD);
    }

    /** Likewise, with other waits and retention. */
    public static EmbeddedCluster start(LeaderSettings leader) {
        List<Peer> peers = new ArrayList<>();
        Iterator<Integer> ports = Stream.generate(StablePort::next).distinct().iterator();
        for (int i = 1; i <= 3; i++) {
            peers.add(new Peer("n" + i, "127.0.0.1", ports.next(), "127.0.0.1:" + ports.next()));
        }
        try {
            EmbeddedCluster cluster = new EmbeddedCluster(Files.createTempDirectory("dtx-cluster"), leader, peers);
            cluster.startAll();
            return cluster;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All nodes, as {@code dtx.coordinator.addresses} and ClientSettings take them. */
    public List<String> addresses() {
        return peers.stream().map(Peer::door).toList();
    }

    /** The ids of the nodes that are running. */
    public List<String> nodes() {
        return List.copyOf(running.keySet());
    }

    /** The id of the node that serves; waits for one. */
    public String leader() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String serving = serving();
        while (serving == null && System.nanoTime() - deadline < 0) {
            pause();
            serving = serving();
        }
        if (serving == null) {
            throw new IllegalStateException("none of " + nodes() + " serves");
        }
        return serving;
    }

    /** Looks at the state of the node that serves. */
    public <T> T read(Function<StateMachine, T> question) {
        return node(leader()).coordinator().read(question);
    }

    /** A running node. */
    public CoordinatorServer node(String id) {
        CoordinatorServer server = running.get(id);
        if (server == null) {
            throw new IllegalStateException(id + " is not running");
        }
        return server;
    }

    /** Stops it as a process would be asked to stop: it lets another one lead first. */
    public void stop(String id) {
        CoordinatorServer server = running.remove(id);
        if (server != null) {
            server.close();
        }
    }

    /** Starts a node that was stopped, on the same data and ports. */
    public void start(String id) {
        running.put(id, open(id));
    }

    /** Starts all nodes that are not running; returns when one serves. If one of them can not be started, none of them stays. */
    public void startAll() {
        // At the same time: a new cluster begins when all of its nodes are there.
        Map<String, CompletableFuture<CoordinatorServer>> starting = new TreeMap<>();
        for (Peer peer : peers) {
            if (!running.containsKey(peer.id())) {
                starting.put(
                        peer.id(),
                        CompletableFuture.supplyAsync(
                                () -> open(peer.id()), task -> new Thread(task, "start-" + peer.id()).start()));
            }
        }
        try {
            starting.forEach((id, server) -> running.put(id, server.join()));
        } catch (CompletionException e) {
            starting.forEach((id, server) -> {
                running.remove(id);
                var unused = server.thenAccept(CoordinatorServer::close);
            });
            throw e;
        }
        leader();
    }

    /** Stops all nodes, and deletes the data. */
    @Override
    public void close() {
        nodes().forEach(this::stop);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("could not delete " + directory, e);
        }
    }

    private @Nullable String serving() {
        return running.keySet().stream()
                .filter(id -> node(id).coordinator().status() == Status.SERVING)
                .findFirst()
                .orElse(null);
    }

    private CoordinatorServer open(String id) {
        Peer self =
                peers.stream().filter(peer -> peer.id().equals(id)).findFirst().orElseThrow();
        int port = Integer.parseInt(self.door().substring(self.door().lastIndexOf(':') + 1));
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        return CoordinatorServer.start(
                new CoordinatorSettings(address, null, directory.resolve(id), leader, false).as(id, peers), () -> {});
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
