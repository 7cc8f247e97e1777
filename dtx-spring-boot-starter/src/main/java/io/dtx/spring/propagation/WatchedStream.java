package io.dtx.spring.propagation;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The body of an answer: if it breaks off, the call counts as unanswered. HttpURLConnection ends a body silently that is
 * shorter than announced, so the bytes are counted.
 */
public final class WatchedStream extends FilterInputStream {

    private final OutgoingCall call;
    private long missing;

    /** @param announced the answer's content length in bytes; negative if it is not known */
    public WatchedStream(InputStream body, long announced, OutgoingCall call) {
        super(body);
        this.missing = announced;
        this.call = call;
    }

    @Override
    public int read() throws IOException {
        try {
            int read = super.read();
            count(read < 0 ? -1 : 1);
            return read;
        } catch (IOException e) {
            call.unanswered(e);
            throw e;
        }
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        try {
            int read = super.read(buffer, offset, length);
            count(read);
            return read;
        } catch (IOException e) {
            call.unanswered(e);
            throw e;
        }
    }

    @Override
    public long skip(long count) throws IOException {
        try {
            long skipped = super.skip(count);
            count(skipped);
            return skipped;
        } catch (IOException e) {
            call.unanswered(e);
            throw e;
        }
    }

    private void count(long read) {
        if (read >= 0) {
            missing = missing < 0 ? missing : Math.max(0, missing - read);
        } else if (missing > 0) {
            call.unanswered(new EOFException("the answer broke off " + missing + " bytes before its end"));
        }
    }
}
