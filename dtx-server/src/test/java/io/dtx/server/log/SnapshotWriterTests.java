package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.server.coordinator.Snapshot;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.server.storage.RaftStorage.StartupOption;
import org.apache.ratis.util.SizeInBytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told as written is what Ratis removes the log before. */
class SnapshotWriterTests {

    @TempDir
    private File directory;

    private final SnapshotStore store = new SnapshotStore();
    private final SnapshotWriter writer = new SnapshotWriter(store);
    private RaftStorage storage;

    @BeforeEach
    void open() throws IOException {
        storage = RaftStorage.newBuilder()
                .setDirectory(directory)
                .setOption(StartupOption.FORMAT)
                .setStorageFreeSpaceMin(SizeInBytes.ONE_KB)
                .build();
        storage.initialize();
        store.init(storage);
    }

    @AfterEach
    void close() throws IOException {
        writer.close();
        storage.close();
    }

    @Test
    void aSnapshotIsToldOnceWhenItIsThere() {
        writer.start(Snapshot.EMPTY, TermIndex.valueOf(1, 8));
        writer.awaitIdle();

        assertThat(writer.busy()).isFalse();
        assertThat(store.getLatestSnapshot().getIndex()).isEqualTo(8);
        assertThat(writer.takeWritten()).isEqualTo(8);
        assertThat(writer.takeWritten()).isEqualTo(RaftLog.INVALID_LOG_INDEX);
    }

    @Test
    @DisplayName("I2, I8: the log before a snapshot that could not be written is not given away")
    void i2_i8_aSnapshotThatCouldNotBeWrittenIsNotTold() throws IOException {
        // Where its MD5 file belongs there is something else, that can not be replaced.
        Files.createDirectories(storage.getStorageDir()
                .getStateMachineDir()
                .toPath()
                .resolve("snapshot.1_7.md5")
                .resolve("in the way"));

        writer.start(Snapshot.EMPTY, TermIndex.valueOf(1, 7));
        writer.awaitIdle();

        assertThat(writer.takeWritten()).isEqualTo(RaftLog.INVALID_LOG_INDEX);
        assertThat(writer.busy()).as("the next is tried later").isTrue();
    }
}
