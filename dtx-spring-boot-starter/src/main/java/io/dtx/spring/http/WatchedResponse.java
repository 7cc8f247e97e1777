package io.dtx.spring.http;

import io.dtx.spring.propagation.AnswerEnd;
import io.dtx.spring.propagation.OutgoingCall;
import io.dtx.spring.propagation.WatchedStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;

/** An answer that tells the call when its body breaks off. */
final class WatchedResponse implements ClientHttpResponse {

    private final ClientHttpResponse response;
    private final AnswerEnd end;
    private @Nullable WatchedStream body;

    WatchedResponse(ClientHttpResponse response, boolean hasBody, OutgoingCall call) {
        this.response = response;
        HttpHeaders headers = response.getHeaders();
        // Some clients decode the body, which changes its length, and leave the head as it was.
        boolean exact = hasBody && headers.getFirst(HttpHeaders.CONTENT_ENCODING) == null;
        this.end = new AnswerEnd(exact ? headers.getContentLength() : -1, call);
    }

    @Override
    public HttpStatusCode getStatusCode() throws IOException {
        return response.getStatusCode();
    }

    @Override
    public String getStatusText() throws IOException {
        return response.getStatusText();
    }

    @Override
    public HttpHeaders getHeaders() {
        return response.getHeaders();
    }

    @Override
    public InputStream getBody() throws IOException {
        return opened();
    }

    /** Where bodies are buffered, this reads all of it. */
    private WatchedStream opened() throws IOException {
        try {
            WatchedStream opened = end.watch(response.getBody());
            body = opened;
            return opened;
        } catch (IOException e) {
            end.brokeOff(e);
            throw e;
        }
    }

    /**
     * Most of Spring's clients themselves read, when they are closed, what nobody has read of a body, and say nothing if it
     * breaks off. Where the participant may be at work until its end, that is watched.
     */
    @Override
    public void close() {
        try {
            if (end.isWanted()) {
                WatchedStream open = body;
                (open == null ? opened() : open).drain();
            }
        } catch (IOException e) {
            // The call has been told.
        } finally {
            end.closed();
            response.close();
        }
    }
}
