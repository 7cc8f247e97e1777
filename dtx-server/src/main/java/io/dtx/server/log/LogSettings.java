package io.dtx.server.log;

import io.dtx.server.tls.Tls;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the log lives and who shares it.
 *
 * @param directory created with mode 0700 if missing
 * @param id this node's id among the peers
 * @param peers all nodes, this one among them; empty for one node by itself, which then opens no port
 * @param listenOn the address that this node's log port is bound to; null for its host among the peers
 * @param tls how the log's port is encrypted; null for plain text
 * @param snapshotEvery a snapshot is taken, and the log before it removed, after this many entries
 * @param snapshotBytes or after entries of this many bytes together, whichever comes first
 * @param segmentBytes the log is kept in files of about this size; only whole files are removed
 */
public record LogSettings(
        Path directory,
        String id,
        List<Peer> peers,
        @Nullable String listenOn,
        @Nullable Tls tls,
        long snapshotEvery,
        long snapshotBytes,
        long segmentBytes) {

    public static final long DEFAULT_SNAPSHOT_EVERY = 100_000;
    public static final long DEFAULT_SNAPSHOT_BYTES = 256L << 20;
    public static final long DEFAULT_SEGMENT_BYTES = 32L << 20;

    /** One path for one node and for several needs one id where nobody has set one. */
    static final String LONE_ID = "n1";

    public LogSettings {
        peers = peers.stream().sorted(Comparator.comparing(Peer::id)).toList();
        if (!peers.isEmpty() && peers.stream().noneMatch(peer -> peer.id().equals(id))) {
            throw new IllegalArgumentException("this node's id '" + id + "' is not among the peers: "
                    + peers.stream().map(Peer::id).toList());
        }
    }

    /** In plain text. */
    LogSettings(
            Path directory,
            String id,
            List<Peer> peers,
            @Nullable String listenOn,
            long snapshotEvery,
            long segmentBytes) {
        this(directory, id, peers, listenOn, null, snapshotEvery, DEFAULT_SNAPSHOT_BYTES, segmentBytes);
    }

    /** One node by itself. */
    public static LogSettings alone(Path directory) {
        return alone(directory, DEFAULT_SNAPSHOT_EVERY, DEFAULT_SEGMENT_BYTES);
    }

    static LogSettings alone(Path directory, long snapshotEvery, long segmentBytes) {
        return new LogSettings(directory, LONE_ID, List.of(), null, snapshotEvery, segmentBytes);
    }

    /** The same with a snapshot after this many bytes, too. */
    LogSettings withSnapshotBytes(long bytes) {
        return new LogSettings(directory, id, peers, listenOn, tls, snapshotEvery, bytes, segmentBytes);
    }

    /** One node of several, in the same order whatever order they were given in. */
    public static LogSettings member(Path directory, String id, List<Peer> peers, @Nullable String listenOn) {
        return member(directory, id, peers, listenOn, null);
    }

    /** The same with encryption. */
    public static LogSettings member(
            Path directory, String id, List<Peer> peers, @Nullable String listenOn, @Nullable Tls tls) {
        return new LogSettings(
                directory,
                id,
                peers,
                listenOn,
                tls,
                DEFAULT_SNAPSHOT_EVERY,
                DEFAULT_SNAPSHOT_BYTES,
                DEFAULT_SEGMENT_BYTES);
    }

    Peer self() {
        return peer(id);
    }

    Peer peer(String wanted) {
        return peers.stream()
                .filter(peer -> peer.id().equals(wanted))
                .findFirst()
                .orElseThrow();
    }

    List<Peer> others() {
        return peers.stream().filter(peer -> !peer.id().equals(id)).toList();
    }

    /** As many that any two sets of this size have a node in common. */
    int majority() {
        return peers.size() / 2 + 1;
    }

    /**
     * One node of several.
     *
     * @param host by which the others reach it
     * @param port of its log
     * @param door where applications reach it; nothing to the log but a part of what all nodes must agree on
     */
    public record Peer(String id, String host, int port, String door) {
        String address() {
            return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }

        @Override
        public String toString() {
            return id + " at " + address();
        }
    }
}
