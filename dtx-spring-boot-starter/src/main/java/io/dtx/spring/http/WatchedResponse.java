package io.dtx.spring.http;

import io.dtx.spring.propagation.OutgoingCall;
import io.dtx.spring.propagation.WatchedStream;
import java.io.IOException;
import java.io.InputStream;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;

/** An answer that tells the call when its body breaks off. */
final class WatchedResponse implements ClientHttpResponse {

    private final ClientHttpResponse response;
    private final OutgoingCall call;

    WatchedResponse(ClientHttpResponse response, OutgoingCall call) {
        this.response = response;
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
        return new WatchedStream(response.getBody(), call);
    }

    @Override
    public void close() {
        response.close();
    }
}
