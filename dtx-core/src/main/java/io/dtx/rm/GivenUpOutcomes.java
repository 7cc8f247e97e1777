package io.dtx.rm;

import io.dtx.model.Xid;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a coordinator has written down of the transactions of a cluster, given-up-.. in its data directory, when that was given
 * up for a new one. Of an hour's outcomes those alone are kept that are asked for.
 */
final class GivenUpOutcomes {

    private static final String MAGIC = "dtx-given-up 1";
    private static final String COMMITTED = "COMMITTED";

    private final String cluster;
    /** XIDs of not after this had finished, if they are not in the file; null where that is not known. */
    private final @Nullable Instant forgotten;

    private final Map<String, String> byXid;

    private GivenUpOutcomes(String cluster, @Nullable Instant forgotten, Map<String, String> byXid) {
        this.cluster = cluster;
        this.forgotten = forgotten;
        this.byXid = byXid;
    }

    /**
     * @param xids that will be asked for
     * @throws IllegalArgumentException if it is another kind of file
     */
    static GivenUpOutcomes read(Path file, Set<String> xids) throws IOException {
        String cluster = "";
        Instant forgotten = null;
        Map<String, String> byXid = new HashMap<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            if (!MAGIC.equals(lines.readLine())) {
                throw notSuchAFile(file, null);
            }
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int blank = line.indexOf(' ');
                String first = blank < 0 ? line : line.substring(0, blank);
                String rest = blank < 0 ? "" : line.substring(blank + 1);
                if (first.equals("cluster")) {
                    cluster = rest;
                } else if (first.equals("forgotten")) {
                    forgotten = Instant.parse(rest);
                } else if (xids.contains(first)) {
                    byXid.put(first, rest);
                }
            }
        } catch (CharacterCodingException | DateTimeException e) {
            throw notSuchAFile(file, e);
        }
        return new GivenUpOutcomes(cluster, forgotten, byXid);
    }

    private static IllegalArgumentException notSuchAFile(Path file, @Nullable Exception cause) {
        return new IllegalArgumentException(
                file + " is not what a coordinator wrote down of a cluster that was given up:"
                        + " that is given-up-<cluster id>.txt in its data directory",
                cause);
    }

    /** For people: how far it was, and since when; empty for one of another cluster than the file's. */
    String text(Xid xid) {
        if (!xid.cluster().equals(cluster)) {
            return "";
        }
        String known = byXid.get(xid.toString());
        if (known != null) {
            return known;
        }
        return finishedBefore(xid) ? COMMITTED + ", as it had finished and was forgotten" : "not known in the file";
    }

    /**
     * Whether it committed: named so, or finished and forgotten. What is forgotten and has an undo row was committed, as for the
     * sweep (I6).
     */
    boolean committed(Xid xid) {
        return text(xid).startsWith(COMMITTED);
    }

    private boolean finishedBefore(Xid xid) {
        return forgotten != null && xid.epochMillis() <= forgotten.toEpochMilli();
    }
}
