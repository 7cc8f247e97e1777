package io.dtx.server.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A directory whose disk can be made to fail, for processes that are started by {@link #on}. Needs Linux and a C compiler. */
final class BrokenDisk {

    private static final String SOURCE = "broken-disk.c";

    private final Path directory;
    private final Path library;

    private BrokenDisk(Path directory, Path library) {
        this.directory = directory;
        this.library = library;
    }

    /** @param home empty; the disk is a directory in it */
    static BrokenDisk in(Path home) throws Exception {
        Path source = home.resolve(SOURCE);
        try (InputStream text = Objects.requireNonNull(BrokenDisk.class.getResourceAsStream("/" + SOURCE))) {
            Files.copy(text, source);
        }
        Path library = home.resolve("broken-disk.so");
        Assumptions.assumeTrue(
                run("cc", "-shared", "-fPIC", "-O1", "-o", library.toString(), source.toString(), "-ldl") == 0,
                "there is no C compiler here");
        return new BrokenDisk(Files.createDirectory(home.resolve("disk")), library);
    }

    Path directory() {
        return directory;
    }

    /** The command, so that what it starts meets this disk. */
    List<String> on(List<String> command) {
        List<String> all = new ArrayList<>(List.of("env", "LD_PRELOAD=" + library, "BROKEN_DISK=" + directory));
        all.addAll(command);
        return all;
    }

    void make(String fault) throws IOException {
        Files.createFile(switchOf(fault));
    }

    void mend(String fault) throws IOException {
        Files.delete(switchOf(fault));
    }

    private Path switchOf(String fault) {
        return directory.resolveSibling(directory.getFileName() + "." + fault);
    }

    static int run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).inheritIO().start();
            return process.waitFor(60, TimeUnit.SECONDS) ? process.exitValue() : 1;
        } catch (IOException missing) {
            return 127;
        }
    }
}
