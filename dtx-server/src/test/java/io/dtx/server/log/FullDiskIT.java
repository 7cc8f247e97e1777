package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A log on a file system of a few megabytes in memory; runs where mounting one is allowed. */
@EnabledOnOs(OS.LINUX)
class FullDiskIT {

    private static final int MEGABYTES = 8;

    @TempDir
    private Path temporary;

    private Path disk;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(temporary.resolve("disk"));
        Assumptions.assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=" + MEGABYTES + "m", "tmpfs", disk.toString()) == 0,
                "mounting is not allowed here");
    }

    @AfterEach
    void unmount() throws Exception {
        // At once from here, and for good when the failed log has let go of its files.
        run("umount", "-l", disk.toString());
    }

    @Test
    @DisplayName(
            "I2: a full disk ends the service, nothing that was answered is lost, and with room the next start succeeds")
    void i2_aFullDiskLosesNothingThatWasAnswered() throws Exception {
        LogSettings settings = LogSettings.alone(disk.resolve("data"), 100_000, 1 << 18);
        List<Integer> answered = new ArrayList<>();
        try (Node node = Node.open(settings)) {
            node.submit(Commands.createCluster());
            Path filler = disk.resolve("filler");
            Files.write(filler, new byte[(MEGABYTES - 3) << 20]);
            String wide = "x".repeat(10_000);
            assertThatThrownBy(() -> {
                        for (int i = 1; i < 10_000; i++) {
                            node.submit(Commands.register(i, 1, wide + i), Commands.commit(i, 1));
                            answered.add(i);
                        }
                    })
                    .isInstanceOf(CompletionException.class);
            assertThat(Node.await(node.heard.failed)).isNotNull();
            assertThat(node.log.leading()).isFalse();
            assertThat(answered).isNotEmpty();
            Files.delete(filler);
        }
        try (Node node = Node.open(settings)) {
            for (int number : answered) {
                assertThat(node.log.<Boolean>read(
                                state -> state.transaction(Commands.xid(number)).isPresent()))
                        .as("%s was answered", number)
                        .isTrue();
            }
            node.submit(Commands.register(20_000, 1, "there is room again"));
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor(30, TimeUnit.SECONDS) ? process.exitValue() : 1;
    }
}
