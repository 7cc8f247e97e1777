package io.dtx.spring.http;

import io.dtx.spring.propagation.HttpClientContract;
import io.dtx.spring.propagation.OutgoingCalls;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

/** Over Apache's client, which repeats some requests by itself and decodes bodies. */
class ApacheRestClientTests extends HttpClientContract {

    @Override
    protected @Nullable String get(URI uri, OutgoingCalls calls) {
        return client(uri, calls).get().uri(uri).retrieve().body(String.class);
    }

    @Override
    protected void callUnread(URI uri, OutgoingCalls calls) {
        client(uri, calls).get().uri(uri).retrieve().toBodilessEntity();
    }

    private static RestClient client(URI uri, OutgoingCalls calls) {
        HttpComponentsClientHttpRequestFactory requests = new HttpComponentsClientHttpRequestFactory();
        requests.setReadTimeout(timeout(uri));
        return (RestClient)
                Beans.processed(RestClient.builder().requestFactory(requests).build(), calls);
    }
}
