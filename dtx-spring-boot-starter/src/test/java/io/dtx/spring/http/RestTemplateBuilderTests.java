package io.dtx.spring.http;

import io.dtx.spring.propagation.HttpClientContract;
import io.dtx.spring.propagation.OutgoingCalls;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.restclient.RestTemplateBuilder;

/** Boot's builder, used in a constructor, so that the template never becomes a bean. */
class RestTemplateBuilderTests extends HttpClientContract {

    @Override
    protected @Nullable String get(URI uri, OutgoingCalls calls) {
        RestTemplateBuilder builder = (RestTemplateBuilder) new RestTemplateBuilderPostProcessor(Beans.provider(calls))
                .postProcessAfterInitialization(new RestTemplateBuilder(), "restTemplateBuilder");
        return builder.readTimeout(timeout(uri)).build().getForObject(uri, String.class);
    }
}
