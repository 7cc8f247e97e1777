package io.dtx.spring.webflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;

import io.dtx.spring.propagation.HostRule;
import io.dtx.spring.propagation.HttpClientContract;
import io.dtx.spring.propagation.OutgoingCalls;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class WebClientTests extends HttpClientContract {

    @Override
    protected @Nullable String get(URI uri, OutgoingCalls calls) {
        return get(client(calls), uri).block(timeout(uri));
    }

    @Override
    protected void callUnread(URI uri, OutgoingCalls calls) {
        client(calls).get().uri(uri).retrieve().toBodilessEntity().block(timeout(uri));
    }

    /** As security's filters do, which fetch a token first. */
    @Test
    void aCallThatAnotherFilterMovesToAnotherThreadCarriesTheXid() throws Exception {
        WebClient client = client((request, next) ->
                Mono.just(request).publishOn(Schedulers.boundedElastic()).flatMap(next::exchange));

        assertThat(inTransaction(() -> get(client, peer.uri("/ok")).block())).isEqualTo("answer");
        assertThat(get(client, peer.uri("/ok")).block()).isEqualTo("answer");

        assertThat(peer.xids()).containsExactly(XID.toString(), "none");
    }

    @DisplayName("T1: a retry on whatever thread does not leave the transaction, and so is not sent")
    @Test
    void t1_aRetryIsNotSentOutsideOfTheTransaction() {
        WebClient client = client();

        assertThatThrownBy(() -> inTransaction(
                        () -> get(client, peer.uri("/cut-off")).retry(1).block()))
                .hasStackTraceContaining("Not sent");

        assertOneCallOfTheTransaction();
    }

    @DisplayName("T1: nor is one of a filter's own")
    @Test
    void t1_aRetryOfAFilterIsNotSent() {
        WebClient client = client((request, next) -> next.exchange(request).retry(1));

        assertThatThrownBy(() ->
                        inTransaction(() -> get(client, peer.uri("/cut-off")).block()))
                .hasStackTraceContaining("Not sent");

        assertOneCallOfTheTransaction();
    }

    @DisplayName("T1: a time-out that is an operator's, not the client's, counts as any")
    @Test
    void t1_aBodyThatATimeoutGivesUpVetoes() throws Exception {
        Duration soon = Duration.ofMillis(300);

        String instead = inTransaction(() -> get(client(), peer.uri("/stalls-in-chunks"))
                .timeout(soon, Mono.just("nothing"))
                .block());

        assertThat(instead).isEqualTo("nothing");
        assertThat(participation.vetoed()).contains("/stalls-in-chunks", "without an answer", "given up");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/stalls-outside", "/stalls-after-two-branches"})
    void whoWantsNoMoreOfABodyHasItsAnswerIfTheHeadHasToldAll(String path) throws Exception {
        inTransaction(() -> retrieve(path).bodyToMono(Void.class).block());
        String first = inTransaction(() -> parts(path).next().block());

        assertThat(first).isEqualTo("half");
        assertThat(participation.vetoed()).isNull();
    }

    /** As the application's thread does, which is not the one that hands over the body's parts. */
    @ParameterizedTest
    @ValueSource(strings = {"/stalls-outside", "/stalls-after-two-branches"})
    void soHasWhoStopsOnAnotherThread(String path) throws Exception {
        String first = inTransaction(() -> {
            try (Stream<String> parts = parts(path).toStream()) {
                return parts.iterator().next();
            }
        });
        String last = inTransaction(() -> parts(path)
                .timeout(Mono.never(), part -> Mono.delay(Duration.ofMillis(1)), Mono.just("too late"))
                .blockLast());

        assertThat(first).isEqualTo("half");
        assertThat(last).isEqualTo("too late");
        assertThat(participation.vetoed()).isNull();
    }

    @DisplayName("T1: a decoder's limit leaves the end of an answer unseen, which the participant holds back")
    @ParameterizedTest
    @ValueSource(strings = {"/large-in-body", "/large-in-chunks"})
    void t1_aBodyThatExceedsTheDecodersLimitVetoes(String path) {
        assertThatThrownBy(
                        () -> inTransaction(() -> get(client(), peer.uri(path)).block()))
                .hasStackTraceContaining(DataBufferLimitException.class.getName());

        assertThat(participation.vetoed()).contains(path, "without an answer", "given up");
    }

    @DisplayName("T1: so does whoever wants no more than its beginning, which is small whatever follows")
    @ParameterizedTest
    @ValueSource(strings = {"/large-in-body", "/large-in-chunks", "/stalls-in-chunks"})
    void t1_theBeginningOfAnAnswerIsNoAnswerWhileTheParticipantMayBeAtWork(String path) throws Exception {
        inTransaction(() -> retrieve(path).bodyToMono(Void.class).block());

        assertThat(participation.vetoed()).contains(path, "without an answer", "given up");
    }

    @Test
    void aBodyThatHasComeInFullIsNotGivenUpOnWhateverThread() throws Exception {
        String first = inTransaction(() -> parts("/unknown-branches")
                .publishOn(Schedulers.boundedElastic(), 1)
                .next()
                .block());

        assertThat(first).isEqualTo("answer");
        assertThat(participation.vetoed()).isNull();
    }

    @Test
    void aCallBelongsToTheTransactionInWhichItWasBuilt() throws Exception {
        Mono<String> call = inTransaction(() -> get(client(), peer.uri("/ok")));

        // Not in the common pool, which the HTTP client may need to go on, and which has one thread on two processors.
        CompletableFuture.supplyAsync(call::block, work -> new Thread(work).start())
                .join();

        assertThat(peer.xids()).containsExactly(XID.toString());
    }

    @Test
    void aCallThatWasBuiltOutsideBelongsToTheTransactionInWhichItIsMade() throws Exception {
        Mono<String> call = get(client(), peer.uri("/ok"));

        inTransaction(call::block);
        call.block();

        assertThat(peer.xids()).containsExactly(XID.toString(), "none");
    }

    @Test
    void aMockOfATestIsLeftAlone() {
        OutgoingCalls calls = new OutgoingCalls(HostRule.of(List.of("internal")));
        for (Object mock : List.of(mock(WebClient.class), mock(WebClient.Builder.class))) {
            assertThat(processed(mock, calls)).isSameAs(mock);
        }
    }

    /** The JDK's client sends it again by itself, under the same id. */
    private void assertOneCallOfTheTransaction() {
        assertThat(peer.xids()).containsOnly(XID.toString());
        assertThat(Set.copyOf(peer.calls())).hasSize(1);
    }

    private Flux<String> parts(String path) {
        return retrieve(path).bodyToFlux(DataBuffer.class).map(part -> part.toString(StandardCharsets.UTF_8));
    }

    private WebClient.ResponseSpec retrieve(String path) {
        return client().get().uri(peer.uri(path)).retrieve();
    }

    private static Mono<String> get(WebClient client, URI uri) {
        return client.get().uri(uri).retrieve().bodyToMono(String.class);
    }

    private static WebClient client(ExchangeFilterFunction... filters) {
        return client(new OutgoingCalls(HostRule.of(List.of("internal"))), filters);
    }

    private static WebClient client(OutgoingCalls calls, ExchangeFilterFunction... filters) {
        return (WebClient) processed(
                WebClient.builder()
                        .clientConnector(new JdkClientHttpConnector())
                        .filters(all -> all.addAll(List.of(filters)))
                        .build(),
                calls);
    }

    private static Object processed(Object bean, OutgoingCalls calls) {
        DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
        beans.registerSingleton("calls", calls);
        return new WebClientPostProcessor(beans.getBeanProvider(OutgoingCalls.class))
                .postProcessAfterInitialization(bean, "client");
    }
}
