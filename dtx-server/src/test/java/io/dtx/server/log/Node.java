package io.dtx.server.log;

import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An open log and what its listener heard. */
final class Node implements AutoCloseable {

    static final String CLUSTER = "cluster1";
    private static final long PATIENCE_SECONDS = 30;

    final ReplicatedLog log;
    final Heard heard;

    static final class Heard implements Leadership {
        final CompletableFuture<Void> gained = new CompletableFuture<>();
        final CompletableFuture<Throwable> failed = new CompletableFuture<>();

        @Override
        public void gained() {
            gained.complete(null);
        }

        @Override
        public void lost(String leader) {}

        @Override
        public void failed(Throwable cause) {
            failed.complete(cause);
        }
    }

    private Node(ReplicatedLog log, Heard heard) {
        this.log = log;
        this.heard = heard;
    }

    /** Opens, and waits until this node leads. */
    static Node open(LogSettings settings) throws IOException {
        Heard heard = new Heard();
        Node node = new Node(ReplicatedLog.open(settings, InstantSource.system(), heard), heard);
        await(heard.gained);
        return node;
    }

    static Node open(Path directory) throws IOException {
        return open(LogSettings.alone(directory));
    }

    List<Applied> submit(Command... commands) {
        return await(log.submit(List.of(commands)));
    }

    Result result(Command command) {
        return submit(command).get(0).result();
    }

    static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        log.close();
    }
}
