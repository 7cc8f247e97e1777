package io.dtx.server.log;

import io.dtx.server.coordinator.Snapshot;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.stream.Stream;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.server.storage.RaftStorageDirectory;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.MD5FileUtil;
import org.jspecify.annotations.Nullable;

/** Snapshot files by the names that Ratis finds them by, each with the MD5 file that Ratis sends with it to a peer. */
final class SnapshotStore extends SimpleStateMachineStorage {

    private static final String TEMPORARY = ".tmp";

    /** Two: the older may be on its way to a peer. */
    private static final SnapshotRetentionPolicy KEEP = new SnapshotRetentionPolicy() {
        @Override
        public int getNumSnapshotsRetained() {
            return 2;
        }
    };

    private @Nullable RaftStorageDirectory root;

    @Override
    public void init(RaftStorage storage) throws IOException {
        root = storage.getStorageDir();
        Path directory = storage.getStorageDir().getStateMachineDir().toPath();
        try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(directory, "*" + TEMPORARY)) {
            for (Path file : unfinished) {
                Files.delete(file);
            }
        }
        super.init(storage);
    }

    /**
     * Writes a snapshot, makes it durable, and removes older ones. It counts only once its last name is there, and its MD5 file
     * is there before: whoever dies before that leaves a file that {@link #init} removes, and the log that the snapshot would
     * have replaced is still whole. One that can not be written whole is removed at once, since the log needs the room.
     */
    void save(Snapshot snapshot, TermIndex at) throws IOException {
        File file = getSnapshotFile(at.getTerm(), at.getIndex());
        Path target = file.toPath();
        Path temporary = target.resolveSibling(target.getFileName() + TEMPORARY);
        try {
            MD5Hash digest = write(snapshot, temporary);
            MD5FileUtil.saveMD5File(file, digest);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            DataDirectory.forceDirectory(target.resolveSibling("."));
            updateLatestSnapshot(new SingleFileSnapshotInfo(new FileInfo(target, digest), at.getTerm(), at.getIndex()));
        } finally {
            Files.deleteIfExists(temporary);
        }
        super.cleanupOldSnapshots(KEEP);
    }

    private static MD5Hash write(Snapshot snapshot, Path file) throws IOException {
        MessageDigest md5 = MD5FileUtil.newMD5();
        try (OutputStream out =
                new BufferedOutputStream(new DigestOutputStream(Files.newOutputStream(file), md5), 1 << 16)) {
            SnapshotFile.write(snapshot, out);
        }
        DataDirectory.force(file);
        return MD5Hash.newInstance(md5.digest());
    }

    /** Makes a snapshot that a leader has sent durable where Ratis has put it, before it gets its last place. */
    void forceArrived() {
        RaftStorageDirectory directory = root;
        if (directory == null) {
            return;
        }
        try (Stream<Path> arrived = Files.walk(directory.getTmpDir().toPath())) {
            for (Path file : arrived.toList()) {
                if (Files.isRegularFile(file)) {
                    DataDirectory.force(file);
                } else {
                    DataDirectory.forceDirectory(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the leader's snapshot can not be made durable", e);
        }
    }

    /** Makes its last place durable. */
    void forceInstalled() throws IOException {
        RaftStorageDirectory directory = root;
        if (directory != null) {
            DataDirectory.forceDirectory(directory.getRoot().toPath());
        }
    }

    /** Nothing: Ratis asks after each look whether a snapshot is due; {@link #save} does it when there is a new one. */
    @Override
    public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) {}
}
