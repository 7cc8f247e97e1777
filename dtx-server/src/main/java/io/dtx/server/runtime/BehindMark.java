package io.dtx.server.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Remembers, in the data directory, that a client has seen more of this cluster's log than the directory holds: it is an old
 * copy. Without the mark a plain restart would serve whoever comes before that client, and the sweep's question would be
 * answered from the old state (T13).
 *
 * <p>That this node's log grows takes nothing of it back: what was missing can not come any more, since this node led, and what
 * it wrote then stands in its place.
 *
 * <p>The file is a line for people; after the last {@value #BEFORE_SEEN} (the name of an application may hold such words) it says
 * which index the client had seen, and of which cluster.
 */
public class BehindMark {

    private static final String FILE = "behind";
    private static final String BEFORE_SEEN = "has seen log index ";
    private static final Pattern CLUSTER =
            Pattern.compile("(?s).*" + BEFORE_SEEN + "[0-9]+ of cluster ([0-9A-Za-z]+),.*");

    private final Path file;

    public BehindMark(Path dataDirectory) {
        this.file = dataDirectory.resolve(FILE);
    }

    /**
     * Whether this data is known to be an old copy. A mark that names another cluster is of data that was given up for a new one
     * by another node, and goes.
     *
     * @param cluster the id that the data holds now; null for none
     */
    boolean isSet(@Nullable String cluster) {
        if (!Files.exists(file)) {
            return false;
        }
        Matcher marked = CLUSTER.matcher(read());
        if (cluster == null || !marked.matches() || marked.group(1).equals(cluster)) {
            return true;
        }
        clear();
        return false;
    }

    private String read() {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("can not read " + file, e);
        }
    }

    /** @param what who has seen more than the data holds */
    void set(String what) {
        try {
            Files.writeString(file, what + System.lineSeparator());
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
