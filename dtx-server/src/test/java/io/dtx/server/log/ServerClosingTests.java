package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.LogProtoUtils;
import org.apache.ratis.server.raftlog.RaftLogBase;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachine;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.AutoCloseableLock;
import org.apache.ratis.util.LifeCycle;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ServerClosingTests {

    private static final String EVICTION = "cacheEviction-AwaitToRun";

    @TempDir
    private Path directory;

    /** The order that Ratis does not survive: close waits for the log's lock, the evicting thread after it. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aThreadOfRatisThatWaitsForTheLockOfWhoWaitsForItDoesNotKeepTheLogOpen() throws Exception {
        RaftServer server = started();
        RaftLogBase raftLog = (RaftLogBase)
                server.getDivision(RaftSetup.loneGroup().getGroupId()).getRaftLog();
        CompletableFuture<Void> closed;
        try (AutoCloseableLock held = raftLog.writeLock()) {
            closed = CompletableFuture.runAsync(() -> closeQuietly(server));
            awaitWaiting("log-closing");
            rollSegments(raftLog);
            awaitWaiting(EVICTION);
            assertThat(held).isNotNull();
        }
        closed.get(20, TimeUnit.SECONDS);
        assertThat(server.getLifeCycleState()).isEqualTo(LifeCycle.State.CLOSED);
        assertThat(threadNamed(EVICTION)).isNull();
        ServerClosing.close(opened(new Node.Heard())); // nothing of the first holds the files
    }

    @Test
    void closesOnlyOnce() throws Exception {
        RaftServer server = started();
        ServerClosing.close(server);
        ServerClosing.close(server);
        assertThat(server.getLifeCycleState()).isEqualTo(LifeCycle.State.CLOSED);
    }

    @Test
    void aServerWhoseMemberCouldNotBeOpenedIsClosed() throws Exception {
        RaftServer server = built(new BaseStateMachine() {
            @Override
            public void initialize(RaftServer owner, RaftGroupId group, RaftStorage storage) throws IOException {
                throw new IOException("the state can not be read");
            }
        });
        assertThatThrownBy(server::start).hasStackTraceContaining("the state can not be read");
        ServerClosing.close(server);
        assertThat(server.getLifeCycleState()).isEqualTo(LifeCycle.State.CLOSED);
    }

    @Test
    void whoIsInterruptedMeanwhileStaysSoAndTheLogIsClosed() throws Exception {
        RaftServer server = started();
        Thread.currentThread().interrupt();
        ServerClosing.close(server);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(server.getLifeCycleState()).isEqualTo(LifeCycle.State.CLOSED);
    }

    private RaftServer started() throws IOException {
        Node.Heard heard = new Node.Heard();
        RaftServer server = opened(heard);
        Node.await(heard.gained);
        return server;
    }

    private RaftServer opened(Node.Heard heard) throws IOException {
        RaftServer server = built(new LogStateMachine(new LeadershipGuard(heard, 1), LogSettings.alone(directory)));
        server.start();
        return server;
    }

    private RaftServer built(StateMachine state) throws IOException {
        LogSettings settings = LogSettings.alone(directory);
        return RaftServer.newBuilder()
                .setServerId(RaftPeerId.valueOf(settings.id()))
                .setOption(RaftStorage.StartupOption.RECOVER)
                .setStateMachine(state)
                .setProperties(RaftSetup.properties(settings, directory))
                .setParameters(PeerDoor.parameters(settings))
                .setGroup(RaftSetup.loneGroup())
                .build();
    }

    private static void closeQuietly(RaftServer server) {
        try {
            ServerClosing.close(server);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** More segments than Ratis keeps in memory, as by so many changes of leader. */
    private static void rollSegments(RaftLogBase log) {
        for (int i = 1; i <= 8; i++) {
            TermIndex last = log.getLastEntryTermIndex();
            var unused = log.appendEntry(LogProtoUtils.toLogEntryProto(0, last.getTerm() + 1, last.getIndex() + 1));
        }
    }

    private static void awaitWaiting(String name) {
        Awaitility.await(name + " waits for the lock")
                .atMost(Duration.ofSeconds(20))
                .until(() -> {
                    Thread thread = threadNamed(name);
                    return thread != null && isAt(thread, "AutoCloseableLock");
                });
    }

    private static boolean isAt(Thread thread, String type) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getClassName().endsWith(type)) {
                return thread.getState() == Thread.State.WAITING;
            }
        }
        return false;
    }

    private static @Nullable Thread threadNamed(String end) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().endsWith(end))
                .findFirst()
                .orElse(null);
    }
}
