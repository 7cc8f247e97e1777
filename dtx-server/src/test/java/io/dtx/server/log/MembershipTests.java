package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.server.log.LogSettings.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node takes its data directory for; no node runs. */
class MembershipTests {

    @TempDir
    private Path temporary;

    private LogSettings settings;
    private Member founding;
    private DataDirectory directory;

    @BeforeEach
    void open() throws IOException {
        List<Peer> peers = List.of(
                new Peer("n1", "127.0.0.1", 1, "127.0.0.1:11"),
                new Peer("n2", "127.0.0.1", 2, "127.0.0.1:12"),
                new Peer("n3", "127.0.0.1", 3, "127.0.0.1:13"));
        settings = new LogSettings(temporary.resolve("data"), "n1", peers, null, 50, 1 << 16);
        founding = Member.founding(settings, new SecureRandom());
        directory = DataDirectory.open(settings.directory());
    }

    @AfterEach
    void close() throws IOException {
        directory.close();
    }

    @Test
    @DisplayName("I2: a member whose log is lost does not count with an empty one: it is refused, with what to do")
    void i2_aMemberWithoutItsLogIsRefused() throws IOException {
        founding.founded().write(directory.path());

        assertThatThrownBy(() -> Membership.of(settings, directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("its log is missing")
                .hasMessageContaining("empty the whole directory");

        Files.createDirectories(directory.raft().resolve(founding.group().toString()));
        assertThat(Membership.of(settings, directory).group().orElseThrow().getPeers())
                .as("members, of whom the log tells")
                .isEmpty();
    }

    @Test
    void whoDiedWhileItBeganTheLogMayHaveNone() throws IOException {
        founding.write(directory.path());

        assertThat(Membership.of(settings, directory).group().orElseThrow().getPeers())
                .hasSize(1);
    }
}
