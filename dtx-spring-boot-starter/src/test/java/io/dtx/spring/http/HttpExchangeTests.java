package io.dtx.spring.http;

import io.dtx.spring.propagation.HttpClientContract;
import io.dtx.spring.propagation.OutgoingCalls;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.PutExchange;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

/** An interface client over a RestClient that was built by hand from the builder bean. */
class HttpExchangeTests extends HttpClientContract {

    interface Api {
        @GetExchange
        @Nullable String get(URI uri);

        @PutExchange
        void put(URI uri);
    }

    @Override
    protected @Nullable String get(URI uri, OutgoingCalls calls) {
        return api(uri, calls).get(uri);
    }

    @Override
    protected void callUnread(URI uri, OutgoingCalls calls) {
        api(uri, calls).put(uri);
    }

    private static Api api(URI uri, OutgoingCalls calls) {
        SimpleClientHttpRequestFactory requests = new SimpleClientHttpRequestFactory();
        requests.setReadTimeout(timeout(uri));
        RestClient.Builder builder = (RestClient.Builder) Beans.processed(RestClient.builder(), calls);
        return HttpServiceProxyFactory.builderFor(RestClientAdapter.create(
                        builder.requestFactory(requests).build()))
                .build()
                .createClient(Api.class);
    }
}
