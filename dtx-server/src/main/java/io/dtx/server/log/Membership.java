package io.dtx.server.log;

import io.dtx.server.log.LogSettings.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which log this node belongs to: that of a node by itself, one that its data directory remembers, or one that it has to join.
 *
 * <p>Two nodes exchange entries only within one group, and a group is made once, at random, for one list of peers. So a node
 * with the data of another cluster, or of a former life of this one, can not mix its log with theirs; here it is told so.
 */
final class Membership {

    private static final Logger log = LoggerFactory.getLogger(Membership.class);

    private final LogSettings settings;
    private final DataDirectory directory;
    /** Null for a node by itself, and for one that has no data. */
    private final @Nullable Member member;

    private Membership(LogSettings settings, DataDirectory directory, @Nullable Member member) {
        this.settings = settings;
        this.directory = directory;
        this.member = member;
    }

    /** @throws IOException if the directory's data is not this node's */
    static Membership of(LogSettings settings, DataDirectory directory) throws IOException {
        Member member = Member.read(directory.path());
        if (settings.peers().isEmpty()) {
            if (member != null) {
                throw new IOException("its data is that of node " + member.id() + " of " + member.peers()
                        + ": set dtx.server.id and dtx.server.peers as they were, or choose another directory");
            }
            return new Membership(settings, directory, null);
        }
        if (member == null) {
            refuseIf(
                    Files.exists(directory
                            .raft()
                            .resolve(
                                    RaftSetup.loneGroup().getGroupId().getUuid().toString())),
                    () -> "its data is that of a node by itself, which can not become one of several:"
                            + " start without dtx.server.peers, or choose another directory");
            clear(directory.raft()); // of a start that was broken off before this node counted
        } else {
            refuseIf(
                    !member.id().equals(settings.id()),
                    () -> "its data is that of node " + member.id() + ", and dtx.server.id is " + settings.id()
                            + ": correct one of them");
            refuseIf(
                    !member.peers().equals(settings.peers()),
                    () -> "its data is that of a cluster with the peers " + described(member.peers())
                            + ", and dtx.server.peers is " + described(settings.peers())
                            + ": correct one of them");
            refuseIf(
                    !member.founding()
                            && !Files.isDirectory(
                                    directory.raft().resolve(member.group().toString())),
                    () -> "its log is missing: empty the whole directory, so that this node joins the others anew");
        }
        return new Membership(settings, directory, member);
    }

    /** What Ratis is to open; none where that is not known before {@link #complete}. */
    Optional<RaftGroup> group() {
        if (settings.peers().isEmpty()) {
            return Optional.of(RaftSetup.loneGroup());
        }
        // Without peers: who the members are is in the log, and must not be guessed where that has lost it. Only the
        // node that has not finished founding it knows: itself, unless the log says otherwise already. Ratis opens what
        // it finds there, so the group that this node was making is told here, and not made a second time later.
        return Optional.ofNullable(member)
                .map(known -> RaftGroup.valueOf(
                        RaftGroupId.valueOf(known.group()),
                        known.founding() ? RaftSetup.peers(List.of(settings.self())) : List.of()));
    }

    /**
     * Joins the others, if need be, once the server listens.
     *
     * @throws IOException if the peers do not agree with this node's settings or data
     */
    RaftGroupId complete(RaftServer server) throws IOException {
        if (settings.peers().isEmpty()) {
            return RaftSetup.loneGroup().getGroupId();
        }
        try (PeerCalls calls = new PeerCalls(settings)) {
            Joining joining = new Joining(settings, directory.path(), server, calls);
            Member complete;
            if (member == null) {
                complete = joining.join();
            } else if (member.founding()) {
                complete = joining.founded(member);
            } else {
                compare(member, calls);
                complete = member;
            }
            return RaftGroupId.valueOf(complete.group());
        }
    }

    /** One stray peer must not keep the others from starting; more strangers than companions show who the stray is. */
    private void compare(Member known, PeerCalls calls) throws IOException {
        List<Peer> companions = new ArrayList<>();
        List<Peer> strangers = new ArrayList<>();
        for (Peer peer : settings.others()) {
            List<UUID> groups = calls.groups(peer).orElse(List.of());
            if (groups.contains(known.group())) {
                companions.add(peer);
            } else if (!groups.isEmpty()) {
                strangers.add(peer);
            }
        }
        refuseIf(
                strangers.size() > companions.size(),
                () -> "its data is that of another cluster than that of " + strangers
                        + ": choose the right directory, or empty this one, so that the node joins them");
        if (!strangers.isEmpty()) {
            log.error("{} belong to another cluster than this node and {}: stop them", strangers, companions);
        }
    }

    private static String described(List<Peer> peers) {
        return peers.stream()
                .map(peer -> peer.id() + "=" + peer.door() + "/" + peer.port())
                .collect(Collectors.joining(","));
    }

    private static void clear(Path raft) throws IOException {
        if (!Files.isDirectory(raft)) {
            return;
        }
        try (Stream<Path> files = Files.walk(raft)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void refuseIf(boolean condition, Supplier<String> why) throws IOException {
        if (condition) {
            throw new IOException(why.get());
        }
    }
}
