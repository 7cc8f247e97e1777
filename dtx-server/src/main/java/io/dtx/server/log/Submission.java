package io.dtx.server.log;

import io.dtx.server.coordinator.Command;
import io.dtx.server.log.EntryCodec.Entry;
import java.util.List;
import java.util.Objects;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;

/**
 * One log entry on its way: its bytes go to the log, its commands and its results stay in this process. What is applied
 * here is thus what was decoded nowhere; a replay decodes it, and the codec's tests make sure that both are equal.
 */
final class Submission implements Message {

    private final Entry entry;
    private final ByteString content;
    /** Set by the thread that applies, before the reply is given; read after it. */
    private volatile @Nullable List<Applied> results;

    Submission(long timestampMillis, List<Command> commands) {
        entry = new Entry(timestampMillis, commands);
        content = UnsafeByteOperations.unsafeWrap(EntryCodec.encode(entry).toByteArray());
    }

    @Override
    public ByteString getContent() {
        return content;
    }

    Entry entry() {
        return entry;
    }

    void applied(List<Applied> all) {
        results = all;
    }

    List<Applied> results() {
        return Objects.requireNonNull(results, "answered before it was applied");
    }
}
