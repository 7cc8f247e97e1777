package io.dtx.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.protocol.WireProtocol;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What streams tell out of the order that their transports keep: these here are told of by hand, and connect nowhere. */
class ExchangeTests {

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Exchange exchange = new Exchange(timer);
    private final Link link = new Link(ClientSettings.of("app", "localhost:1"), "instance", timer, exchange);
    private final Stream first = new Stream(Address.parse("localhost:1"), null, link);
    private final Stream second = new Stream(Address.parse("localhost:1"), null, link);

    @AfterEach
    void close() {
        first.finish(0);
        second.finish(0);
        timer.shutdownNow();
    }

    @Test
    @DisplayName("T13: an answer that is told after its stream's end says nothing of the next cluster's log")
    void t13_anAnswerThatIsToldLateDoesNotCountForTheNextCluster() {
        welcome(first, "Cluster1", 41);
        exchange.lost(first);
        welcome(second, "Cluster2", 7);

        exchange.answered(first, new Pending(new Request.AskOutcome(ConnectionTests.xid())), new Reply.Attached(), 50);

        assertThat(exchange.seen()).isEqualTo(Map.of("Cluster1", 41L, "Cluster2", 7L));
    }

    private void welcome(Stream stream, String cluster, long logIndex) {
        assertThat(exchange.connecting(stream)).isTrue();
        assertThat(exchange.opened(
                        stream, new Reply.Welcome(WireProtocol.VERSION, cluster, Instant.now()), logIndex, 0))
                .isTrue();
    }
}
