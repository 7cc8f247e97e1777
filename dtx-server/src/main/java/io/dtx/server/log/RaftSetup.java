package io.dtx.server.log;

import io.dtx.server.log.LogSettings.Peer;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.RaftServerConfigKeys.Read;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** How Ratis is set: every setting that is not its default has its reason here. */
final class RaftSetup {

    /** One log entry, with what Ratis adds to it, is no larger. */
    static final int MAX_ENTRY_BYTES = 16 << 20;

    private static final SizeInBytes ENTRY_LIMIT = SizeInBytes.valueOf(MAX_ENTRY_BYTES + (1 << 16));
    private static final SizeInBytes WRITE_BUFFER = SizeInBytes.valueOf(MAX_ENTRY_BYTES + (1 << 17));
    private static final SizeInBytes MESSAGE_LIMIT = SizeInBytes.valueOf(MAX_ENTRY_BYTES + (2 << 20));
    private static final TimeDuration NEVER = TimeDuration.valueOf(3650, TimeUnit.DAYS);

    /** Of a node by itself; which cluster it is, the first command says. */
    private static final UUID LONE_GROUP = UUID.fromString("64747800-0000-4000-8000-000000000001");

    // A leader that is gone is replaced within 3 s. A follower looks at the end of a random time whether it has heard
    // nothing for all of it, and if not, takes another: it notices after 0.4 s at best, 1.6 s at worst. A vote that was
    // lost (a draw, or the asker's log lacks what the other's has) costs another 0.4 to 0.8 s. So one lost round always
    // fits, two nearly always, with some tenths of a second left for the first entry of the term.
    // Shorter times would depose leaders for a pause of the garbage collector: a leader is deposed if a majority has
    // heard nothing for 0.4 s, or it hears nothing of one for 0.8 s; it speaks every 0.2 s, on a connection without log
    // entries.
    private static final TimeDuration ELECTION_MIN = TimeDuration.valueOf(400, TimeUnit.MILLISECONDS);
    private static final TimeDuration ELECTION_MAX = TimeDuration.valueOf(800, TimeUnit.MILLISECONDS);

    private static final int NETWORK_THREADS =
            Math.max(2, 2 * Runtime.getRuntime().availableProcessors());

    private RaftSetup() {}

    static RaftGroup loneGroup() {
        return RaftGroup.valueOf(
                RaftGroupId.valueOf(LONE_GROUP),
                RaftPeer.newBuilder().setId(LogSettings.LONE_ID).build());
    }

    static List<RaftPeer> peers(List<Peer> peers) {
        return peers.stream()
                .map(peer -> RaftPeer.newBuilder()
                        .setId(peer.id())
                        .setAddress(peer.address())
                        .build())
                .toList();
    }

    static RaftProperties properties(LogSettings settings, Path directory) {
        RaftProperties properties = new RaftProperties();
        RaftServerConfigKeys.setStorageDir(properties, List.of(directory.toFile()));
        RaftServerConfigKeys.setRemovedGroupsDir(
                properties, directory.resolveSibling("removed").toFile());
        // Ratis closes itself after a long pause of the process; a laptop that slept is no reason.
        RaftServerConfigKeys.setCloseThreshold(properties, NEVER);
        Read.setOption(properties, Read.Option.LINEARIZABLE);
        Read.setLeaderLeaseEnabled(properties, false);
        // Nobody sends a request twice under one call id: without this, each reply would be kept for a minute.
        RaftServerConfigKeys.RetryCache.setExpiryTime(properties, TimeDuration.ONE_SECOND);
        log(properties, settings);
        if (settings.peers().isEmpty()) {
            alone(properties);
        } else {
            network(properties, settings);
        }
        return properties;
    }

    private static void log(RaftProperties properties, LogSettings settings) {
        RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SizeInBytes.valueOf(settings.segmentBytes()));
        RaftServerConfigKeys.Log.setPreallocatedSize(
                properties, SizeInBytes.valueOf(Math.min(4 << 20, settings.segmentBytes())));
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, ENTRY_LIMIT);
        RaftServerConfigKeys.Log.setWriteBufferSize(properties, WRITE_BUFFER);
        // A damaged entry stops the start, wherever it is; what was not answered, LogCheck has cut away before.
        RaftServerConfigKeys.Log.setCorruptionPolicy(properties, CorruptionPolicy.EXCEPTION);
        RaftServerConfigKeys.Log.setUnsafeFlushEnabled(properties, false);
        RaftServerConfigKeys.Log.setAsyncFlushEnabled(properties, false);
        // Would add an entry, and a write, to each of ours, to know the commit index a little earlier after a start.
        RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, false);
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
        RaftServerConfigKeys.Log.setPurgeGap(properties, 1);
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, true);
        // Asks after each look into the log: whether a snapshot is due, LogGrowth says, which counts bytes, too.
        RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, 1);
        // A clean stop leaves what a crash leaves: one way to start.
        RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(properties, false);
    }

    private static void alone(RaftProperties properties) {
        RaftConfigKeys.Rpc.setType(properties, new NoNetwork());
        // There is nobody whose vote could be disturbed by a hasty election.
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, TimeDuration.valueOf(1, TimeUnit.MILLISECONDS));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(properties, TimeDuration.valueOf(5, TimeUnit.MILLISECONDS));
    }

    private static void network(RaftProperties properties, LogSettings settings) {
        Peer self = settings.self();
        RaftConfigKeys.Rpc.setType(properties, new PeerNetwork());
        // Without a host Ratis listens on every interface.
        GrpcConfigKeys.Server.setHost(properties, settings.listenOn() == null ? self.host() : settings.listenOn());
        GrpcConfigKeys.Server.setPort(properties, self.port());
        // PeerDoor looks at each connection, which it can where the sockets are Java's; Ratis owns these threads.
        GrpcConfigKeys.setUseEpoll(properties, false);
        GrpcConfigKeys.Server.setBossGroupSize(properties, 1);
        GrpcConfigKeys.Server.setWorkerGroupSize(properties, NETWORK_THREADS);
        RaftServerConfigKeys.Rpc.setTimeoutMin(properties, ELECTION_MIN);
        RaftServerConfigKeys.Rpc.setTimeoutMax(properties, ELECTION_MAX);
        // A leader that heard of too few gives the others time for two elections. Ratis' ten seconds would leave the
        // log without a leader where another is dead, and this one alone has the last entries. A leader whose process
        // paused for so long steps down, too: by then the others have noticed.
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(properties, ELECTION_MAX.multiply(2));
        messages(properties);
    }

    static void messages(RaftProperties properties) {
        GrpcConfigKeys.setMessageSizeMax(properties, MESSAGE_LIMIT);
    }
}
