package io.dtx.spring.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.spring.propagation.HostRule;
import io.dtx.spring.propagation.HttpClientContract;
import io.dtx.spring.propagation.OutgoingCalls;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.http.client.BufferingClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
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

    private static ClientHttpRequestFactory requests(URI uri) {
        SimpleClientHttpRequestFactory requests = new SimpleClientHttpRequestFactory();
        requests.setReadTimeout(timeout(uri));
        return requests;
    }

    private static RestTemplate template(ClientHttpRequestFactory requests, OutgoingCalls calls) {
        return (RestTemplate) Beans.processed(new RestTemplate(requests), calls);
    }
}
