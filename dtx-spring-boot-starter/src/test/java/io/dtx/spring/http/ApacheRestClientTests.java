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
        HttpComponentsClientHttpRequestFactory requests = new HttpComponentsClientHttpRequestFactory();
        requests.setReadTimeout(timeout(uri));
        RestClient client = (RestClient)
                Beans.processed(RestClient.builder().requestFactory(requests).build(), calls);
        return client.get().uri(uri).retrieve().body(String.class);
    }
}
