package io.dtx.server.log;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the way to each peer open for votes.
 *
 * <p>A request for a vote fails at once while gRPC waits before it connects again, and it waits longer after each failure, up to
 * two minutes. Ratis cuts that short for a leader only, not for who asks for votes: a node that found a peer dead in one election
 * would go without its vote in the next, although it is back. Where these two are all that is left, nobody leads meanwhile.
 *
 * <p>So connections are made anew after each election, and again and again while nobody leads. Those in use are closed when they
 * have been answered: no vote is lost by it.
 *
 * <p>Who leads is passed on from here, too: Ratis tells a follower that it has a new leader, and not that it has none.
 */
final class PeerReconnection implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PeerReconnection.class);
    private static final long EVERY_MILLIS = 1_000;

    private final RaftServer server;
    private final RaftGroupId group;
    private final List<RaftPeerId> peers;
    private final Consumer<String> follows;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread daemon = new Thread(task, "peer-reconnection");
        daemon.setDaemon(true);
        return daemon;
    });

    /** When the connections were made that there are; null if nobody led then. */
    private @Nullable RaftPeerId lastLeader;

    /** @param follows told at each look who leads, if it is another node; empty for nobody */
    PeerReconnection(RaftServer server, RaftGroupId group, List<RaftPeerId> peers, Consumer<String> follows) {
        this.server = server;
        this.group = group;
        this.peers = peers;
        this.follows = follows;
    }

    /** Where there are no peers, nothing is done. */
    static PeerReconnection start(
            RaftServer server, RaftGroupId group, LogSettings settings, Consumer<String> follows) {
        PeerReconnection reconnection = new PeerReconnection(
                server,
                group,
                settings.others().stream()
                        .map(peer -> RaftPeerId.valueOf(peer.id()))
                        .toList(),
                follows);
        if (!reconnection.peers.isEmpty()) {
            var unused = reconnection.thread.scheduleWithFixedDelay(
                    reconnection::look, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
        return reconnection;
    }

    void look() {
        try {
            DivisionInfo info = server.getDivision(group).getInfo();
            RaftPeerId leader = info.getLeaderId();
            if (leader == null ? !info.isLeader() : peers.contains(leader)) {
                follows.accept(leader == null ? "" : leader.toString());
            }
            boolean anew = leader == null || !leader.equals(lastLeader);
            for (RaftPeerId peer : peers) {
                // Asked each time: closing one takes seconds where its peer does not answer.
                if (anew && !info.isLeader()) {
                    server.getServerRpc().handleException(peer, new IOException("perhaps not connected"), true);
                }
            }
            lastLeader = leader;
        } catch (IOException | RuntimeException | Error e) { // an exception would end the schedule
            log.debug("The peers are not connected to anew", e); // it closes, say
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
