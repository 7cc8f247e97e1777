package io.dtx.server.log;

import io.dtx.server.StablePort;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Snapshot;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.LogSettings.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** Some nodes of one log in this process, each of which can be stopped and started again. Not thread-safe. */
final class LogCluster implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String LOOPBACK = "127.0.0.1";

    final List<Peer> peers = new ArrayList<>();
    final Map<String, ReplicatedLog> running = new TreeMap<>();
    private final Path directory;
    private final long snapshotEvery;

    LogCluster(Path directory, int size, long snapshotEvery) {
        this(directory, size, snapshotEvery, LOOPBACK);
    }

    /** @param address at which they look for each other; with an i in it, that is the node's number */
    LogCluster(Path directory, int size, long snapshotEvery, String address) {
        this.directory = directory;
        this.snapshotEvery = snapshotEvery;
        for (int i = 1; i <= size; i++) {
            peers.add(
                    new Peer("n" + i, address.replace("i", String.valueOf(i)), StablePort.next(), LOOPBACK + ":" + i));
        }
    }

    LogCluster startAll() {
        List<CompletableFuture<ReplicatedLog>> starting =
                peers.stream().map(peer -> starting(peer.id())).toList();
        for (int i = 0; i < peers.size(); i++) {
            running.put(peers.get(i).id(), Node.await(starting.get(i)));
        }
        return this;
    }

    ReplicatedLog start(String id) {
        ReplicatedLog log = Node.await(starting(id));
        running.put(id, log);
        return log;
    }

    /** Opening waits for the others. */
    CompletableFuture<ReplicatedLog> starting(String id) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return ReplicatedLog.open(settings(id), InstantSource.system(), new Node.Heard());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> new Thread(task, "start-" + id).start());
    }

    LogSettings settings(String id) {
        return new LogSettings(directoryOf(id), id, peers, LOOPBACK, snapshotEvery, 1 << 16);
    }

    Path directoryOf(String id) {
        return directory.resolve(id);
    }

    void stop(String id) {
        ReplicatedLog log = running.remove(id);
        if (log != null) {
            log.close();
        }
    }

    /** The node that leads; waits for one. */
    String leader() {
        return soon("a leader").until(this::leading, id -> !id.isEmpty());
    }

    /** Looks at once, and often: most of what is waited for here is there already. */
    static ConditionFactory soon(String what) {
        return Awaitility.await(what)
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .pollInSameThread();
    }

    private String leading() {
        return running.entrySet().stream()
                .filter(node -> node.getValue().leading())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("");
    }

    ReplicatedLog leaderLog() {
        return Objects.requireNonNull(running.get(leader()));
    }

    String follower() {
        String leader = leader();
        return running.keySet().stream()
                .filter(id -> !id.equals(leader))
                .findFirst()
                .orElseThrow();
    }

    /** Until all running nodes have the same state. */
    void awaitAgreement() {
        soon("the same state on " + running.keySet())
                .until(() -> running.values().stream()
                                .map(ReplicatedLog::appliedIndex)
                                .distinct()
                                .count()
                        == 1);
        List<Snapshot> states = running.values().stream()
                .map(log -> log.read(StateMachine::snapshot))
                .distinct()
                .toList();
        if (states.size() != 1) {
            throw new AssertionError("different states at the same index: " + states);
        }
    }

    List<Applied> submit(Command... commands) {
        return leaderLog()
                .submit(List.of(commands))
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void close() {
        List.copyOf(running.keySet()).forEach(this::stop);
    }
}
