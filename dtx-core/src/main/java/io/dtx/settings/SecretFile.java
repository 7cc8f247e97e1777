package io.dtx.settings;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A secret that is kept in a file, as orchestrators mount it. */
public final class SecretFile {

    private static final int LONGEST = 4_096;

    private SecretFile() {}

    /**
     * Reads it, without white space around it: editors end a file with a new line.
     *
     * @param property that names the file
     * @throws IllegalArgumentException if the file can not be read or holds no secret; says what to do, and nothing of what is
     *     in it
     */
    public static String read(String property, Path file) {
        String secret;
        try {
            if (Files.size(file) > LONGEST) {
                throw wrong(property, file, "is larger than a secret");
            }
            secret = Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            throw wrong(property, file, "does not exist");
        } catch (CharacterCodingException e) {
            throw wrong(property, file, "holds no text");
        } catch (IOException e) {
            throw wrong(property, file, "can not be read (" + e.getClass().getSimpleName() + ")");
        }
        if (secret.isEmpty()) {
            throw wrong(property, file, "is empty");
        }
        return secret;
    }

    private static IllegalArgumentException wrong(String property, Path file, String what) {
        return new IllegalArgumentException("the file " + file.toAbsolutePath() + " that " + property + " names " + what
                + ": put the secret into it, readable for this process, or set the secret itself");
    }
}
