package io.dtx.spring.propagation;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The body of an answer: if it breaks off, the call counts as unanswered. */
public final class WatchedStream extends FilterInputStream {

    private final OutgoingCall call;

    public WatchedStream(InputStream body, OutgoingCall call) {
        super(body);
        this.call = call;
    }

    @Override
    public int read() throws IOException {
        try {
            return super.read();
        } catch (IOException e) {
            call.unanswered(e);
            throw e;
        }
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        try {
            return super.read(buffer, offset, length);
        } catch (IOException e) {
            call.unanswered(e);
            throw e;
        }
    }

    @Override
    public long skip(long count) throws IOException {
        try {
            return super.skip(count);
        } catch (IOException e) {
            call.unanswered(e);
            throw e;
        }
    }
}
