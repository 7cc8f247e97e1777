package io.dtx.server.log;

import io.dtx.server.log.LogSettings.Peer;
import io.dtx.server.log.PeerCalls.View;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.rpc.CallId;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node without data becomes a member: at the first start of all, and after its data was lost.
 *
 * <p>A node that has lost its data must not simply go on under its name: it does not know what it has voted and acknowledged,
 * and a majority that was counted with it may have been one only with what it has lost. So nothing that has no data is a member:
 *
 * <ol>
 *   <li>If all peers are there and none has data, the first by id makes a new log with itself as the only member. No other may.
 *   <li>Every other node, and every one that comes back empty, sees to it that it is no member: the leader takes it out, which
 *       takes a majority of the members with data. Then it starts with an empty log, is brought up to date, and only then
 *       counts. A majority of the peers has to confirm that it is out, since a deposed leader might not know.
 * </ol>
 *
 * It is done once the file of {@link Member} is there. Whoever dies before begins again, with nothing.
 */
final class Joining {

    private static final Logger log = LoggerFactory.getLogger(Joining.class);
    private static final long PAUSE_MILLIS = 250;
    private static final long SAY_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final long FOUNDING_SECONDS = 60;

    private final LogSettings settings;
    private final Path directory;
    private final RaftServer server;
    private final PeerCalls calls;
    private long saidAt = System.nanoTime() - SAY_AGAIN_NANOS;
    private String said = "";

    Joining(LogSettings settings, Path directory, RaftServer server, PeerCalls calls) {
        this.settings = settings;
        this.directory = directory;
        this.server = server;
        this.calls = calls;
    }

    /**
     * Waits for as long as it takes.
     *
     * @throws IOException if the peers do not agree with this node's settings
     */
    Member join() throws IOException {
        boolean out = false;
        while (true) {
            Map<Peer, List<UUID>> answers = ask();
            UUID group = established(answers);
            if (group == null) {
                List<Peer> missing = settings.others().stream()
                        .filter(peer -> !answers.containsKey(peer))
                        .toList();
                if (missing.isEmpty() && settings.peers().get(0).equals(settings.self())) {
                    return found();
                }
                waiting(
                        missing.isEmpty()
                                ? "for " + settings.peers().get(0) + " to begin the new log"
                                : "for " + missing + ": a new cluster begins when all of its nodes are there");
            } else if (!out) {
                out = leave(group, answers);
                if (out) {
                    add(RaftGroup.valueOf(RaftGroupId.valueOf(group)));
                }
            } else if (enter(group)) {
                Member member = Member.of(settings, group);
                member.write(directory);
                log.info("This node, {}, has joined {}", settings.self(), settings.others());
                return member;
            }
            pause();
        }
    }

    private Map<Peer, List<UUID>> ask() {
        Map<Peer, List<UUID>> answers = new LinkedHashMap<>();
        for (Peer peer : settings.others()) {
            calls.groups(peer).ifPresent(groups -> answers.put(peer, groups));
        }
        return answers;
    }

    private @Nullable UUID established(Map<Peer, List<UUID>> answers) throws IOException {
        UUID established = null;
        for (Map.Entry<Peer, List<UUID>> answer : answers.entrySet()) {
            for (UUID group : answer.getValue()) {
                if (!Member.agrees(group, settings.peers())) {
                    throw new IOException("node " + answer.getKey() + " belongs to a cluster with other peers than"
                            + " this node was given: give all nodes the same dtx.server.peers");
                }
                if (established != null && !established.equals(group)) {
                    throw new IOException("the nodes " + answers.keySet() + " belong to different clusters: empty the"
                            + " data directory of the one that is not wanted, and start it again");
                }
                established = group;
            }
        }
        return established;
    }

    /** The file comes first: whoever has seen this group, and has joined it, must find it again after a crash here. */
    private Member found() throws IOException {
        Member founding = Member.founding(settings, new SecureRandom());
        founding.write(directory);
        add(RaftGroup.valueOf(RaftGroupId.valueOf(founding.group()), RaftSetup.peers(List.of(settings.self()))));
        return founded(founding);
    }

    /** Goes on where {@link #found()} may have been interrupted; the server has the group. */
    Member founded(Member founding) throws IOException {
        RaftGroupId group = RaftGroupId.valueOf(founding.group());
        // Until its first entry is durable nothing else says who the members are.
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(FOUNDING_SECONDS);
        while (!server.getDivision(group).getInfo().isLeaderReady()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("the new log could not be begun within " + FOUNDING_SECONDS + " s");
            }
            pause();
        }
        Member member = founding.founded();
        member.write(directory);
        log.info(
                "This node, {}, has begun the log of a new cluster, which {} join", settings.self(), settings.others());
        return member;
    }

    /**
     * Whether it is certain now that this node is no member.
     *
     * @param answers the groups of each peer that could be asked
     */
    boolean leave(UUID group, Map<Peer, List<UUID>> answers) {
        Set<String> members = null;
        int heard = 0;
        Peer forgotten = null;
        for (Map.Entry<Peer, List<UUID>> answer : answers.entrySet()) {
            Optional<View> view =
                    answer.getValue().contains(group) ? calls.view(answer.getKey(), group) : Optional.of(View.NOT_IN);
            if (view.isPresent()) {
                heard++;
                boolean in = view.get().members().contains(settings.id());
                members = in && (members == null || view.get().leads())
                        ? view.get().members()
                        : members;
                if (!in && view.get().followers().contains(settings.id())) {
                    forgotten = answer.getKey();
                }
            }
        }
        if (members == null) {
            if (heard < settings.majority()) {
                waiting("for more of " + settings.others() + " to be reached");
            } else if (forgotten != null) {
                renew(forgotten, group);
            }
            return heard >= settings.majority() && forgotten == null;
        }
        try {
            calls.removeSelf(group, members);
            log.info("This node, {}, has no data: its membership has ended, and it joins anew", settings.self());
        } catch (IOException e) {
            waiting("for a leader to end its former membership (" + reason(e) + ")");
        }
        return false; // until a majority has been heard to know it
    }

    /**
     * A leader of Ratis that was elected while the change of members was under way goes on sending to the member that has gone,
     * and would stumble over that when it is to take it in again, for good. Its next term is free of it.
     */
    private void renew(Peer leader, UUID group) {
        try {
            calls.stepDown(leader, group);
        } catch (IOException e) {
            waiting("for " + leader + " to begin a new term (" + reason(e) + ")");
        }
    }

    /** Asking again for what has been done is answered as done. */
    private boolean enter(UUID group) {
        try {
            calls.addSelf(group);
            return true;
        } catch (IOException e) {
            waiting("for a leader to take it in (" + reason(e) + ")");
            return false;
        }
    }

    private void add(RaftGroup group) throws IOException {
        RaftClientReply reply = server.groupManagement(GroupManagementRequest.newAdd(
                ClientId.randomId(), server.getId(), CallId.getAndIncrement(), group, false));
        if (!reply.isSuccess()) {
            throw new IOException("the log can not be made: " + reply.getException(), reply.getException());
        }
    }

    private void waiting(String what) {
        long now = System.nanoTime();
        long pause = what.equals(said) ? SAY_AGAIN_NANOS : SAY_AGAIN_NANOS / 10;
        if (now - saidAt >= pause) {
            said = what;
            saidAt = now;
            log.info("Node {} has no data, and waits {}", settings.self(), what);
        }
    }

    private static String reason(Throwable failure) {
        String message = failure.getMessage();
        return message == null
                ? failure.toString()
                : message.lines().findFirst().orElse("");
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while joining the other nodes");
        }
    }
}
