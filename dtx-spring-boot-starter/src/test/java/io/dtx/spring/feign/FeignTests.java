package io.dtx.spring.feign;

import feign.Feign;
import feign.Request;
import feign.RequestLine;
import io.dtx.spring.propagation.HttpClientContract;
import io.dtx.spring.propagation.OutgoingCalls;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

class FeignTests extends HttpClientContract {

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

    private static Api api(URI uri, OutgoingCalls calls) {
        return Feign.builder()
                .addCapability(new GlobalTransactionCapability(calls))
                .options(new Request.Options(1, TimeUnit.SECONDS, timeout(uri).toMillis(), TimeUnit.MILLISECONDS, true))
                .target(Api.class, "http://replaced-by-the-argument");
    }
}
