package io.dtx.spring.webflux;

import io.dtx.context.TransactionHeaders;
import io.dtx.spring.propagation.OutgoingCall;
import io.dtx.spring.propagation.OutgoingCalls;
import io.dtx.spring.propagation.Placement;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.Mono;

/**
 * Carries the XID of the thread that subscribes, which in blocking use is the thread that waits. Giving up waiting cancels
 * the call, so it counts as unanswered before control returns.
 */
final class PropagatingFilter implements ExchangeFilterFunction {

    private final OutgoingCalls calls;

    PropagatingFilter(OutgoingCalls calls) {
        this.calls = calls;
    }

    /** In its place, unless one is there. */
    static void addTo(List<ExchangeFilterFunction> filters, ObjectProvider<OutgoingCalls> calls) {
        if (filters.stream().noneMatch(PropagatingFilter.class::isInstance)) {
            Placement.add(filters, new PropagatingFilter(calls.getObject()));
        }
    }

    @Override
    public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
        OutgoingCall call = calls.start(request.method().name(), request.url());
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

    /** Reading a body twice is an IllegalStateException, and no sign of a broken answer. */
    private static ClientResponse answered(ClientResponse response, OutgoingCall call) {
        call.answered(
                response.statusCode().value(),
                response.headers().asHttpHeaders().getFirst(TransactionHeaders.VETO));
        return response.mutate()
                .body(body -> body.doOnError(e -> !(e instanceof IllegalStateException), call::unanswered))
                .build();
    }
}
