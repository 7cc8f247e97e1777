package io.dtx.server.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Remembers, in the data directory, that a client has seen more of this cluster's log than the directory holds: it is an old
 * copy. Without the mark a plain restart would serve whoever comes before that client, and the sweep's question would be
 * answered from the old state (T13).
 */
public final class BehindMark {

    private static final String FILE = "behind";

    private final Path file;

    public BehindMark(Path dataDirectory) {
        this.file = dataDirectory.resolve(FILE);
    }

    boolean isSet() {
        return Files.exists(file);
    }

    void set(String text) {
        try {
            Files.writeString(file, text + System.lineSeparator());
        } catch (IOException e) {
            throw new UncheckedIOException("can not write " + file, e);
        }
    }

    void clear() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("can not delete " + file, e);
        }
    }
}
