package io.dtx.spring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.spring.propagation.HostRule;
import io.dtx.spring.propagation.HttpClientContract;
import io.dtx.spring.propagation.OutgoingCalls;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.BufferingClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.DefaultResponseErrorHandler;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.RestTemplate;

class RestTemplateTests extends HttpClientContract {

    @Override
    protected @Nullable String get(URI uri, OutgoingCalls calls) {
        return template(requests(uri), calls).getForObject(uri, String.class);
    }

    @Override
    protected void callUnread(URI uri, OutgoingCalls calls) {
        template(requests(uri), calls).put(uri, null);
    }

    @DisplayName("T1: a body that is read as a whole, before anybody asks for it, is watched, too")
    @Test
    void t1_aBodyThatBreaksOffWhileItIsBufferedVetoes() {
        OutgoingCalls calls = new OutgoingCalls(HostRule.of(List.of("internal")));
        URI uri = peer.uri("/stalls-in-chunks");
        RestTemplate template = template(new BufferingClientHttpRequestFactory(requests(uri)), calls);

        ignoringErrors(() -> inTransaction(() -> template.getForObject(uri, String.class)));

        assertThat(participation.vetoed()).contains("without an answer");
    }

    @Test
    void whoAsksTwiceForABodyHasItsAnswer() {
        URI uri = peer.uri("/conflict");
        RestTemplate template = template(requests(uri), new OutgoingCalls(HostRule.of(List.of("internal"))));
        template.setErrorHandler(new DefaultResponseErrorHandler() {
            @Override
            public void handleError(URI url, HttpMethod method, ClientHttpResponse response) throws IOException {
                assertThat(response.getBody().readAllBytes()).asString().isEqualTo("answer");
                super.handleError(url, method, response);
            }
        });

        assertThatThrownBy(() -> inTransaction(() -> template.getForObject(uri, String.class)))
                .isInstanceOf(HttpClientErrorException.Conflict.class);

        assertThat(participation.vetoed()).isNull();
    }

    @DisplayName("T1: who closes an answer in the middle has not seen its end, which the participant holds back")
    @Test
    void t1_theEndOfAnAnswerThatIsClosedInTheMiddleIsSeen() throws Exception {
        URI uri = peer.uri("/stalls-in-chunks");
        RestTemplate template = template(requests(uri), new OutgoingCalls(HostRule.of(List.of("internal"))));

        Integer first = inTransaction(() -> template.execute(uri, HttpMethod.GET, null, response -> {
            try (InputStream body = response.getBody()) {
                return body.read();
            }
        }));

        assertThat(first).isEqualTo('h');
        assertThat(participation.vetoed()).contains("/stalls-in-chunks", "without an answer");
    }

    private static ClientHttpRequestFactory requests(URI uri) {
        SimpleClientHttpRequestFactory requests = new SimpleClientHttpRequestFactory();
        requests.setReadTimeout(timeout(uri));
        return requests;
    }

    private static RestTemplate template(ClientHttpRequestFactory requests, OutgoingCalls calls) {
        return (RestTemplate) Beans.processed(new RestTemplate(requests), calls);
    }
}
