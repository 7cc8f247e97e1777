package io.dtx.spring.feign;

import feign.Client;
import feign.Request;
import feign.Response;
import io.dtx.spring.propagation.OutgoingCall;
import io.dtx.spring.propagation.OutgoingCalls;
import io.dtx.spring.propagation.WatchedStream;
import java.io.IOException;
import java.net.URI;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Around the client that makes the exchange, so that each of Feign's attempts passes through here. */
final class PropagatingClient implements Client {

    private final Client delegate;
    private final OutgoingCalls calls;

    PropagatingClient(Client delegate, OutgoingCalls calls) {
        this.delegate = delegate;
        this.calls = calls;
    }

    @Override
    public Response execute(Request request, Request.Options options) throws IOException {
        OutgoingCall call = calls.start(request.httpMethod().name(), URI.create(request.url()));
        if (call == null) {
            return delegate.execute(request, options);
        }
        Response response;
        try {
            response = delegate.execute(with(request, call), options);
        } catch (IOException | RuntimeException | Error e) {
            call.unanswered(e);
            throw e;
        }
        call.answered(response.status(), header -> first(response.headers().get(header)));
        boolean exact = request.httpMethod() != Request.HttpMethod.HEAD
                && WatchedStream.hasBody(response.status())
                && !response.headers().containsKey("Content-Encoding");
        return response.body() == null
                ? response
                : response.toBuilder()
                        .body(new WatchedBody(response.body(), exact, call))
                        .build();
    }

    private static Request with(Request request, OutgoingCall call) {
        Map<String, Collection<String>> headers = new LinkedHashMap<>(request.headers());
        call.headers((name, value) -> {
            headers.keySet().removeIf(name::equalsIgnoreCase);
            headers.put(name, List.of(value));
        });
        return Request.create(
                request.httpMethod(),
                request.url(),
                headers,
                request.body(),
                request.charset(),
                request.requestTemplate());
    }

    private static @Nullable String first(@Nullable Collection<String> values) {
        return values == null || values.isEmpty() ? null : values.iterator().next();
    }
}
