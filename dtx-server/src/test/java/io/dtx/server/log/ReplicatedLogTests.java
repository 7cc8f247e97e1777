package io.dtx.server.log;

import static io.dtx.server.log.Commands.begin;
import static io.dtx.server.log.Commands.commit;
import static io.dtx.server.log.Commands.createCluster;
import static io.dtx.server.log.Commands.register;
import static io.dtx.server.log.Commands.restored;
import static io.dtx.server.log.Commands.rollBack;
import static io.dtx.server.log.Commands.xid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.model.TransactionStatus;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.HeldLock;
import io.dtx.server.coordinator.Result.Decided;
import io.dtx.server.coordinator.Result.Done;
import io.dtx.server.coordinator.Snapshot;
import io.dtx.server.coordinator.StateMachine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ReplicatedLogTests {

    @TempDir
    private Path temporary;

    private Path directory() {
        return temporary.resolve("dtx-data");
    }

    private static Set<HeldLock> locks(StateMachine machine) {
        Set<HeldLock> locks = new HashSet<>();
        machine.forEachLock(locks::add);
        return locks;
    }

    @Test
    void aBatchGivesItsResultsInOrderUnderOneIndex() throws IOException {
        try (Node node = Node.open(directory())) {
            List<Applied> results = node.submit(createCluster(), begin(1), register(1, 7, "a"), commit(1, 1));
            assertThat(results).extracting(Applied::index).containsOnly(node.log.appliedIndex());
            assertThat(results).hasSize(4);
            assertThat(node.log.allOnDisk()).isTrue();
            assertThat(node.log.othersCanLead()).isFalse();
            assertThat(results.get(2).result()).isEqualTo(new Done());
            assertThat(results.get(3).result())
                    .isInstanceOfSatisfying(
                            Decided.class,
                            decided -> assertThat(decided.outcome().status()).isEqualTo(TransactionStatus.COMMITTED));
        }
    }

    @Test
    @DisplayName("I8: a restart gives the same state")
    void i8_aRestartGivesTheSameState() throws IOException {
        Snapshot before;
        Set<HeldLock> locksBefore;
        long indexBefore;
        try (Node node = Node.open(directory())) {
            node.submit(createCluster());
            node.submit(begin(1), register(1, 1, "a"), register(1, 2, "b"));
            node.submit(register(2, 1, "c"), rollBack(2));
            node.submit(register(3, 1, "d"), register(3, 2, "e"), rollBack(3), restored(3, 2));
            node.submit(commit(4, 0), rollBack(5), new Command.ForgetOutcomes(1));
            before = node.log.read(StateMachine::snapshot);
            locksBefore = node.log.read(ReplicatedLogTests::locks);
            indexBefore = node.log.appliedIndex();
        }
        try (Node node = Node.open(directory())) {
            assertThat(node.log.read(StateMachine::snapshot)).isEqualTo(before);
            assertThat(node.log.read(ReplicatedLogTests::locks))
                    .isEqualTo(locksBefore)
                    .hasSize(4);
            assertThat(node.submit(begin(6)).get(0).index()).isGreaterThan(indexBefore);
        }
    }

    @Test
    @DisplayName("I8: a snapshot plus the rest of the log gives the same state, and the log before it is gone")
    void i8_theLogShrinksAndASnapshotTakesItsPlace() throws IOException {
        LogSettings settings = LogSettings.alone(directory(), 200, 1 << 16);
        Snapshot before;
        long written = 0;
        try (Node node = Node.open(settings)) {
            node.submit(createCluster());
            String wide = "x".repeat(500);
            for (int i = 1; i <= 2000; i++) {
                node.submit(register(i, 1, wide + i), i % 3 == 0 ? commit(i, 1) : rollBack(i));
                written += 1200;
            }
            before = node.log.read(StateMachine::snapshot);
        }
        assertThat(segments()).as("the first entries are gone").noneMatch(name -> name.startsWith("log_0-"));
        assertThat(sizeOfSegments()).isLessThan(written / 2);
        try (Node node = Node.open(settings)) {
            assertThat(node.log.read(StateMachine::snapshot)).isEqualTo(before);
            assertThat(node.result(register(1, 1, "again"))).isInstanceOf(Decided.class);
            node.submit(register(5000, 1, "y"));
        }
    }

    /** By the number of entries alone, large ones would fill the disk long before the log is shortened. */
    @Test
    @DisplayName("I8: few large entries shorten the log, too; those that a restart reads again count")
    void i8_theLogShrinksByItsBytes() throws IOException {
        int most = 1 << 18;
        LogSettings settings = LogSettings.alone(directory(), 100_000, 1 << 16).withSnapshotBytes(most);
        String wide = "x".repeat(most / 4);
        try (Node node = Node.open(settings)) {
            node.submit(createCluster());
            for (int i = 1; i <= 3; i++) {
                node.submit(register(i, 1, wide + i));
            }
        }
        assertThat(snapshots()).isEmpty();
        Snapshot before;
        try (Node node = Node.open(settings)) {
            node.submit(register(4, 1, wide + 4));
            LogCluster.soon("a snapshot").until(() -> !snapshots().isEmpty());
            AtomicInteger next = new AtomicInteger(5);
            // A file may go while their sizes are summed up.
            LogCluster.soon("the log before it is gone").ignoreExceptions().until(() -> {
                node.submit(begin(next.getAndIncrement()));
                return sizeOfSegments() < most;
            });
            before = node.log.read(StateMachine::snapshot);
        }
        try (Node node = Node.open(settings)) {
            assertThat(node.log.read(StateMachine::snapshot)).isEqualTo(before);
        }
    }

    private List<String> snapshots() throws IOException {
        try (Stream<Path> files = Files.walk(directory())) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.matches("snapshot\\.\\d+_\\d+"))
                    .toList();
        }
    }

    @Test
    void aDamagedSnapshotStopsTheStart() throws IOException {
        LogSettings settings = LogSettings.alone(directory(), 50, 1 << 16);
        try (Node node = Node.open(settings)) {
            node.submit(createCluster());
            for (int i = 1; i <= 200; i++) {
                node.submit(register(i, 1, "row" + i));
            }
        }
        Path snapshot;
        try (Stream<Path> files = Files.walk(directory())) {
            snapshot = files.filter(file -> String.valueOf(file.getFileName()).matches("snapshot\\.\\d+_\\d+"))
                    .max(Comparator.comparing(file -> file.toFile().lastModified()))
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(snapshot);
        bytes[bytes.length / 2] ^= 1;
        Files.write(snapshot, bytes);
        assertThatThrownBy(() -> Node.open(settings).close())
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("the snapshot " + snapshot.getParent(), "is damaged");
        assertThat(Files.readAllBytes(snapshot)).isEqualTo(bytes);
    }

    private List<String> segments() throws IOException {
        try (Stream<Path> files = Files.walk(directory())) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.startsWith("log_"))
                    .toList();
        }
    }

    private long sizeOfSegments() throws IOException {
        long size = 0;
        try (Stream<Path> files = Files.walk(directory())) {
            for (Path file : files.toList()) {
                if (String.valueOf(file.getFileName()).startsWith("log_")) {
                    size += Files.size(file);
                }
            }
        }
        return size;
    }

    @Test
    void aDirectoryInUseIsRefusedWithTheProcessThatHasIt() throws IOException {
        try (Node node = Node.open(directory())) {
            node.submit(createCluster());
            assertThatThrownBy(() -> Node.open(directory()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(directory().toString())
                    .hasMessageContaining(
                            "in use by process " + ProcessHandle.current().pid());
            assertThat(node.result(begin(1))).isEqualTo(new Done());
        }
        Node.open(directory()).close();
    }

    /** What keeps threads of one process apart need not keep processes apart. */
    @Test
    @Timeout(60)
    void aDirectoryInUseByAnotherProcessIsRefusedToo() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        directory().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader told = process.inputReader()) {
            assertThat(told.readLine()).startsWith("holds ");
            assertThatThrownBy(() -> DataDirectory.open(directory()).close())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use by process " + process.pid());
        } finally {
            process.destroyForcibly().waitFor();
        }
        DataDirectory.open(directory()).close();
    }

    /** A process that has a data directory until it is ended, or whoever started it has gone. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws IOException {
            try (DataDirectory directory = DataDirectory.open(Path.of(args[0]))) {
                System.out.println("holds " + directory.path());
                var unused = System.in.read();
            }
        }
    }

    @Test
    void aDirectoryOfSomethingElseIsRefusedAndLeftAlone() throws IOException {
        Files.writeString(temporary.resolve("letter.txt"), "dear");
        assertThatThrownBy(() -> Node.open(temporary))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a dtx data directory")
                .hasMessageContaining("letter.txt");
        try (Stream<Path> files = Files.list(temporary)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void aDirectoryOfAnotherFormatIsRefused() throws IOException {
        Node.open(directory()).close();
        Files.writeString(directory().resolve("format"), "dtx-log 2\n");
        assertThatThrownBy(() -> Node.open(directory()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'dtx-log 2'");
    }

    @Test
    void theDataDirectoryIsForItsOwnerOnly() throws IOException {
        Node.open(directory()).close();
        assertThat(Files.getPosixFilePermissions(directory()))
                .containsExactlyInAnyOrder(
                        PosixFilePermission.OWNER_READ,
                        PosixFilePermission.OWNER_WRITE,
                        PosixFilePermission.OWNER_EXECUTE);
    }

    @Test
    void manyBatchesMayBeOnTheirWayAtOnce() throws IOException {
        try (Node node = Node.open(directory())) {
            node.submit(createCluster());
            List<CompletableFuture<List<Applied>>> answers = new ArrayList<>();
            IntStream.rangeClosed(1, 1000)
                    .forEach(i -> answers.add(node.log.submit(List.of(register(i, 1, "row" + i), commit(i, 1)))));
            for (CompletableFuture<List<Applied>> answer : answers) {
                assertThat(Node.await(answer).get(1).result()).isInstanceOf(Decided.class);
            }
            assertThat(node.log.read(StateMachine::counts).outcomes()).isEqualTo(1000);
        }
    }

    @Test
    void aBatchLargerThanAnEntryIsSplitAndACommandLargerThanAnEntryIsRefused() throws IOException {
        try (Node node = Node.open(directory())) {
            node.submit(createCluster());
            String wide = "x".repeat(ReplicatedLog.MAX_ENTRY_BYTES * 2 / 3);
            List<Applied> results =
                    node.submit(register(1, 1, wide + 1), register(2, 1, wide + 2), register(3, 1, wide + 3));
            assertThat(results).extracting(Applied::result).containsOnly(new Done());
            assertThat(results).extracting(Applied::index).doesNotHaveDuplicates();
            assertThatThrownBy(() -> node.submit(register(4, 1, wide + wide)))
                    .hasRootCauseInstanceOf(IllegalArgumentException.class);
            assertThat(node.log.<Boolean>read(
                            machine -> machine.transaction(xid(3)).isPresent()))
                    .isTrue();
        }
    }

    @Test
    void aClosedLogTakesNothingAndTellsNothing() throws IOException {
        Node node = Node.open(directory());
        node.close();
        assertThatThrownBy(() -> node.submit(createCluster())).hasCauseInstanceOf(Exception.class);
        assertThat(node.log.leading()).isFalse();
        assertThat(node.heard.failed).isNotDone();
    }
}
