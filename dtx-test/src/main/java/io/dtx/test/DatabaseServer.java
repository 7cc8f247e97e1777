package io.dtx.test;

import io.dtx.sql.Dialect;
import java.security.SecureRandom;
import java.util.HexFormat;

/** A running database server on which databases can be created. Thread-safe. */
public interface DatabaseServer extends AutoCloseable {

    Dialect dialect();

    /**
     * Creates an empty database of this name.
     *
     * @throws IllegalStateException if it exists or the server is gone
     */
    Database create(String name);

    /** Creates an empty database with a name that was never used before, so that tests do not meet each other's rows. */
    default Database createFresh() {
        return create("test_" + randomHex(6));
    }

    /** Stops the server and deletes its data. */
    @Override
    void close();

    static String randomHex(int bytes) {
        byte[] random = new byte[bytes];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }
}
