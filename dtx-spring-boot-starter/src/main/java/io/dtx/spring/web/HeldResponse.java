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
import java.util.OptionalInt;
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
    /** How the application has ended the answer before the request's end. */
    private @Nullable Ending ending;

    HeldResponse(HttpServletResponse response, Verdict verdict) {
        super(OpaqueResponse.of(response));
        this.verdict = verdict;
        branches(OptionalInt.empty());
    }

    /** The verdict is in: what was kept back may leave. */
    void release() throws IOException {
        if (ending != null) {
            ending.send((HttpServletResponse) getResponse());
        } else {
            flushWriter();
        }
        stream.release();
    }

    /** Says in the answer's head how many branches it accounts for; without effect once that is settled. */
    void branches(OptionalInt number) {
        super.setHeader(TransactionHeaders.BRANCHES, verdict.branches(number));
    }

    /** Whether the container has taken the answer's head, so that no header can be added. */
    boolean headIsSettled() {
        return super.isCommitted();
    }

    /** For the application, an answer is settled with its error or redirect: as where the container has it at once. */
    @Override
    public boolean isCommitted() {
        return ending != null || super.isCommitted();
    }

    @Override
    public int getStatus() {
        return ending == null ? super.getStatus() : ending.status();
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
        refuseIfEnded();
        super.reset();
        branches(OptionalInt.empty());
        forget();
        writer = null;
        streamed = false;
    }

    @Override
    public void resetBuffer() {
        refuseIfEnded();
        super.resetBuffer();
        forget();
    }

    @Override
    public void sendError(int status) {
        end(new SentError(status, null), true);
    }

    @Override
    public void sendError(int status, String message) {
        end(new SentError(status, message), true);
    }

    @Override
    public void sendRedirect(String location) {
        end(new SentRedirect(location, SC_FOUND, true), true);
    }

    /** Not as the wrapper has it: that hands each form of a redirect to the container, past the one that takes all. */
    @Override
    public void sendRedirect(String location, int status) {
        sendRedirect(location, status, true);
    }

    /** Likewise. */
    @Override
    public void sendRedirect(String location, boolean clearBuffer) {
        sendRedirect(location, SC_FOUND, clearBuffer);
    }

    @Override
    public void sendRedirect(String location, int status, boolean clearBuffer) {
        end(new SentRedirect(location, status, clearBuffer), clearBuffer);
    }

    /**
     * Not told to the container before the verdict: it settles the head there and then, and what the request does afterwards may
     * still veto, or register a branch. An exception then would not cut the answer off either, since a container makes an error
     * of it, under this head.
     */
    private void end(Ending how, boolean clearBuffer) {
        if (isCommitted()) {
            throw new IllegalStateException("no error or redirect can be sent any more: the answer is committed");
        }
        if (clearBuffer) {
            forget();
        } else {
            flushWriter();
        }
        ending = how;
    }

    private void refuseIfEnded() {
        if (ending != null) {
            throw new IllegalStateException("the answer is committed: an error or a redirect was sent");
        }
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

    private sealed interface Ending {

        int status();

        void send(HttpServletResponse container) throws IOException;
    }

    private record SentError(int status, @Nullable String message) implements Ending {

        @Override
        public void send(HttpServletResponse container) throws IOException {
            if (message == null) {
                container.sendError(status);
            } else {
                container.sendError(status, message);
            }
        }
    }

    /** @param alone without a body, as the usual ones are */
    private record SentRedirect(String location, int status, boolean alone) implements Ending {

        @Override
        public void send(HttpServletResponse container) throws IOException {
            if (alone && status == SC_FOUND) {
                container.sendRedirect(location);
            } else {
                // The container would settle the head before the body that is kept.
                container.setStatus(status);
                container.setHeader("Location", location);
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
            if (ending != null) {
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
