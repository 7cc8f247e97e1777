package io.dtx.spring.webflux;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.spring.propagation.OutgoingCall;
import io.dtx.spring.propagation.OutgoingCalls;
import io.dtx.spring.propagation.Placement;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;

/**
 * Carries the XID of the thread that built the call, which in blocking use is the thread that waits: filters that stand before
 * this one and retries may come here on any thread. A call that was built outside of a global transaction carries the XID of
 * the thread that comes here. Giving up waiting cancels the call, so it counts as unanswered before control returns.
 */
final class PropagatingFilter implements ExchangeFilterFunction {

    private static final String BUILT_IN = PropagatingFilter.class.getName() + ".builtIn";

    private final OutgoingCalls calls;

    PropagatingFilter(OutgoingCalls calls) {
        this.calls = calls;
    }

    /** In its place, unless one is there. */
    static WebClient.Builder addTo(WebClient.Builder client, ObjectProvider<OutgoingCalls> calls) {
        return client.filters(filters -> {
            if (filters.stream().noneMatch(PropagatingFilter.class::isInstance)) {
                Placement.add(filters, new PropagatingFilter(calls.getObject()));
                client.defaultRequest(PropagatingFilter::noteWhereItIsBuilt);
            }
        });
    }

    private static void noteWhereItIsBuilt(WebClient.RequestHeadersSpec<?> call) {
        Participation current = CurrentTransaction.get();
        if (current != null) {
            call.attribute(BUILT_IN, current);
        }
    }

    /** Deferred, since a filter before this one may subscribe again to retry. */
    @Override
    public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
        return Mono.defer(() -> exchange(request, next));
    }

    private Mono<ClientResponse> exchange(ClientRequest request, ExchangeFunction next) {
        Participation participation =
                request.attribute(BUILT_IN).map(Participation.class::cast).orElseGet(CurrentTransaction::get);
        OutgoingCall call = calls.start(participation, request.method().name(), request.url());
        if (call == null) {
            return next.exchange(request);
        }
        ClientRequest withXid = ClientRequest.from(request)
                .headers(headers -> call.headers(headers::set))
                .build();
        return next.exchange(withXid)
                .doOnError(call::unanswered)
                .doOnCancel(call::givenUp)
                .map(response -> answered(response, call));
    }

    private static ClientResponse answered(ClientResponse response, OutgoingCall call) {
        HttpHeaders headers = response.headers().asHttpHeaders();
        call.answered(response.statusCode().value(), headers::getFirst);
        // Some clients decode the body, which changes its length, and leave the head as it was.
        long announced = headers.getFirst(HttpHeaders.CONTENT_ENCODING) == null ? headers.getContentLength() : -1;
        return response.mutate()
                .body(body -> WatchedBody.of(body, announced, call))
                .build();
    }
}
