package io.dtx.server.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's directory, held by one process at a time.
 *
 * <pre>
 * format   "dtx-log 1": what is in here, and in which version of this layout; the first file that a new directory gets
 * lock     held while a process uses the directory; its content, the process id, is for people
 * member   what a node of several remembers of its membership, see {@link Member}
 * raft/    the log and its snapshots, in a directory named after the log's group
 * </pre>
 */
public final class DataDirectory implements AutoCloseable {

    private static final String FORMAT_FILE = "format";
    private static final String FORMAT = "dtx-log 1";
    private static final String LOCK_FILE = "lock";
    private static final Set<String> MARKS = Set.of(LOCK_FILE, FORMAT_FILE, FORMAT_FILE + ".tmp");

    private final Path path;
    private final FileChannel lockFile;

    private DataDirectory(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    static DataDirectory open(Path given) throws IOException {
        Path path = given.toAbsolutePath().normalize();
        create(path);
        refuseWhatIsNotOurs(path); // before the first write
        DataDirectory directory = new DataDirectory(path, lock(path));
        try {
            directory.mark();
            return directory;
        } catch (IOException e) {
            directory.close();
            throw e;
        }
    }

    /** Where the log and its snapshots are. */
    Path raft() {
        return path.resolve("raft");
    }

    Path path() {
        return path;
    }

    private static void create(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return;
        }
        try {
            if (path.getParent() != null) {
                Files.createDirectories(path.getParent());
            }
            if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createDirectory(
                        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.createDirectory(path);
            }
        } catch (IOException e) {
            throw new IOException("the data directory " + path + " can not be created: " + e, e);
        }
    }

    private static void refuseWhatIsNotOurs(Path path) throws IOException {
        Path format = path.resolve(FORMAT_FILE);
        if (Files.exists(format)) {
            String found = Files.readString(format).strip();
            if (!found.equals(FORMAT)) {
                throw new IOException("the data directory " + path + " has the format '" + found + "', not '" + FORMAT
                        + "': start the version of dtx that wrote it, or choose another directory");
            }
            return;
        }
        try (Stream<Path> entries = Files.list(path)) {
            List<String> strangers = entries.map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> !MARKS.contains(name))
                    .sorted()
                    .toList();
            if (!strangers.isEmpty()) {
                throw new IOException("the directory " + path + " is not empty and not a dtx data directory (it holds '"
                        + strangers.get(0) + "'): choose an empty or a new one");
            }
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel file = FileChannel.open(
                path.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = tryLock(file);
        if (lock == null) {
            String holder = Files.readString(path.resolve(LOCK_FILE)).strip();
            file.close();
            throw new IOException("the data directory " + path + " is in use by "
                    + (holder.isEmpty() ? "another process" : "process " + holder)
                    + ": stop it, or choose another directory");
        }
        file.truncate(0);
        file.write(ByteBuffer.wrap(String.valueOf(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
        return file;
    }

    private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // held by this very process
        }
    }

    private void mark() throws IOException {
        Path format = path.resolve(FORMAT_FILE);
        if (Files.exists(format)) {
            return;
        }
        Path temporary = path.resolve(FORMAT_FILE + ".tmp");
        Files.writeString(temporary, FORMAT + "\n");
        force(temporary);
        Files.move(temporary, format, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        forceDirectory(path);
    }

    static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Makes names in a directory durable, where the platform can open one. */
    public static void forceDirectory(Path directory) throws IOException {
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** Gives the directory up. */
    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
