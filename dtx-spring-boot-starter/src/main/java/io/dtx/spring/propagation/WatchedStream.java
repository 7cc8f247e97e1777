package io.dtx.spring.propagation;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * The body of an answer: if it breaks off, the call counts as unanswered. HttpURLConnection ends a body silently that is
 * shorter than announced, so the bytes are counted.
 */
public final class WatchedStream extends FilterInputStream {

    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;

    private final OutgoingCall call;
    private long missing;
    /** It has ended, broken off, or been closed by its reader, who then has what it wants. */
    private boolean over;

    /** @param announced the answer's content length in bytes; negative if it is not known */
    public WatchedStream(InputStream body, long announced, OutgoingCall call) {
        super(body);
        this.missing = announced;
        this.call = call;
    }

    /** Whether an answer of this status has a body: one of 304 names the length of the body that it does without. */
    public static boolean hasBody(int status) {
        return status != NO_CONTENT && status != NOT_MODIFIED;
    }

    @Override
    public int read() throws IOException {
        try {
            int read = super.read();
            count(read < 0 ? -1 : 1);
            return read;
        } catch (IOException e) {
            brokeOff(e);
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
            brokeOff(e);
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
            brokeOff(e);
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        over = true;
        super.close();
    }

    /** Reads what nobody has read, as far as the stream is open. That it breaks off the call is told, and nobody else. */
    public void drain() {
        if (over) {
            return;
        }
        try {
            transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            brokeOff(e);
        }
    }

    private void count(long read) {
        if (read >= 0) {
            missing = missing < 0 ? missing : Math.max(0, missing - read);
        } else if (missing > 0) {
            brokeOff(new EOFException("the answer broke off " + missing + " bytes before its end"));
        } else {
            over = true;
        }
    }

    private void brokeOff(IOException error) {
        over = true;
        call.unanswered(error);
    }
}
