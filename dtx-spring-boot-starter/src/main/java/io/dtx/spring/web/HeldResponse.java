package io.dtx.spring.web;

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

    HeldResponse(HttpServletResponse response, Verdict verdict) {
        super(OpaqueResponse.of(response));
        this.verdict = verdict;
    }

    /** The verdict is in: what was kept back may leave. */
    void release() throws IOException {
        flushWriter();
        stream.release();
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
        super.reset();
        forget();
        writer = null;
        streamed = false;
    }

    @Override
    public void resetBuffer() {
        super.resetBuffer();
        forget();
    }

    @Override
    public void sendError(int status) throws IOException {
        forget();
        verdict.beforeError(this, status);
        super.sendError(status);
    }

    @Override
    public void sendError(int status, String message) throws IOException {
        forget();
        verdict.beforeError(this, status);
        super.sendError(status, message);
    }

    @Override
    public void sendRedirect(String location) throws IOException {
        forget();
        verdict.beforeCommit(this, SC_FOUND);
        super.sendRedirect(location);
    }

    @Override
    public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
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

    private final class HeldStream extends ServletOutputStream {

        private final ByteArrayOutputStream held = new ByteArrayOutputStream();

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
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
