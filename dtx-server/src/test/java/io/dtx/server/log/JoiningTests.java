package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.server.log.LogSettings.Peer;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.ratis.server.RaftServer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JoiningTests {

    private static final Peer FIRST = new Peer("n1", "127.0.0.1", 1, "127.0.0.1:11");
    private static final Peer SECOND = new Peer("n2", "127.0.0.1", 2, "127.0.0.1:12");
    private static final Peer EMPTY = new Peer("n3", "127.0.0.1", 3, "127.0.0.1:13");
    private static final UUID GROUP = new UUID(1, 2);
    /** Of a peer that is not in the group, and so knows this node for no member. */
    private static final List<UUID> NO_GROUP = List.of();

    @TempDir
    private Path directory;

    @Test
    @DisplayName("I2: a node without data is out only by the word of a majority: a deposed leader might not know")
    void i2_aMajorityHasToConfirmThatAnEmptyNodeIsNoMember() throws IOException {
        LogSettings settings = new LogSettings(directory, EMPTY.id(), List.of(FIRST, SECOND, EMPTY), null, 50, 1 << 16);
        try (PeerCalls calls = new PeerCalls(settings)) {
            Joining joining = new Joining(settings, directory, nobody(), calls);

            assertThat(joining.leave(GROUP, Map.of())).isFalse();
            assertThat(joining.leave(GROUP, Map.of(FIRST, NO_GROUP))).isFalse();
            assertThat(joining.leave(GROUP, Map.of(FIRST, NO_GROUP, SECOND, NO_GROUP)))
                    .isTrue();
        }
    }

    /** No server is asked for that. */
    private static RaftServer nobody() {
        return (RaftServer) Proxy.newProxyInstance(
                JoiningTests.class.getClassLoader(), new Class<?>[] {RaftServer.class}, (proxy, method, arguments) -> {
                    throw new AssertionError("asked for " + method);
                });
    }
}
