package io.dtx.benchmarks.transfer;

import io.dtx.test.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Seata's server and what its clients need to find it. Both class paths are written by the build of their folders. */
public final class SeataServer {

    private final Path home;
    private final Path directory;
    private final List<JavaProcess> running;

    public SeataServer(Path home, Path directory, List<JavaProcess> running) {
        this.home = home;
        this.directory = directory;
        this.running = running;
    }

    /**
     * Returns the address for the applications.
     *
     * @param store an empty database for the database store, or null for the file store
     */
    public String start(@Nullable Database store) throws IOException, InterruptedException {
        int port = BankSystem.freePort();
        // It takes its settings as system properties: its own parser of arguments refuses Spring's.
        List<String> what = new ArrayList<>(List.of(
                "-Dserver.port=" + BankSystem.freePort(),
                "-Dseata.server.service-port=" + port,
                "-Duser.home=" + directory,
                "-Dlogging.level.root=WARN",
                "-Dspring.main.banner-mode=off"));
        if (store == null) {
            what.add("-Dseata.store.mode=file");
            what.add("-Dseata.store.file.dir=" + directory.resolve("sessions"));
        } else {
            SeataStore.create(store);
            what.addAll(SeataStore.properties(store));
        }
        what.addAll(List.of("-cp", classPath(home, "seata-server"), "io.seata.server.ServerApplication"));
        JavaProcess server = new JavaProcess("seata-server", directory, Map.of(), what);
        running.add(server);
        server.awaitPort(port);
        return "127.0.0.1:" + port;
    }

    static List<String> bankArguments(String name, String address) {
        return List.of(
                "--seata.application-id=" + name,
                "--seata.tx-service-group=benchmark",
                "--seata.service.vgroup-mapping.benchmark=default",
                "--seata.service.grouplist.default=" + address,
                "--seata.data-source-proxy-mode=AT");
    }

    static String bankClassPath(Path home) throws IOException {
        return home.resolve("dtx-benchmarks/seata-bank/target/classes") + ":" + classPath(home, "seata-bank");
    }

    /** For a client without Spring: Seata's integration with it asks for an application as soon as it is there. */
    public static String clientClassPath(Path home) throws IOException {
        return home.resolve("dtx-benchmarks/seata-bank/src/client") + ":"
                + Arrays.stream(bankClassPath(home).split(":"))
                        .filter(entry ->
                                !Path.of(entry).getFileName().toString().startsWith("seata-spring"))
                        .collect(Collectors.joining(":"));
    }

    private static String classPath(Path home, String part) throws IOException {
        Path file = home.resolve("dtx-benchmarks").resolve(part).resolve("target/classpath");
        if (!Files.exists(file)) {
            throw new IOException(file + " is missing: build with -Pbenchmarks");
        }
        return Files.readString(file).strip();
    }
}
