package io.dtx.server.log;

import io.dtx.server.coordinator.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Commands as they stand in the log, for logs of tests. */
public final class EntryBytes {

    private EntryBytes() {}

    public static byte[] of(List<Command> commands) {
        return EntryCodec.encode(new EntryCodec.Entry(0, commands)).toByteArray();
    }

    public static List<Command> commands(byte[] bytes) {
        try {
            return EntryCodec.decode(ByteBuffer.wrap(bytes)).commands();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
