package io.dtx.spring.webflux;

import io.dtx.context.TransactionHeaders;
import java.nio.charset.StandardCharsets;
import org.springframework.core.Ordered;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Refuses requests that bring an XID: the work of a reactive service would not be rolled back. */
public final class RefusingWebFilter implements WebFilter, Ordered {

    private static final String REFUSAL =
            "Refused before any work was done: this service is reactive (WebFlux), and dtx"
                    + " can not roll back its work yet. Call it from outside of the global transaction.";

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (!exchange.getRequest().getHeaders().containsHeader(TransactionHeaders.XID)) {
            return chain.filter(exchange);
        }
        ServerHttpResponse response = exchange.getResponse();
        response.setStatusCode(HttpStatus.BAD_REQUEST);
        // The caller counts on this service's part: it must not commit without it.
        response.getHeaders().set(TransactionHeaders.VETO, TransactionHeaders.vetoValue(REFUSAL));
        response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
        return response.writeWith(
                Mono.fromSupplier(() -> response.bufferFactory().wrap(REFUSAL.getBytes(StandardCharsets.UTF_8))));
    }
}
