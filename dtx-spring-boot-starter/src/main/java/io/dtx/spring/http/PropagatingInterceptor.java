package io.dtx.spring.http;

import io.dtx.spring.propagation.OutgoingCall;
import io.dtx.spring.propagation.OutgoingCalls;
import io.dtx.spring.propagation.Placement;
import io.dtx.spring.propagation.WatchedStream;
import java.io.IOException;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;

/** Carries the XID on RestTemplate and RestClient. */
public final class PropagatingInterceptor implements ClientHttpRequestInterceptor {

    private final OutgoingCalls calls;

    public PropagatingInterceptor(OutgoingCalls calls) {
        this.calls = calls;
    }

    /** In its place, unless one is there. */
    static void addTo(List<ClientHttpRequestInterceptor> interceptors, ObjectProvider<OutgoingCalls> calls) {
        if (interceptors.stream().noneMatch(PropagatingInterceptor.class::isInstance)) {
            Placement.add(interceptors, new PropagatingInterceptor(calls.getObject()));
        }
    }

    @Override
    public ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
            throws IOException {
        OutgoingCall call = calls.start(request.getMethod().name(), request.getURI());
        if (call == null) {
            return execution.execute(request, body);
        }
        call.headers(request.getHeaders()::set);
        try {
            ClientHttpResponse response = execution.execute(request, body);
            int status = response.getStatusCode().value();
            call.answered(status, response.getHeaders()::getFirst);
            boolean hasBody = !HttpMethod.HEAD.equals(request.getMethod()) && WatchedStream.hasBody(status);
            return new WatchedResponse(response, hasBody, call);
        } catch (IOException | RuntimeException | Error e) {
            call.unanswered(e);
            throw e;
        }
    }
}
