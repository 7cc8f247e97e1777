package io.dtx.server.log;

import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.LogSettings.Peer;
import io.dtx.server.log.ServerClosing.StillClosingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.apache.ratis.rpc.CallId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The durable, replicated log of commands and the state machine that it drives, on Apache Ratis. Thread-safe.
 *
 * <p>Why nothing is answered before it is durable (I2): a submission completes with Ratis' reply, which is given when the entry
 * has been applied. An entry is applied only once it is committed, that is when a majority of the peers have it at or below
 * their flush index; and that index moves only after {@code FileChannel.force} of the segment has returned (unsafe and
 * asynchronous flushing are off, see {@link RaftSetup}). With one peer, the majority is this disk. {@link #read} shows applied
 * state only, so the same holds for what it shows.
 */
public final class ReplicatedLog implements AutoCloseable {

    /** The largest log entry, and so the largest single command, in bytes of its encoding. */
    public static final int MAX_ENTRY_BYTES = RaftSetup.MAX_ENTRY_BYTES;

    private static final Logger log = LoggerFactory.getLogger(ReplicatedLog.class);
    private static final long HAND_OVER_MILLIS = 1_500;
    private static final long HEARD_LATELY_MILLIS = 3_000;

    private final LogSettings settings;
    private final DataDirectory directory;
    private final RaftServer server;
    private final PeerReconnection reconnection;
    private final RaftGroupId group;
    private final RaftServer.Division division;
    private final RaftClientAsynchronousProtocol member;
    private final LogStateMachine state;
    private final LeadershipGuard leadership;
    private final InstantSource clock;
    private final ClientId client = ClientId.randomId();

    private ReplicatedLog(
            LogSettings settings,
            DataDirectory directory,
            RaftServer server,
            RaftGroupId group,
            RaftServer.Division division,
            LogStateMachine state,
            LeadershipGuard leadership,
            InstantSource clock) {
        this.settings = settings;
        this.directory = directory;
        this.server = server;
        this.reconnection = PeerReconnection.start(server, group, settings, leadership::follows);
        this.group = group;
        this.division = division;
        this.member = member(division);
        this.state = state;
        this.leadership = leadership;
        this.clock = clock;
    }

    /**
     * Opens the log, or makes a new one where the directory has none, and starts to bring the state up to date; the listener
     * hears when this node leads. A node of several that has no data waits until the others have taken it in, as long as it
     * takes.
     *
     * @throws IOException if the directory can not be used (not ours, damaged, in use by another process), or the peers do not
     *     agree with the settings
     */
    public static ReplicatedLog open(LogSettings settings, InstantSource clock, Leadership listener)
            throws IOException {
        DataDirectory directory = DataDirectory.open(settings.directory());
        LeadershipGuard leadership = new LeadershipGuard(listener, settings.majority());
        LogStateMachine state = new LogStateMachine(leadership, settings);
        RaftServer server = null;
        try {
            Membership membership = Membership.of(settings, directory);
            Path raft = Files.createDirectories(directory.raft());
            LogCheck.checkAll(raft);
            RaftServer.Builder builder = RaftServer.newBuilder()
                    .setServerId(RaftPeerId.valueOf(settings.id()))
                    .setOption(RaftStorage.StartupOption.RECOVER)
                    .setStateMachine(state)
                    .setProperties(RaftSetup.properties(settings, raft))
                    .setParameters(PeerDoor.parameters(settings));
            membership.group().ifPresent(builder::setGroup);
            server = builder.build();
            server.start();
            RaftGroupId group = membership.complete(server);
            return new ReplicatedLog(
                    settings, directory, server, group, server.getDivision(group), state, leadership, clock);
        } catch (IOException | RuntimeException e) {
            leadership.closing();
            IOException failure =
                    new IOException("the log in " + directory.path() + " can not be opened: " + reason(e), e);
            try {
                closeAll(server, directory);
            } catch (IOException closing) {
                failure.addSuppressed(closing);
            }
            throw failure;
        }
    }

    /**
     * Puts commands into one log entry with one timestamp. The results come in the commands' order once the entry is durable
     * and applied; the stage completes on a thread of the log, where nothing may block. The order of batches that are on their
     * way at the same time is not fixed.
     *
     * <p>Fails with {@link NotLeaderException}, with an IOException if the log can not go on or is overloaded, or with an
     * IllegalArgumentException for a command larger than {@link #MAX_ENTRY_BYTES}. A batch that is too large as a whole is
     * split; if a part fails, so does the stage, whatever became of the other.
     *
     * @param batch at least one command
     */
    public CompletableFuture<List<Applied>> submit(List<Command> batch) {
        Submission submission = new Submission(clock.millis(), batch);
        if (submission.getContent().size() <= MAX_ENTRY_BYTES) {
            return send(submission);
        }
        if (batch.size() == 1) {
            return CompletableFuture.failedFuture(new IllegalArgumentException(
                    "a command takes " + submission.getContent().size() + " bytes, the limit is " + MAX_ENTRY_BYTES));
        }
        int half = batch.size() / 2;
        return submit(batch.subList(0, half))
                .thenCombine(submit(batch.subList(half, batch.size())), ReplicatedLog::joined);
    }

    private static List<Applied> joined(List<Applied> first, List<Applied> second) {
        List<Applied> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    private CompletableFuture<List<Applied>> send(Submission submission) {
        RaftClientRequest request = RaftClientRequest.newBuilder()
                .setClientId(client)
                .setServerId(server.getId())
                .setGroupId(group)
                .setCallId(CallId.getAndIncrement())
                .setMessage(submission)
                .setType(RaftClientRequest.writeRequestType())
                .build();
        try {
            return member.submitClientRequestAsync(request).handle((reply, failure) -> {
                if (failure != null) {
                    throw new CompletionException(translated(failure));
                }
                return results(submission, reply);
            });
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(translated(e));
        }
    }

    private static List<Applied> results(Submission submission, RaftClientReply reply) {
        if (reply.isSuccess()) {
            return submission.results();
        }
        throw new CompletionException(translated(reply.getException()));
    }

    private static Throwable translated(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof org.apache.ratis.protocol.exceptions.NotLeaderException notLeader) {
            RaftPeer leader = notLeader.getSuggestedLeader();
            return new NotLeaderException(leader == null ? "" : leader.getId().toString());
        }
        if (cause instanceof LeaderNotReadyException
                || cause instanceof LeaderSteppingDownException
                || cause instanceof ServerNotReadyException) {
            return new NotLeaderException("");
        }
        return new IOException("the log took no command: " + reason(cause), cause);
    }

    /** Asks the state under the lock that applying takes: must be quick, and must not let live views out. */
    public <T> T read(Function<StateMachine, T> question) {
        return state.read(question);
    }

    /** Whether this node leads and may take commands. */
    public boolean leading() {
        return leadership.leading();
    }

    /** Whether this node's own disk has confirmed every entry that its log has so far. */
    public boolean allOnDisk() {
        RaftLog entries = division.getRaftLog();
        long last = entries.getNextIndex() - 1; // first: both only grow
        return entries.getFlushIndex() >= last;
    }

    /**
     * Whether this node leads, and has heard within the last seconds of so many others that they are a majority without it. One
     * that leads hears of each several times a second. Takes no lock: Ratis keeps what it answers apart from its files.
     */
    public boolean othersCanLead() {
        long heard = division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList().stream()
                .filter(follower -> follower.getLastRpcElapsedTimeMs() < HEARD_LATELY_MILLIS)
                .count();
        return heard > settings.peers().size() / 2;
    }

    /** The index of the last entry applied here. */
    public long appliedIndex() {
        return state.getLastAppliedTermIndex().getIndex();
    }

    /** The absolute path of the data directory. */
    public Path directory() {
        return directory.path();
    }

    /**
     * The server would hand each request to a thread of its own first, since appending can wait: for room in the queue to the
     * disk, where never more than one entry of ours is, or for a change of leader, after which the request is refused anyway.
     */
    private static RaftClientAsynchronousProtocol member(RaftServer.Division division) {
        if (division instanceof RaftClientAsynchronousProtocol member) {
            return member;
        }
        throw new IllegalStateException("this version of Ratis takes no requests at a member of its group");
    }

    /**
     * Before a stop: lets another node lead, one that has the whole log, so that nobody has to notice the absence of this one.
     * Waits a few seconds at most. Does nothing where this node does not lead, or is alone.
     */
    public void handOver() {
        if (!leading()) {
            return;
        }
        for (Peer peer : settings.others()) {
            try {
                RaftClientReply reply = server.transferLeadership(new TransferLeadershipRequest(
                        client,
                        server.getId(),
                        group,
                        CallId.getAndIncrement(),
                        RaftPeerId.valueOf(peer.id()),
                        HAND_OVER_MILLIS));
                if (reply.isSuccess()) {
                    return;
                }
                log.debug("{} did not take over", peer, reply.getException());
            } catch (IOException | RuntimeException e) {
                log.debug("{} did not take over", peer, e);
            }
        }
    }

    /** Stops taking commands, applies those that are durable, and closes the files. The listener hears nothing any more. */
    @Override
    public void close() {
        leadership.closing();
        reconnection.close();
        try {
            closeAll(server, directory);
        } catch (IOException e) {
            throw new UncheckedIOException("the log in " + directory.path() + " did not close cleanly", e);
        }
    }

    /** The directory is given up last; where the server still closes, by the end of the process. */
    private static void closeAll(@Nullable RaftServer server, DataDirectory directory) throws IOException {
        try {
            if (server != null) {
                ServerClosing.close(server);
            }
        } catch (StillClosingException e) {
            throw e;
        } catch (IOException e) {
            directory.close();
            throw e;
        }
        directory.close();
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
