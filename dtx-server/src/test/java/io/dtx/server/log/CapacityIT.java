package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.server.config.CoordinatorServer;
import io.dtx.server.config.CoordinatorSettings;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Counts;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.runtime.LeaderSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many unfinished transactions, made through the log: how much disk, memory and time they take. {@code
 * -Dcapacity.transactions=100000} makes the numbers of docs/operations.md; each transaction has one branch with ten locks
 * ({@code -Dcapacity.locks}).
 */
class CapacityIT {

    private static final int TRANSACTIONS = Integer.getInteger("capacity.transactions", 3_000);
    private static final int LOCKS_EACH = Integer.getInteger("capacity.locks", 10);
    private static final long LOCKS = (long) TRANSACTIONS * LOCKS_EACH;
    private static final int TRANSACTIONS_PER_ENTRY = 10;
    private static final int ENTRIES_UNDER_WAY = 64;
    /** Entries after which a snapshot is due. Twice as many are written in all. */
    private static final int EVERY = TRANSACTIONS / TRANSACTIONS_PER_ENTRY / 2;

    private static final long SEGMENT_BYTES = 1 << 20;
    private static final Duration RESTART = Duration.ofSeconds(30);

    @TempDir
    private Path data;

    @Test
    @DisplayName("I8: what is unfinished is there after a restart, from a snapshot and few entries after it")
    void i8_aLargeStateRestartsFromItsSnapshotInBoundedTime() throws Exception {
        LogSettings settings = LogSettings.alone(data.resolve("log"), EVERY, SEGMENT_BYTES);
        long lastIndex;
        try (Node node = Node.open(settings)) {
            node.submit(Commands.createCluster());
            long start = System.nanoTime();
            makeTransactions(node);
            said("%,d transactions with %,d locks made in %,d ms".formatted(TRANSACTIONS, LOCKS, millisSince(start)));
            said("longest wait of a single command while the last snapshot was taken: %,d ms"
                    .formatted(longestWait(node)));
            lastIndex = node.log.appliedIndex();
        }
        Path snapshot = newestSnapshot();
        said("snapshot: %,d bytes; log: %,d bytes".formatted(Files.size(snapshot), sizeOf("log_")));
        assertThat(sizeOf("log_")).as("the log, beside its snapshot").isLessThan(2 * Files.size(snapshot));
        assertThat(lastIndex - indexOf(snapshot))
                .as("entries after the snapshot")
                .isLessThan(2L * EVERY);

        restart();
        memory(snapshot);
    }

    private void makeTransactions(Node node) {
        Deque<CompletableFuture<?>> underWay = new ArrayDeque<>();
        for (int first = 0; first < TRANSACTIONS; first += TRANSACTIONS_PER_ENTRY) {
            List<Command> batch = new ArrayList<>();
            IntStream.range(first, first + TRANSACTIONS_PER_ENTRY).forEach(number -> {
                batch.add(new Command.Begin(Commands.xid(number), "transfer", "bank1", 3_600_000));
                batch.add(register(number));
            });
            underWay.add(node.log.submit(batch));
            if (underWay.size() > ENTRIES_UNDER_WAY) {
                Node.await(underWay.remove());
            }
        }
        underWay.forEach(Node::await);
    }

    private static Command register(int number) {
        List<Lock> locks = IntStream.range(0, LOCKS_EACH)
                .mapToObj(row -> LockKey.on(Commands.RESOURCE, "", "public", "account", "")
                        .number(String.valueOf((long) number * LOCKS_EACH + row))
                        .build())
                .map(key -> new Lock(key, LockMode.EXCLUSIVE))
                .toList();
        return new Command.RegisterBranch(
                new BranchId(Commands.xid(number), 1), Commands.RESOURCE, "bank1", List.of(), locks);
    }

    /** With as many single commands as make a snapshot due. */
    private static long longestWait(Node node) {
        long longest = 0;
        for (int i = 0; i <= EVERY; i++) {
            long start = System.nanoTime();
            node.submit(Commands.begin(i));
            longest = Math.max(longest, millisSince(start));
        }
        return longest;
    }

    private void restart() {
        CoordinatorSettings settings = new CoordinatorSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null, data, LeaderSettings.STANDARD, false);
        long start = System.nanoTime();
        try (CoordinatorServer server = CoordinatorServer.start(settings, () -> {})) {
            long took = millisSince(start);
            said("restart until it serves: %,d ms".formatted(took));
            Counts counts = server.coordinator().read(StateMachine::counts);
            assertThat(counts.active()).isEqualTo(TRANSACTIONS);
            assertThat(counts.lockedKeys()).isEqualTo(LOCKS);
            assertThat(took).isLessThan(RESTART.toMillis());
        }
    }

    /** By what is in use after collections, with and without the state. */
    private static void memory(Path snapshot) throws IOException {
        long before = used();
        StateMachine state = new StateMachine(SnapshotFile.read(snapshot));
        long taken = used() - before;
        said("memory: %,d MB, %,d bytes for each lock with its part of a transaction"
                .formatted(taken >> 20, taken / state.counts().lockedKeys()));
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private Path newestSnapshot() throws IOException {
        try (Stream<Path> files = Files.walk(data)) {
            return files.filter(file -> String.valueOf(file.getFileName()).matches("snapshot\\.\\d+_\\d+"))
                    .max(Comparator.comparing(CapacityIT::indexOf))
                    .orElseThrow();
        }
    }

    private static long indexOf(Path snapshot) {
        String name = String.valueOf(snapshot.getFileName());
        return Long.parseLong(name.substring(name.indexOf('_') + 1));
    }

    private long sizeOf(String prefix) throws IOException {
        try (Stream<Path> files = Files.walk(data)) {
            return files.filter(file -> String.valueOf(file.getFileName()).startsWith(prefix))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static long millisSince(long start) {
        return Duration.ofNanos(System.nanoTime() - start).toMillis();
    }

    private static void said(String figures) {
        System.out.println("capacity: " + figures);
    }
}
