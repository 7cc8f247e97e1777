package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.model.TransactionStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The last entry of a log, with every byte of it damaged in every way that a disk or a crash may. */
class LogCheckTests {

    private static final int ROOM = 512;
    private static final int ANSWERED = 4;

    @TempDir
    private Path temporary;

    private Path file;
    private byte[] whole;
    /** Where the last entry begins and ends. */
    private int from;

    private int to;

    @BeforeEach
    void writeALog() throws IOException {
        Path directory = temporary.resolve("dtx-data");
        try (Node node = Node.open(directory)) {
            node.submit(Commands.createCluster());
            for (int i = 1; i < ANSWERED; i++) {
                node.submit(Commands.register(i, 1, "row" + i), Commands.commit(i, 1));
            }
            file = openSegment(directory);
            from = filled(Files.readAllBytes(file));
            node.submit(Commands.register(ANSWERED, 1, "the last"), Commands.commit(ANSWERED, 1));
        }
        byte[] written = Files.readAllBytes(openSegment(directory));
        to = filled(written);
        whole = Arrays.copyOf(written, to + ROOM);
        file = openSegment(directory);
    }

    private static Path openSegment(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(it -> String.valueOf(it.getFileName()).startsWith("log_inprogress_"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static int filled(byte[] bytes) {
        int end = bytes.length;
        while (bytes[end - 1] == 0) {
            end--;
        }
        return end;
    }

    private void check(byte[] content) throws IOException {
        Files.write(file, content);
        LogCheck.check(file.resolve("../..").normalize());
    }

    @Test
    void aWholeLogPasses() throws IOException {
        check(whole);
        check(Arrays.copyOf(whole, to));
        assertThat(Files.size(file)).isEqualTo(to);
    }

    @Test
    @DisplayName("I2: an entry of which any byte was changed may have been answered, and stops the start")
    void i2_aChangedByteStopsTheStart() {
        for (int at = 0; at < to; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] damaged = whole.clone();
                damaged[at] ^= (byte) (1 << bit);
                int position = at;
                int changed = bit;
                assertThatThrownBy(() -> check(damaged))
                        .describedAs(() -> "bit " + changed + " of byte " + position + " of " + to + ", the last entry"
                                + " begins at " + from)
                        .isInstanceOf(IOException.class)
                        .hasMessageContainingAll(file.toString(), "damaged", "empty this node's data directory");
            }
        }
    }

    @Test
    @DisplayName("I2: a file that was cut short anywhere in its last entry stops the start: that was answered")
    void i2_aFileThatWasCutShortStopsTheStart() {
        for (int at = from + 1; at < to; at++) {
            byte[] cut = Arrays.copyOf(whole, at);
            assertThatThrownBy(() -> check(cut)).as("cut at %s", at).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("I2: an entry of which only a beginning was written was never answered, and is cut away, and only it")
    void i2_aTornEntryIsCutAway() throws IOException {
        for (int at = from + 1; at <= to - Integer.BYTES; at++) {
            byte[] torn = whole.clone();
            Arrays.fill(torn, at, torn.length, (byte) 0);
            check(torn);
            assertThat(Files.size(file)).as("torn at %s", at).isEqualTo(from);
        }
    }

    @Test
    void anEntryTornWithinItsChecksumStopsTheStart() {
        for (int at = to - Integer.BYTES + 1; at < to; at++) {
            byte[] torn = whole.clone();
            Arrays.fill(torn, at, torn.length, (byte) 0);
            assertThatThrownBy(() -> check(torn)).as("torn at %s", at).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aNodeStartsWithoutItsTornEntryAndGoesOn() throws IOException {
        byte[] torn = whole.clone();
        Arrays.fill(torn, to - 10, torn.length, (byte) 0);
        Files.write(file, torn);
        try (Node node = Node.open(temporary.resolve("dtx-data"))) {
            assertThat(node.log.<TransactionStatus>read(state -> state.transaction(Commands.xid(ANSWERED - 1))
                            .orElseThrow()
                            .status()))
                    .isEqualTo(TransactionStatus.COMMITTED);
            assertThat(node.log.<Boolean>read(
                            state -> state.transaction(Commands.xid(ANSWERED)).isPresent()))
                    .isFalse();
            node.submit(Commands.register(ANSWERED, 1, "again"));
        }
        assertThatCode(() -> Node.open(temporary.resolve("dtx-data")).close()).doesNotThrowAnyException();
    }

    @Test
    void aDamagedEntryIsSaidWithTheRemedyAndTheFileIsLeftAsItIs() throws IOException {
        byte[] damaged = whole.clone();
        damaged[from + 5] ^= 1;
        Files.write(file, damaged);
        assertThatThrownBy(() -> Node.open(temporary.resolve("dtx-data")))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(file.toString(), "is damaged", "put back an undamaged copy");
        assertThat(Files.readAllBytes(file)).isEqualTo(damaged);
    }

    @Test
    void aMissingFirstFileIsSaidWithTheRemedy() throws IOException {
        Path directory = temporary.resolve("several-files");
        LogSettings settings = LogSettings.alone(directory, 100_000, 1 << 14);
        try (Node node = Node.open(settings)) {
            node.submit(Commands.createCluster());
            for (int i = 1; i < 200; i++) {
                node.submit(Commands.register(i, 1, "x".repeat(300)), Commands.commit(i, 1));
            }
        }
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.filter(it -> String.valueOf(it.getFileName()).matches("log_\\d.*"))
                    .sorted()
                    .toList();
        }
        assertThat(files).hasSizeGreaterThan(3);
        Files.delete(files.get(0));
        assertThatThrownBy(() -> Node.open(settings))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("entries 0 to")
                .hasMessageContaining("missing");
    }
}
