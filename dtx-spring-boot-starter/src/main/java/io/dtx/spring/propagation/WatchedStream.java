package io.dtx.spring.propagation;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream of an answer's body: if that breaks off, the call counts as unanswered. */
public final class WatchedStream extends FilterInputStream {

    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;

    private final AnswerEnd end;

    WatchedStream(InputStream body, AnswerEnd end) {
        super(body);
        this.end = end;
    }

    /** Whether an answer of this status has a body: one of 304 names the length of the body that it does without. */
    public static boolean hasBody(int status) {
        return status != NO_CONTENT && status != NOT_MODIFIED;
    }

    @Override
    public int read() throws IOException {
        try {
            int read = super.read();
            end.count(read < 0 ? -1 : 1);
            return read;
        } catch (IOException e) {
            end.brokeOff(e);
            throw e;
        }
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        try {
            int read = super.read(buffer, offset, length);
            end.count(read);
            return read;
        } catch (IOException e) {
            end.brokeOff(e);
            throw e;
        }
    }

    @Override
    public long skip(long count) throws IOException {
        try {
            long skipped = super.skip(count);
            end.count(skipped);
            return skipped;
        } catch (IOException e) {
            end.brokeOff(e);
            throw e;
        }
    }

    /** Who closes it has what it wants, but may have been given that by a participant that is still at work. */
    @Override
    public void close() throws IOException {
        drain();
        end.closed();
        super.close();
    }

    /** Reads what nobody has read, where the participant may be at work until its end. What becomes of it the call is told. */
    public void drain() {
        end.drain(this);
    }
}
