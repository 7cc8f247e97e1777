package io.dtx.server.transport;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** A shared secret that is compared in constant time and never shown. */
public final class Token {

    private final byte[] digest;

    public Token(String secret) {
        if (secret.isBlank()) {
            throw new IllegalArgumentException("a token must not be blank");
        }
        this.digest = digest(secret);
    }

    /** Whether an {@code authorization} header carries it as {@code Bearer <token>}. */
    public boolean isIn(@Nullable String authorization) {
        String scheme = "Bearer ";
        return authorization != null
                && authorization.regionMatches(true, 0, scheme, 0, scheme.length())
                && MessageDigest.isEqual(
                        digest, digest(authorization.substring(scheme.length()).trim()));
    }

    @Override
    public String toString() {
        return "Token[hidden]";
    }

    // Of equal length whatever is compared, so that not even the secret's length shows in the time taken.
    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
