package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.server.coordinator.Snapshot;
import io.dtx.server.log.LogSettings.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.server.storage.RaftStorage.StartupOption;
import org.apache.ratis.util.SizeInBytes;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What does not wait for the operating system to write it, sooner or later: no test can take the power away. */
class ForcedFilesTests {

    @TempDir
    private Path temporary;

    private interface Step {
        void run() throws IOException;
    }

    /** The files and directories below the temporary one that were forced meanwhile. */
    private Set<Path> forced(Step step) throws IOException {
        Path recorded = temporary.resolve("recorded.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("jdk.FileForce").withThreshold(Duration.ZERO).withoutStackTrace();
            recording.start();
            step.run();
            recording.stop();
            recording.dump(recorded);
        }
        return RecordingFile.readAllEvents(recorded).stream()
                .map(event -> Path.of(event.getString("path")).normalize())
                .filter(path -> path.startsWith(temporary))
                .collect(Collectors.toSet());
    }

    @Test
    @DisplayName("I2, I8: a snapshot is on the disk, with its name, before the log that it replaces may go")
    void i2_aSnapshotIsForced() throws IOException {
        RaftStorage storage = RaftStorage.newBuilder()
                .setDirectory(temporary.resolve("storage").toFile())
                .setOption(StartupOption.FORMAT)
                .setStorageFreeSpaceMin(SizeInBytes.ONE_KB)
                .build();
        storage.initialize();
        try (storage) {
            SnapshotStore store = new SnapshotStore();
            store.init(storage);
            Path directory = storage.getStorageDir().getStateMachineDir().toPath();

            assertThat(forced(() -> store.save(Snapshot.EMPTY, TermIndex.valueOf(1, 7))))
                    .contains(directory.resolve("snapshot.1_7.tmp"), directory);

            Path arrived = Files.createDirectories(
                    storage.getStorageDir().getTmpDir().toPath().resolve("one"));
            Path file = Files.writeString(arrived.resolve("snapshot.1_8"), "whatever");
            assertThat(forced(store::forceArrived)).contains(file, arrived);
            assertThat(forced(store::forceInstalled))
                    .contains(storage.getStorageDir().getRoot().toPath());
        }
    }

    @Test
    @DisplayName("I2: what a node knows of its membership is on the disk before it goes by it")
    void i2_aMembershipIsForced() throws IOException {
        List<Peer> peers = List.of(new Peer("n1", "127.0.0.1", 1, "127.0.0.1:11"));
        LogSettings settings = new LogSettings(temporary, "n1", peers, null, 50, 1 << 16);
        Member member = Member.founding(settings, new SecureRandom());

        assertThat(forced(() -> member.write(temporary))).contains(temporary.resolve("member.tmp"), temporary);
    }

    @Test
    void theFormatOfADataDirectoryIsForced() throws IOException {
        Path data = temporary.resolve("data");

        assertThat(forced(() -> DataDirectory.open(data).close())).contains(data.resolve("format.tmp"), data);
    }
}
