package io.dtx.spring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import io.dtx.spring.propagation.HostRule;
import io.dtx.spring.propagation.HttpClientContract;
import io.dtx.spring.propagation.OutgoingCalls;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

class RestClientTests extends HttpClientContract {

    @Override
    protected @Nullable String get(URI uri, OutgoingCalls calls) {
        return client(uri, calls).get().uri(uri).retrieve().body(String.class);
    }

    @Override
    protected void callUnread(URI uri, OutgoingCalls calls) {
        client(uri, calls).get().uri(uri).retrieve().toBodilessEntity();
    }

    private static RestClient client(URI uri, OutgoingCalls calls) {
        JdkClientHttpRequestFactory requests = new JdkClientHttpRequestFactory();
        requests.setReadTimeout(timeout(uri));
        return (RestClient)
                Beans.processed(RestClient.builder().requestFactory(requests).build(), calls);
    }

    @Test
    void whoAsksTwiceForABodyHasItsAnswer() throws Exception {
        URI uri = peer.uri("/conflict");
        RestClient client = client(uri, new OutgoingCalls(HostRule.of(List.of("internal"))));

        inTransaction(() -> client.get()
                .uri(uri)
                .retrieve()
                .onStatus(
                        HttpStatusCode::is4xxClientError,
                        (request, response) -> assertThat(response.getBody().readAllBytes())
                                .asString()
                                .isEqualTo("answer"))
                .toEntity(String.class));

        assertThat(participation.vetoed()).isNull();
    }

    @Test
    void aMockOfATestIsLeftAlone() {
        RestClient mock = mock(RestClient.class);

        assertThat(Beans.processed(mock, new OutgoingCalls(HostRule.of(List.of("internal")))))
                .isSameAs(mock);
    }
}
