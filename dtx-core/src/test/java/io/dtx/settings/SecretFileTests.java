package io.dtx.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFileTests {

    @TempDir
    Path directory;

    @Test
    void theNewLineAtTheEndIsNotOfTheSecret() throws IOException {
        assertThat(SecretFile.read("dtx.token-file", file(bytes("s3cret\r\n")))).isEqualTo("s3cret");
    }

    @Test
    void aFileWithoutASecretIsRefusedWithTheRemedy() throws IOException {
        refused(directory.resolve("none"), "does not exist");
        refused(directory, "put the secret into it");
        refused(file(new byte[0]), "is empty");
        refused(file(bytes(" \n")), "is empty");
        refused(file(new byte[10_000]), "is larger than a secret");
    }

    @Test
    void nothingOfWhatIsInItIsTold() throws IOException {
        refused(file(new byte[] {'s', '3', 'c', (byte) 0xff, (byte) 0xfe}), "holds no text");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Path file(byte[] content) throws IOException {
        return Files.write(directory.resolve("secret"), content);
    }

    private static void refused(Path file, String why) {
        assertThatThrownBy(() -> SecretFile.read("dtx.token-file", file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("dtx.token-file")
                .hasMessageContaining(file.toString())
                .hasMessageNotContaining("s3c");
    }
}
