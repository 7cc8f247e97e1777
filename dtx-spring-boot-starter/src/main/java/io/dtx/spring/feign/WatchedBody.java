package io.dtx.spring.feign;

import feign.Response;
import io.dtx.spring.propagation.AnswerEnd;
import io.dtx.spring.propagation.OutgoingCall;
import io.dtx.spring.propagation.WatchedStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An answer's body that tells the call when it breaks off. */
final class WatchedBody implements Response.Body {

    private final Response.Body body;
    private final AnswerEnd end;
    private @Nullable WatchedStream opened;

    /** @param exact whether the announced length is that of the body: not after HEAD or of 304, nor where the client decodes it */
    WatchedBody(Response.Body body, boolean exact, OutgoingCall call) {
        this.body = body;
        Integer length = body.length();
        this.end = new AnswerEnd(exact && length != null ? length : -1, call);
    }

    @Override
    public Integer length() {
        return body.length();
    }

    @Override
    public boolean isRepeatable() {
        return body.isRepeatable();
    }

    @Override
    public InputStream asInputStream() throws IOException {
        return open();
    }

    /** Some clients begin to read only here, or to decode. */
    private WatchedStream open() throws IOException {
        try {
            WatchedStream stream = end.watch(body.asInputStream());
            opened = stream;
            return stream;
        } catch (IOException e) {
            end.brokeOff(e);
            throw e;
        }
    }

    @Override
    @Deprecated
    @SuppressWarnings("InlineMeSuggester")
    public Reader asReader() throws IOException {
        return asReader(StandardCharsets.UTF_8);
    }

    @Override
    public Reader asReader(Charset charset) throws IOException {
        return new InputStreamReader(asInputStream(), charset);
    }

    /**
     * One that nobody wanted to read, as of a method that returns nothing, or that a decoder has failed in the middle of, is read
     * on here where the participant may be at work until its end: that must be seen.
     */
    @Override
    public void close() throws IOException {
        try {
            if (end.isWanted()) {
                (opened == null ? open() : opened).drain();
            }
        } catch (IOException e) {
            // The call has been told.
        } finally {
            end.closed();
            body.close();
        }
    }

    @Override
    public String toString() {
        return body.toString();
    }
}
