package io.dtx.spring.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.TransactionHeaders;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

class RefusingWebFilterTests {

    private final AtomicInteger handled = new AtomicInteger();
    private final WebFilterChain chain = exchange -> Mono.fromRunnable(handled::incrementAndGet);

    @Test
    void aRequestThatBringsAnXidIsRefusedBeforeTheHandlerAndVetoes() {
        MockServerWebExchange exchange =
                MockServerWebExchange.from(MockServerHttpRequest.get("/").header(TransactionHeaders.XID, "anything"));

        new RefusingWebFilter().filter(exchange, chain).block();

        assertThat(handled).hasValue(0);
        assertThat(exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.BAD_REQUEST);
        assertThat(exchange.getResponse().getHeaders().getFirst(TransactionHeaders.VETO))
                .isNotBlank();
        assertThat(exchange.getResponse().getBodyAsString().block()).contains("WebFlux");
    }

    @Test
    void otherRequestsPass() {
        new RefusingWebFilter()
                .filter(MockServerWebExchange.from(MockServerHttpRequest.get("/")), chain)
                .block();

        assertThat(handled).hasValue(1);
    }
}
