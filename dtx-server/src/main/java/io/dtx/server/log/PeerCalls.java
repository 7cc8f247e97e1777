package io.dtx.server.log;

import io.dtx.server.log.LogSettings.Peer;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.GroupInfoReply;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SetConfigurationRequest.Mode;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.util.TimeDuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What nodes ask each other beside the log's own protocol, on the same port. Every call blocks, some seconds at most. */
final class PeerCalls implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PeerCalls.class);
    private static final TimeDuration PATIENCE = TimeDuration.valueOf(3, TimeUnit.SECONDS);

    private final LogSettings settings;
    private final RaftClient anyGroup;

    /**
     * What a node says of a group that it is in.
     *
     * @param members as far as that node knows, which may be behind
     * @param followers whom it sends entries to, if it leads
     */
    record View(Set<String> members, boolean leads, Set<String> followers) {
        static final View NOT_IN = new View(Set.of(), false, Set.of());
    }

    PeerCalls(LogSettings settings) {
        this.settings = settings;
        this.anyGroup = client(RaftGroupId.randomId(), 0);
    }

    /** The groups that a peer has; empty if it has no data; nothing if it does not answer. */
    Optional<List<UUID>> groups(Peer peer) {
        try {
            return Optional.of(anyGroup.getGroupManagementApi(id(peer)).list().getGroupIds().stream()
                    .map(RaftGroupId::getUuid)
                    .toList());
        } catch (IOException | RuntimeException unreachable) {
            tellIfRefused(peer, unreachable);
            return Optional.empty();
        }
    }

    /** That a peer is not there yet is no news; that TLS does not come about will not pass by itself. */
    private static void tellIfRefused(Peer peer, Exception failure) {
        String why = "";
        boolean refused = false;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            refused |= cause instanceof SSLException
                    || (cause instanceof StatusRuntimeException status
                            && status.getStatus().getCode() == Status.Code.PERMISSION_DENIED);
            why = cause.getMessage() == null ? why : cause.getMessage();
        }
        if (refused) {
            log.warn(
                    "This node can not talk to {}: {}. Its dtx.server.ssl.bundle, and that of the other, must both be set (or"
                            + " neither), trust each other's certificates, and these name the hosts in dtx.server.peers.",
                    peer,
                    why);
        }
    }

    /** Nothing if the peer does not answer, or is not in the group (any more, or yet). */
    Optional<View> view(Peer peer, UUID group) {
        try {
            GroupInfoReply info = anyGroup.getGroupManagementApi(id(peer)).info(RaftGroupId.valueOf(group));
            Set<String> members = info.getConf().map(PeerCalls::members).orElse(Set.of());
            RoleInfoProto role = info.getRoleInfoProto();
            return Optional.of(new View(members, role.getRole() == RaftPeerRole.LEADER, followers(role)));
        } catch (IOException | RuntimeException unreachable) {
            return Optional.empty();
        }
    }

    /** Both sides of a change that is under way count. */
    private static Set<String> members(RaftConfigurationProto conf) {
        return Stream.concat(conf.getPeersList().stream(), conf.getOldPeersList().stream())
                .map(RaftPeerProto::getId)
                .map(ByteString::toStringUtf8)
                .collect(Collectors.toSet());
    }

    private static Set<String> followers(RoleInfoProto role) {
        return role.getLeaderInfo().getFollowerInfoList().stream()
                .map(follower -> follower.getId().getId().toStringUtf8())
                .collect(Collectors.toSet());
    }

    /** Asks a leader to make room for another, perhaps itself again. */
    void stepDown(Peer leader, UUID group) throws IOException {
        try (RaftClient client = client(RaftGroupId.valueOf(group), 0)) {
            client.admin().transferLeadership(null, id(leader), PATIENCE.toLong(TimeUnit.MILLISECONDS));
        }
    }

    /** Takes this node out of the members. @throws IOException if it is not known to have been done */
    void removeSelf(UUID group, Set<String> members) throws IOException {
        List<Peer> present = members.stream().map(settings::peer).toList();
        change(
                group,
                SetConfigurationRequest.Arguments.newBuilder()
                        .setMode(Mode.COMPARE_AND_SET)
                        .setServersInCurrentConf(RaftSetup.peers(present))
                        .setServersInNewConf(RaftSetup.peers(present.stream()
                                .filter(peer -> !peer.id().equals(settings.id()))
                                .toList()))
                        .build());
    }

    /** Makes this node a member; the leader does so once it has caught up. @throws IOException as above */
    void addSelf(UUID group) throws IOException {
        change(
                group,
                SetConfigurationRequest.Arguments.newBuilder()
                        .setMode(Mode.ADD)
                        .setServersInNewConf(RaftSetup.peers(List.of(settings.self())))
                        .build());
    }

    private void change(UUID group, SetConfigurationRequest.Arguments change) throws IOException {
        try (RaftClient client =
                client(RaftGroupId.valueOf(group), settings.peers().size())) {
            RaftClientReply reply = client.admin().setConfiguration(change);
            if (!reply.isSuccess()) {
                throw new IOException(String.valueOf(reply.getException()));
            }
        }
    }

    /** @param repetitions of a call, each perhaps to the node that the one asked before takes for the leader */
    private RaftClient client(RaftGroupId group, int repetitions) {
        RaftProperties properties = new RaftProperties();
        RaftClientConfigKeys.Rpc.setRequestTimeout(properties, PATIENCE);
        RaftSetup.messages(properties);
        return RaftClient.newBuilder()
                .setProperties(properties)
                .setParameters(PeerDoor.parameters(settings))
                .setRaftGroup(RaftGroup.valueOf(group, RaftSetup.peers(settings.others())))
                .setRetryPolicy(RetryPolicies.retryUpToMaximumCountWithFixedSleep(
                        repetitions, TimeDuration.valueOf(100, TimeUnit.MILLISECONDS)))
                .build();
    }

    private static RaftPeerId id(Peer peer) {
        return RaftPeerId.valueOf(peer.id());
    }

    @Override
    public void close() throws IOException {
        anyGroup.close();
    }
}
