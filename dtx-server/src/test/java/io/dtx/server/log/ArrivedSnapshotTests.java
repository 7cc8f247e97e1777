package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.LifeCycle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader's snapshot has arrived, and Ratis lets the state machine pause before it puts that in its place. */
class ArrivedSnapshotTests {

    @TempDir
    private Path directory;

    private final Node.Heard heard = new Node.Heard();
    private LogStateMachine machine;
    private RaftServer server;
    private Path arrived;

    @BeforeEach
    void start() throws IOException {
        LogSettings settings = LogSettings.alone(directory);
        machine = new LogStateMachine(new LeadershipGuard(heard, 1), settings);
        server = RaftServer.newBuilder()
                .setServerId(RaftPeerId.valueOf(LogSettings.LONE_ID))
                .setStateMachine(machine)
                .setProperties(RaftSetup.properties(settings, directory.resolve("raft")))
                .setGroup(RaftSetup.loneGroup())
                .build();
        server.start();
        Node.await(heard.gained);
        arrived = directory
                .resolve("raft")
                .resolve(RaftSetup.loneGroup().getGroupId().getUuid().toString())
                .resolve("tmp");
        Files.createDirectories(arrived);
    }

    @AfterEach
    void stop() throws IOException {
        ServerClosing.close(server);
    }

    /** The leader would send it again and again, to a node that says that it is well. */
    @Test
    void oneThatCanNotBeMadeDurableEndsTheNode() throws IOException {
        Files.delete(arrived);

        assertThatThrownBy(machine::pause)
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("the leader's snapshot can not be made durable");

        assertThat(heard.failed).isCompletedWithValueMatching(UncheckedIOException.class::isInstance);
    }

    @Test
    void oneThatDidNotGetItsPlaceIsFollowedByAnother() {
        machine.pause();

        assertThatCode(machine::pause).doesNotThrowAnyException();

        assertThat(machine.getLifeCycleState()).isEqualTo(LifeCycle.State.PAUSED);
        assertThat(heard.failed).isNotDone();
    }
}
