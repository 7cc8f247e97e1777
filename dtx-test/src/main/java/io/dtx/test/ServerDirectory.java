package io.dtx.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The temporary directory of a server process, named for the JVM that owns it.
 *
 * <p>A JVM that is killed cannot stop its servers. So each start looks for directories whose JVM is gone, ends the server
 * that runs in them, and deletes them. A process is ended only if it is the very one that was noted: a process id that
 * was given to another program since has another start time.
 */
final class ServerDirectory {

    static final String LOG = "server.log";

    private static final String OWNED = "server.pid";
    private static final int LOG_LINES = 40;

    private final Path path;

    private ServerDirectory(Path path) {
        this.path = path;
    }

    /** Creates one, readable only to this user, and clears away what dead JVMs left under the same prefix. */
    static ServerDirectory create(String prefix) {
        try {
            clearLeftBehind(prefix);
            return new ServerDirectory(
                    Files.createTempDirectory(prefix + ProcessHandle.current().pid() + "-"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path path() {
        return path;
    }

    /** Notes the process that runs in this directory. */
    void owns(Process server) throws IOException {
        Files.writeString(path.resolve(OWNED), identity(server.toHandle()));
    }

    /** The last lines of the log, each on a line of its own, for an error message; empty if there is no log. */
    String endOfLog() {
        try {
            List<String> lines = Files.readAllLines(path.resolve(LOG));
            return "\n  " + String.join("\n  ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
        } catch (IOException e) {
            return "";
        }
    }

    void delete() {
        try {
            Files.walkFileTree(path, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                    Files.deleteIfExists(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            // The next start tries again.
        }
    }

    private static void clearLeftBehind(String prefix) throws IOException {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        try (DirectoryStream<Path> candidates = Files.newDirectoryStream(temporary, prefix + "*-*")) {
            for (Path candidate : candidates) {
                String rest = candidate.getFileName().toString().substring(prefix.length());
                String owner = rest.substring(0, rest.indexOf('-'));
                if (Files.isReadable(candidate)
                        && owner.matches("\\d{1,18}")
                        && ProcessHandle.of(Long.parseLong(owner)).isEmpty()) {
                    ServerDirectory left = new ServerDirectory(candidate);
                    left.endServer();
                    left.delete();
                }
            }
        }
    }

    private void endServer() throws IOException {
        String identity;
        try {
            identity = Files.readString(path.resolve(OWNED));
        } catch (NoSuchFileException e) {
            return; // it died before it started its server, or another start clears it away
        }
        ProcessHandle.of(Long.parseLong(identity.substring(0, identity.indexOf(' '))))
                .filter(process -> identity(process).equals(identity))
                .ifPresent(process -> {
                    process.destroyForcibly();
                    process.onExit().join();
                });
    }

    private static String identity(ProcessHandle process) {
        return process.pid() + " "
                + process.info().startInstant().map(Object::toString).orElse("?");
    }
}
