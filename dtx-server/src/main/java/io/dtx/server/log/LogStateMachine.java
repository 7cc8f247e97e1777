package io.dtx.server.log;

import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Snapshot;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.EntryCodec.Entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * Applies committed entries to the coordinator's state.
 *
 * <p>Ratis applies with one thread, in the log's order. Readers on other threads share {@link #lock} with it; a snapshot is
 * taken by the applying thread under the same lock, so it has whole entries only, and is written by another thread.
 */
final class LogStateMachine extends BaseStateMachine {

    private final ReentrantLock lock = new ReentrantLock();
    private final SnapshotStore store = new SnapshotStore();
    private final SnapshotWriter writer = new SnapshotWriter(store);
    private final LeadershipGuard leadership;
    private final LogGrowth growth;
    private StateMachine state = new StateMachine();

    LogStateMachine(LeadershipGuard leadership, LogSettings settings) {
        this.leadership = leadership;
        this.growth = new LogGrowth(settings.snapshotEvery(), settings.snapshotBytes());
    }

    <T> T read(Function<StateMachine, T> question) {
        lock.lock();
        try {
            return question.apply(state);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage) throws IOException {
        getLifeCycle()
                .startAndTransition(
                        () -> {
                            super.initialize(server, group, storage);
                            store.init(storage);
                            load(store.getLatestSnapshot());
                        },
                        IOException.class);
    }

    /**
     * A leader's snapshot has arrived whole and is about to take the place of those here. It must be durable before the leader
     * counts it, which Ratis does not see to, and no snapshot of this node's own may be on its way to the directory meanwhile.
     *
     * <p>A disk that does not confirm it ends the node, as it does for an entry: what Ratis does with a failure here is to tell
     * the leader, which sends the snapshot again and again.
     */
    @Override
    public void pause() {
        lock.lock();
        try {
            // Paused still if Ratis could not put an earlier one in its place.
            if (getLifeCycleState() != LifeCycle.State.PAUSED) {
                getLifeCycle().transition(LifeCycle.State.PAUSING);
                getLifeCycle().transition(LifeCycle.State.PAUSED);
            }
        } finally {
            lock.unlock();
        }
        writer.awaitIdle();
        try {
            store.forceArrived();
        } catch (RuntimeException e) {
            leadership.failed(e);
            throw e;
        }
    }

    /** After a leader has sent its snapshot. */
    @Override
    public void reinitialize() throws IOException {
        writer.takeWritten(); // what was written before is older, and must not be told as new
        store.forceInstalled();
        load(store.loadLatestSnapshot());
        if (getLifeCycleState() == LifeCycle.State.PAUSED) {
            getLifeCycle().transition(LifeCycle.State.STARTING);
            getLifeCycle().transition(LifeCycle.State.RUNNING);
        }
    }

    private void load(@Nullable SingleFileSnapshotInfo info) throws IOException {
        if (info == null) {
            return;
        }
        Snapshot snapshot = SnapshotFile.read(info.getFile().getPath());
        lock.lock();
        try {
            state = new StateMachine(snapshot);
            setLastAppliedTermIndex(info.getTermIndex());
            growth.loaded();
        } finally {
            lock.unlock();
        }
    }

    /** Only this process's own submissions: a request that came over the network has not passed the coordinator's door. */
    @Override
    public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
        if (!(request.getMessage() instanceof Submission submission)) {
            throw new IOException("commands are taken from the coordinator itself only");
        }
        return TransactionContext.newBuilder()
                .setStateMachine(this)
                .setClientRequest(request)
                .setStateMachineContext(submission)
                .build();
    }

    /**
     * A failure here must stop the node: to go on without an entry would be to have another state than the log says. Ratis
     * stops when this throws (and would not if a failed future were returned).
     */
    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext context) {
        LogEntryProto logEntry = context.getLogEntry();
        TermIndex at = TermIndex.valueOf(logEntry);
        try {
            if (context.getStateMachineContext() instanceof Submission submission) {
                submission.applied(apply(submission.entry(), at));
            } else {
                apply(
                        EntryCodec.decode(
                                logEntry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer()),
                        at);
            }
            growth.applied(logEntry.getStateMachineLogEntry().getLogData().size());
            return CompletableFuture.completedFuture(Message.EMPTY);
        } catch (IOException | RuntimeException e) {
            leadership.failed(e);
            throw new IllegalStateException("log entry " + at + " can not be applied", e);
        }
    }

    private List<Applied> apply(Entry entry, TermIndex at) {
        List<Applied> results = new ArrayList<>(entry.commands().size());
        lock.lock();
        try {
            for (Command command : entry.commands()) {
                results.add(new Applied(state.apply(command, entry.timestampMillis()), at.getIndex()));
            }
            updateLastAppliedTermIndex(at);
            return results;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Called again and again by the applying thread: what Ratis counts, which is entries, it finds enough after the first.
     *
     * @return the index of a snapshot that has become durable since the last call, so that Ratis removes the log before it;
     *     or an invalid one
     */
    @Override
    public long takeSnapshot() {
        if (writer.busy()) {
            return RaftLog.INVALID_LOG_INDEX;
        }
        long written = writer.takeWritten();
        if (written != RaftLog.INVALID_LOG_INDEX) {
            growth.snapshotDurable();
            return written;
        }
        if (!growth.snapshotDue()) {
            return RaftLog.INVALID_LOG_INDEX;
        }
        lock.lock();
        try {
            if (getLifeCycleState() != LifeCycle.State.RUNNING) {
                return RaftLog.INVALID_LOG_INDEX;
            }
            growth.snapshotBegun();
            writer.start(state.snapshot(), getLastAppliedTermIndex());
        } finally {
            lock.unlock();
        }
        return RaftLog.INVALID_LOG_INDEX;
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return store;
    }

    @Override
    public void notifyConfigurationChanged(long term, long index, RaftConfigurationProto members) {
        leadership.members(members.getPeersCount());
    }

    @Override
    public void notifyLeaderReady() {
        leadership.gained();
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pending) {
        leadership.lost("");
    }

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId self, RaftPeerId leader) {
        if (!leader.equals(self.getPeerId())) {
            leadership.lost(leader.toString());
        }
    }

    @Override
    public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
        leadership.failed(cause);
    }

    /** By our own close, or by Ratis after a failure. */
    @Override
    public void close() {
        writer.close();
        leadership.stopped();
    }
}
