package io.dtx.benchmarks.transfer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** dtx's own coordinator, from the jar that users run. */
public final class DtxCoordinators {

    private final Path home;
    private final Path directory;
    private final List<JavaProcess> running;

    /** @param running where what was started is added at once, so that a failed start is stopped as well */
    public DtxCoordinators(Path home, Path directory, List<JavaProcess> running) {
        this.home = home;
        this.directory = directory;
        this.running = running;
    }

    /** Returns the addresses for the applications. */
    String start(int nodes) throws IOException, InterruptedException {
        return start(nodes, List.of(), List.of());
    }

    /**
     * Likewise.
     *
     * @param jvm more options of the virtual machine
     * @param more arguments of the coordinator
     */
    public String start(int nodes, List<String> jvm, List<String> more) throws IOException, InterruptedException {
        List<Integer> ports = new ArrayList<>();
        List<String> peers = new ArrayList<>();
        for (int i = 1; i <= nodes; i++) {
            int port = BankSystem.freePort();
            ports.add(port);
            peers.add("n" + i + "=127.0.0.1:" + port + "/" + BankSystem.freePort());
        }
        for (int i = 1; i <= nodes; i++) {
            List<String> what = new ArrayList<>(jvm);
            what.addAll(List.of(
                    "-jar",
                    jar().toString(),
                    "--dtx.server.port=" + ports.get(i - 1),
                    "--dtx.server.data-dir=" + directory.resolve("data" + i),
                    "--server.port=" + BankSystem.freePort(),
                    "--logging.level.root=WARN"));
            what.addAll(more);
            if (nodes > 1) {
                what.add("--dtx.server.id=n" + i);
                what.add("--dtx.server.peers=" + String.join(",", peers));
            }
            running.add(new JavaProcess("coordinator" + i, directory, Map.of(), what));
        }
        for (int i = 0; i < nodes; i++) {
            running.get(i).awaitPort(ports.get(i));
        }
        return String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
    }

    private Path jar() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("dtx-server/target"))) {
            return files.filter(file -> file.getFileName().toString().matches("dtx-server-.*\\.jar"))
                    .findAny()
                    .orElseThrow(() -> new IOException("there is no dtx-server/target/dtx-server-*.jar: build first"));
        }
    }
}
