package io.dtx.server.log;

import java.nio.file.Path;
import java.util.List;

/**
 * Where the log lives and who shares it.
 *
 * @param directory created with mode 0700 if missing
 * @param id this node's id among the peers
 * @param peers all nodes, this one among them; empty for one node by itself, which then opens no port
 * @param snapshotEvery a snapshot is taken, and the log before it removed, after this many entries
 * @param segmentBytes the log is kept in files of about this size; only whole files are removed
 */
public record LogSettings(Path directory, String id, List<Peer> peers, long snapshotEvery, long segmentBytes) {

    public static final long DEFAULT_SNAPSHOT_EVERY = 100_000;
    public static final long DEFAULT_SEGMENT_BYTES = 32L << 20;

    public LogSettings {
        peers = List.copyOf(peers);
        if (!peers.isEmpty() && peers.stream().noneMatch(peer -> peer.id().equals(id))) {
            throw new IllegalArgumentException("this node's id '" + id + "' is not among the peers: "
                    + peers.stream().map(Peer::id).toList());
        }
    }

    public LogSettings(Path directory, String id, List<Peer> peers, long snapshotEvery) {
        this(directory, id, peers, snapshotEvery, DEFAULT_SEGMENT_BYTES);
    }

    /** One node by itself. */
    public static LogSettings alone(Path directory) {
        return new LogSettings(directory, "n1", List.of(), DEFAULT_SNAPSHOT_EVERY);
    }

    /**
     * One node of several.
     *
     * @param host the address that its log port is bound to, and that the others reach it by
     */
    public record Peer(String id, String host, int port) {}
}
