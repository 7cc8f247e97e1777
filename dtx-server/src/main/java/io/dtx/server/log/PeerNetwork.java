package io.dtx.server.log;

import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.server.raftlog.RaftLogIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transport between peers: Ratis' own, over gRPC, but for entries whose answers are lost with a connection, which it never
 * sends again. Named in the settings of Ratis, which makes it by reflection.
 */
public final class PeerNetwork implements RpcType {

    private static final Logger log = LoggerFactory.getLogger(PeerNetwork.class);

    @Override
    public String name() {
        return PeerNetwork.class.getName();
    }

    @Override
    public GrpcFactory newFactory(Parameters parameters) {
        return new Factory(parameters);
    }

    private static final class Factory extends GrpcFactory {

        Factory(Parameters parameters) {
            super(parameters);
        }

        @Override
        public LogAppender newLogAppender(RaftServer.Division server, LeaderState state, FollowerInfo follower) {
            return new Appender(server, state, follower);
        }
    }

    /** Sends the entries to one follower, by a thread of its own. */
    private static final class Appender extends GrpcLogAppender {

        private final LostAnswers lost = new LostAnswers();

        Appender(RaftServer.Division server, LeaderState state, FollowerInfo follower) {
            super(server, state, follower);
        }

        /** Called several times a second, under the lock that is held wherever the next index is set back. */
        @Override
        public AppendEntriesRequestProto newAppendEntriesRequest(long callId, boolean heartbeat)
                throws RaftLogIOException {
            FollowerInfo follower = getFollower();
            long next = follower.getNextIndex();
            // Not from the follower's alone: one of whom nothing is known yet has confirmed nothing.
            long known = Math.max(follower.getMatchIndex(), getRaftLog().getLastCommittedIndex());
            boolean waits = hasPendingDataRequests() || getRaftLog().getNextIndex() > next;
            if (lost.found(next, known, waits, System.nanoTime())) {
                log.debug("{}: entry {} was not confirmed, and is sent again", this, next - 1);
                follower.setNextIndex(next - 1);
            }
            return super.newAppendEntriesRequest(callId, heartbeat);
        }
    }
}
