package io.dtx.server.config;

import io.dtx.server.transport.Token;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The operators' secret.
 *
 * @param file where it can be read by whoever may read the data directory; null if it was set
 */
public record OperatorToken(Token token, @Nullable Path file) {

    private static final String FILE = "operator-token";
    private static final int BYTES = 24;

    /** The one that was set; else that of an earlier start on this data directory; else a new one. */
    static OperatorToken of(@Nullable String set, Path dataDirectory) {
        if (set != null) {
            return new OperatorToken(new Token(set), null);
        }
        Path file = dataDirectory.resolve(FILE);
        try {
            if (!Files.exists(file)) {
                write(file);
            }
            return new OperatorToken(new Token(Files.readString(file).trim()), file);
        } catch (IOException | IllegalArgumentException e) {
            throw new StartException(
                    "the operators' token can not be kept in " + file + ": " + e.getMessage(),
                    "Remove that file, or set dtx.server.operator-token.",
                    e);
        }
    }

    // To a file of its own first: one that was half written would be a weak secret.
    private static void write(Path file) throws IOException {
        byte[] secret = new byte[BYTES];
        new SecureRandom().nextBytes(secret);
        Path whole = file.resolveSibling(FILE + ".new");
        Files.deleteIfExists(whole);
        try (WritableByteChannel channel = Files.newByteChannel(
                        whole,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        DataDirectory.ownerOnly(whole, "rw-------"));
                var out = Channels.newOutputStream(channel)) {
            out.write((HexFormat.of().formatHex(secret) + "\n").getBytes(StandardCharsets.US_ASCII));
        }
        Files.move(whole, file);
    }
}
