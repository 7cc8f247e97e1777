package io.dtx.test;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the server processes when the JVM that started them ends, in whatever way. */
class DatabaseProcessIT {

    @TempDir
    private Path temporary;

    private Process jvm;
    private BufferedReader output;

    @BeforeEach
    void aJvmThatStartsMariaDb() throws IOException {
        startJvm();
    }

    @AfterEach
    void endIt() {
        jvm.destroyForcibly();
    }

    @Test
    void theServerEndsWithItsJvmAndLeavesNoFiles() throws Exception {
        ProcessHandle server = server();
        jvm.getOutputStream().close();
        assertThat(jvm.waitFor(30, SECONDS)).isTrue();
        assertThat(server.isAlive()).isFalse();
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void theServerEndsWhenItsJvmIsAskedToStop() throws Exception {
        ProcessHandle server = server();
        jvm.destroy();
        assertThat(jvm.waitFor(30, SECONDS)).isTrue();
        assertThat(server.isAlive()).isFalse();
    }

    @Test
    void whatAKilledJvmLeftIsClearedAwayByTheNext() throws Exception {
        ProcessHandle leftBehind = server();
        jvm.destroyForcibly().waitFor();
        assertThat(leftBehind.isAlive()).isTrue();

        startJvm();
        ProcessHandle server = server();
        assertThat(leftBehind.isAlive()).isFalse();
        assertThat(server.isAlive()).isTrue();
        assertThat(temporary.toFile().list()).hasSize(1);
        jvm.getOutputStream().close();
        await().atMost(Duration.ofSeconds(30)).until(() -> !server.isAlive());
    }

    private void startJvm() throws IOException {
        jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + temporary,
                        "-cp",
                        System.getProperty("java.class.path"),
                        StartsMariaDb.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        output = jvm.inputReader();
    }

    private ProcessHandle server() throws IOException {
        return ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
    }

    /** Prints the process id of the server, then lives until its standard input ends. */
    static final class StartsMariaDb {

        public static void main(String[] arguments) throws IOException {
            MariaDbServer server = MariaDbServer.start(Durability.RELAXED);
            System.out.println(server.pid());
            System.in.transferTo(System.out);
        }
    }
}
