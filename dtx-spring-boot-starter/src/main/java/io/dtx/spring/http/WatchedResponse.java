package io.dtx.spring.http;

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
    private final OutgoingCall call;
    private final long announced;
    private @Nullable WatchedStream body;

    WatchedResponse(ClientHttpResponse response, boolean hasBody, OutgoingCall call) {
        this.response = response;
        HttpHeaders headers = response.getHeaders();
        // Some clients decode the body, which changes its length, and leave the head as it was.
        boolean exact = hasBody && headers.getFirst(HttpHeaders.CONTENT_ENCODING) == null;
        this.announced = exact ? headers.getContentLength() : -1;
        this.call = call;
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
            WatchedStream opened = new WatchedStream(response.getBody(), announced, call);
            body = opened;
            return opened;
        } catch (IOException e) {
            call.unanswered(e);
            throw e;
        }
    }

    /**
     * Most of Spring's clients themselves read, when they are closed, what nobody has read of a body, and say nothing if it
     * breaks off. Only its end says that the participant is no longer at work.
     */
    @Override
    public void close() {
        try {
            WatchedStream open = body;
            (open == null ? opened() : open).drain();
        } catch (IOException e) {
            // The call has been told.
        } finally {
            response.close();
        }
    }
}
