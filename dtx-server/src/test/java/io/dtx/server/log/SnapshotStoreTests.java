package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.server.coordinator.Snapshot;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.server.storage.RaftStorage.StartupOption;
import org.apache.ratis.util.SizeInBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotStoreTests {

    @Test
    void aSnapshotThatCanNotBeWrittenTakesNoRoomOfTheLog(@TempDir File directory) throws IOException {
        RaftStorage storage = RaftStorage.newBuilder()
                .setDirectory(directory)
                .setOption(StartupOption.FORMAT)
                .setStorageFreeSpaceMin(SizeInBytes.ONE_KB)
                .build();
        storage.initialize();
        try (storage) {
            SnapshotStore store = new SnapshotStore();
            store.init(storage);
            Path files = storage.getStorageDir().getStateMachineDir().toPath();
            // Where its MD5 file belongs there is something else, that can not be replaced.
            Files.createDirectories(files.resolve("snapshot.1_7.md5").resolve("in the way"));

            assertThatThrownBy(() -> store.save(Snapshot.EMPTY, TermIndex.valueOf(1, 7)))
                    .isInstanceOf(IOException.class);

            assertThat(names(files)).containsExactly("snapshot.1_7.md5");
            store.save(Snapshot.EMPTY, TermIndex.valueOf(1, 8));
            assertThat(names(files))
                    .contains("snapshot.1_8", "snapshot.1_8.md5")
                    .hasSize(3);
        }
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
