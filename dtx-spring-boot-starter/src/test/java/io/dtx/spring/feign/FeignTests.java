package io.dtx.spring.feign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;

import feign.Client;
import feign.Feign;
import feign.FeignException;
import feign.Request;
import feign.RequestLine;
import feign.Response;
import feign.codec.DecodeException;
import feign.codec.Decoder;
import feign.codec.ErrorDecoder;
import io.dtx.spring.propagation.HostRule;
import io.dtx.spring.propagation.HttpClientContract;
import io.dtx.spring.propagation.OutgoingCalls;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeignTests extends HttpClientContract {

    private static final OutgoingCalls INTERNAL = new OutgoingCalls(HostRule.of(List.of("internal")));

    interface Api {
        @RequestLine("GET")
        String get(URI uri);

        @RequestLine("DELETE")
        void delete(URI uri);
    }

    @Override
    protected @Nullable String get(URI uri, OutgoingCalls calls) {
        return api(uri, calls).get(uri);
    }

    @Override
    protected void callUnread(URI uri, OutgoingCalls calls) {
        api(uri, calls).delete(uri);
    }

    /** The error decoder of most applications: it looks at the body first, and then leaves it to Feign's own. */
    @Test
    void whoAsksTwiceForABodyHasItsAnswer() {
        ErrorDecoder decoder = (method, response) -> {
            try (InputStream body = response.body().asInputStream()) {
                assertThat(body.readAllBytes()).asString().isEqualTo("answer");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new ErrorDecoder.Default().decode(method, response);
        };
        URI uri = peer.uri("/conflict");

        assertThatThrownBy(() ->
                        inTransaction(() -> api(uri, INTERNAL, Feign.builder().errorDecoder(decoder))
                                .get(uri)))
                .isInstanceOf(FeignException.Conflict.class);

        assertThat(participation.vetoed()).isNull();
    }

    @DisplayName(
            "T1: a decoder that fails in the middle leaves the end of an answer unseen, which the participant holds back")
    @ParameterizedTest
    @ValueSource(strings = {"/stalls-in-body", "/stalls-in-chunks"})
    void t1_theEndOfAnAnswerThatCanNotBeDecodedIsSeen(String path) {
        Decoder decoder = (response, type) -> {
            throw new DecodeException(
                    500, "began with " + response.body().asInputStream().read(), response.request());
        };
        URI uri = peer.uri(path);

        assertThatThrownBy(() -> inTransaction(() ->
                        api(uri, INTERNAL, Feign.builder().decoder(decoder)).get(uri)))
                .isInstanceOf(DecodeException.class);

        assertThat(participation.vetoed()).contains(path, "without an answer");
    }

    @DisplayName(
            "T1: a body that can not even be opened, as clients do that decode it only then, has no end to be seen")
    @Test
    void t1_aBodyThatCanNotBeOpenedVetoes() throws Exception {
        URI uri = peer.uri("/unknown-branches");
        Feign.Builder feign = Feign.builder().client(new Unopened());

        inTransaction(() -> {
            api(uri, INTERNAL, feign).delete(uri);
            return true;
        });

        assertThat(participation.vetoed()).contains("/unknown-branches", "without an answer", "no gzip");
    }

    @Test
    void anAnswerThatSaysNothingOfTheTransactionIsNotReadOn() throws Exception {
        inTransaction(() -> {
            callUnread(peer.uri("/stalls-outside"), INTERNAL);
            return true;
        });

        assertThat(participation.vetoed()).isNull();
    }

    /** A client that looks at a body only when that is asked for, and can not make anything of it. */
    private static final class Unopened implements Client {

        private final Client client = new Client.Default(null, null);

        @Override
        public Response execute(Request request, Request.Options options) throws IOException {
            Response response = client.execute(request, options);
            Response.Body body = mock(Response.Body.class, delegatesTo(response.body()));
            doThrow(new IOException("no gzip")).when(body).asInputStream();
            return response.toBuilder().body(body).build();
        }
    }

    private static Api api(URI uri, OutgoingCalls calls) {
        return api(uri, calls, Feign.builder());
    }

    private static Api api(URI uri, OutgoingCalls calls, Feign.Builder feign) {
        return feign.addCapability(new GlobalTransactionCapability(calls))
                .options(new Request.Options(1, TimeUnit.SECONDS, timeout(uri).toMillis(), TimeUnit.MILLISECONDS, true))
                .target(Api.class, "http://replaced-by-the-argument");
    }
}
