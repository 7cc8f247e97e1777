package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.TransactionStatus;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that tells each answer it got is killed; whatever it has told must be there after. */
class KilledNodeIT {

    private static final int ANSWERS_BEFORE_THE_KILL = 300;
    private static final int KILLS = 3;

    @TempDir
    private Path temporary;

    /** The process: commits one transaction after the other, from the given number on, and prints the numbers answered. */
    static final class Child {
        private Child() {}

        /** Whatever goes wrong ends the process, whose other threads would let the parent wait. */
        public static void main(String[] args) {
            try {
                commitOn(args);
            } catch (Throwable failure) {
                failure.printStackTrace();
                Runtime.getRuntime().halt(2);
            }
        }

        private static void commitOn(String[] args) throws IOException {
            Node.Heard heard = new Node.Heard();
            LogSettings settings = LogSettings.alone(Path.of(args[0]), 50, 1 << 16);
            ReplicatedLog log = ReplicatedLog.open(settings, InstantSource.system(), heard);
            Node.await(heard.gained);
            Node.await(log.submit(List.of(Commands.createCluster())));
            for (int i = Integer.parseInt(args[1]); ; i++) {
                Node.await(log.submit(List.of(Commands.register(i, 1, "row" + i), Commands.commit(i, 1))));
                System.out.println("answered " + i);
                System.out.flush();
            }
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @DisplayName("I2, I8: after SIGKILL everything that was answered is still there")
    void i2_whatWasAnsweredSurvivesSigkill() throws Exception {
        Path data = temporary.resolve("dtx-data");
        List<Integer> answered = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            answered.addAll(runAndKill(data, 1 + kill * 100_000));
        }
        try (Node node = Node.open(data)) {
            for (int number : answered) {
                assertThat(node.log.<TransactionStatus>read(machine -> machine.transaction(Commands.xid(number))
                                .orElseThrow()
                                .status()))
                        .isEqualTo(TransactionStatus.COMMITTED);
            }
        }
    }

    private static List<Integer> runAndKill(Path data, int from) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        data.toString(),
                        Integer.toString(from))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<Integer> answered = new ArrayList<>();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line;
            while ((line = lines.readLine()) != null) {
                if (line.startsWith("answered ")) {
                    answered.add(Integer.valueOf(line.substring(9)));
                }
                if (answered.size() == ANSWERS_BEFORE_THE_KILL) {
                    process.toHandle().destroyForcibly(); // and read on: what it told until it died counts too
                }
            }
        }
        process.waitFor();
        assertThat(answered)
                .as("answers of a process that was to be killed only after as many")
                .hasSizeGreaterThanOrEqualTo(ANSWERS_BEFORE_THE_KILL);
        return answered;
    }
}
