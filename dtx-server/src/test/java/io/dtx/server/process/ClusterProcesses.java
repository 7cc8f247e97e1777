package io.dtx.server.process;

import io.dtx.server.StablePort;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Three coordinators as processes of their own. Not thread-safe. */
final class ClusterProcesses implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String LEADS = "This node leads";
    private static final String OTHER_LEADS = " leads, and serves";

    private final Path directory;
    private final Map<String, Integer> ports = new TreeMap<>();
    private final String peers;
    private final Map<String, ServerProcess> running = new TreeMap<>();

    ClusterProcesses(Path directory) {
        this.directory = directory;
        Iterator<Integer> different =
                Stream.generate(StablePort::next).distinct().iterator();
        List.of("n1", "n2", "n3").forEach(id -> ports.put(id, different.next()));
        peers = ports.entrySet().stream()
                .map(node -> node.getKey() + "=127.0.0.1:" + node.getValue() + "/" + different.next())
                .collect(Collectors.joining(","));
    }

    /** Starts those that do not run, at the same time; returns when one of them serves. */
    ClusterProcesses startAll() throws IOException {
        for (String id : ports.keySet()) {
            if (!running.containsKey(id)) {
                starting(id);
            }
        }
        running.values().forEach(ServerProcess::awaitReady);
        leader();
        return this;
    }

    void start(String id) throws IOException {
        starting(id).awaitReady();
    }

    private ServerProcess starting(String id) throws IOException {
        ServerProcess process = ServerProcess.start(
                directory.resolve(id), port(id), "--dtx.server.id=" + id, "--dtx.server.peers=" + peers);
        running.put(id, process);
        return process;
    }

    int port(String id) {
        return Objects.requireNonNull(ports.get(id));
    }

    String[] addresses() {
        return ports.values().stream().map(port -> "127.0.0.1:" + port).toArray(String[]::new);
    }

    List<String> nodes() {
        return List.copyOf(running.keySet());
    }

    ServerProcess node(String id) {
        return Objects.requireNonNull(running.get(id), id + " does not run");
    }

    void kill(String id) {
        Objects.requireNonNull(running.remove(id)).kill();
    }

    /** As a process manager does. */
    void stop(String id) {
        Objects.requireNonNull(running.remove(id)).terminate();
    }

    String leader() {
        return leaderOtherThan("");
    }

    /** The node that has said last that it leads; waits for one. */
    String leaderOtherThan(String paused) {
        return Awaitility.await("a leader")
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () -> running.keySet().stream()
                                .filter(id -> !id.equals(paused) && leads(node(id)))
                                .findFirst()
                                .orElse(""),
                        id -> !id.isEmpty());
    }

    static boolean leads(ServerProcess node) {
        List<String> said = new ArrayList<>(node.output);
        said.removeIf(line -> !line.contains(OTHER_LEADS));
        return !said.isEmpty() && said.get(said.size() - 1).contains(LEADS);
    }

    /** What each of those that run now has said, for people. */
    String said() {
        return running.entrySet().stream()
                .map(node -> node.getKey() + ":\n" + node.getValue().text())
                .collect(Collectors.joining("\n"));
    }

    @Override
    public void close() {
        running.values().forEach(ServerProcess::kill);
    }
}
