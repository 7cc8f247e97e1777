package io.dtx.spring.web;

import io.dtx.context.TransactionHeaders;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the answer back until the verdict is in: the caller must not read "done" while the request may still fail, nor
 * "failed" before the coordinator knows. Flushing does nothing.
 *
 * <p>Of an answer larger than {@value #LIMIT} bytes, what does not fit leaves early, but never its end, so that the caller
 * still has no complete answer before the verdict.
 */
final class HeldResponse extends HttpServletResponseWrapper {

    static final int LIMIT = 64 * 1024;

    private final Verdict verdict;
    private final HeldStream stream = new HeldStream();
    private @Nullable PrintWriter writer;
    private boolean streamed;
    private @Nullable SentError sentError;

    HeldResponse(HttpServletResponse response, Verdict verdict) {
        super(OpaqueResponse.of(response));
        this.verdict = verdict;
        super.setHeader(TransactionHeaders.HEARD, "yes");
    }

    /** The verdict is in: what was kept back may leave. */
    void release() throws IOException {
        if (sentError != null) {
            sentError.send((HttpServletResponse) getResponse());
            return;
        }
        flushWriter();
        stream.release();
    }

    /** Whether the container has taken the answer's head, so that no header can be added. */
    boolean headIsSettled() {
        return super.isCommitted();
    }

    /** For the application, an answer is settled with its error: as where the container has it at once. */
    @Override
    public boolean isCommitted() {
        return sentError != null || super.isCommitted();
    }

    @Override
    public int getStatus() {
        return sentError == null ? super.getStatus() : sentError.status();
    }

    @Override
    public ServletOutputStream getOutputStream() {
        if (writer != null) {
            throw new IllegalStateException("the answer is written by its writer");
        }
        streamed = true;
        return stream;
    }

    @Override
    public PrintWriter getWriter() {
        if (streamed) {
            throw new IllegalStateException("the answer is written by its output stream");
        }
        if (writer == null) {
            String charset = getCharacterEncoding();
            // A container names the charset of a writer in the answer's head; so must this.
            setCharacterEncoding(charset);
            writer = new PrintWriter(new OutputStreamWriter(stream, Charset.forName(charset)));
        }
        return writer;
    }

    @Override
    public void flushBuffer() {
        flushWriter();
    }

    @Override
    public void reset() {
        refuseIfErrorWasSent();
        super.reset();
        super.setHeader(TransactionHeaders.HEARD, "yes");
        forget();
        writer = null;
        streamed = false;
    }

    @Override
    public void resetBuffer() {
        refuseIfErrorWasSent();
        super.resetBuffer();
        forget();
    }

    @Override
    public void sendError(int status) throws IOException {
        keep(new SentError(status, null));
    }

    @Override
    public void sendError(int status, String message) throws IOException {
        keep(new SentError(status, message));
    }

    /**
     * Not told to the container before the verdict: it settles the head there and then, and what the request does afterwards may
     * still veto. An exception then would not cut the answer off either, since a container makes an error of it, under this head.
     */
    private void keep(SentError error) {
        if (isCommitted()) {
            throw new IllegalStateException("an error can not be sent any more: the answer is committed");
        }
        forget();
        sentError = error;
    }

    private void refuseIfErrorWasSent() {
        if (sentError != null) {
            throw new IllegalStateException("the answer is committed: an error was sent");
        }
    }

    @Override
    public void sendRedirect(String location) throws IOException {
        refuseIfErrorWasSent();
        forget();
        verdict.beforeCommit(this, SC_FOUND);
        super.sendRedirect(location);
    }

    @Override
    public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
        refuseIfErrorWasSent();
        if (clearBuffer) {
            forget();
        }
        verdict.beforeCommit(this, status);
        super.sendRedirect(location, status, clearBuffer);
    }

    private void flushWriter() {
        if (writer != null) {
            writer.flush();
        }
    }

    private void forget() {
        flushWriter();
        stream.held.reset();
    }

    private record SentError(int status, @Nullable String message) {

        void send(HttpServletResponse container) throws IOException {
            if (message == null) {
                container.sendError(status);
            } else {
                container.sendError(status, message);
            }
        }
    }

    private final class HeldStream extends ServletOutputStream {

        private final ByteArrayOutputStream held = new ByteArrayOutputStream();

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (sentError != null) {
                return; // as containers do
            }
            if (held.size() + length > LIMIT) {
                if (!isCommitted()) {
                    verdict.beforeCommit(HeldResponse.this, getStatus());
                }
                release();
                int early = Math.max(0, length - LIMIT);
                getResponse().getOutputStream().write(bytes, offset, early);
                held.write(bytes, offset + early, length - early);
            } else {
                held.write(bytes, offset, length);
            }
        }

        @Override
        public void flush() {
            // Kept back on purpose.
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new IllegalStateException("not an asynchronous request");
        }

        void release() throws IOException {
            if (held.size() > 0) {
                held.writeTo(getResponse().getOutputStream());
                held.reset();
            }
        }
    }
}
