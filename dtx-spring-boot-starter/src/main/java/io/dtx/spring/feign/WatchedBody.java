package io.dtx.spring.feign;

import feign.Response;
import io.dtx.spring.propagation.OutgoingCall;
import io.dtx.spring.propagation.WatchedStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** An answer's body that tells the call when it breaks off. */
final class WatchedBody implements Response.Body {

    private final Response.Body body;
    private final OutgoingCall call;
    private final long announced;
    private boolean opened;

    /** @param exact whether the announced length is that of the body: not after HEAD or of 304, nor where the client decodes it */
    WatchedBody(Response.Body body, boolean exact, OutgoingCall call) {
        this.body = body;
        Integer length = body.length();
        this.announced = exact && length != null ? length : -1;
        this.call = call;
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

    private WatchedStream open() throws IOException {
        opened = true;
        return new WatchedStream(body.asInputStream(), announced, call);
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

    /** One that nobody wanted to read, as of a method that returns nothing, is read here: its end, if it has one, must be seen. */
    @Override
    public void close() throws IOException {
        if (!opened) {
            open().drain();
        }
        body.close();
    }

    @Override
    public String toString() {
        return body.toString();
    }
}
