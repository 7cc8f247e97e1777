package io.dtx.spring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import io.dtx.spring.propagation.HostRule;
import io.dtx.spring.propagation.HttpClientContract;
import io.dtx.spring.propagation.OutgoingCalls;
import java.net.URI;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.web.client.RestTemplate;

/** Boot's builder, used in a constructor, so that the template never becomes a bean. */
class RestTemplateBuilderTests extends HttpClientContract {

    private static final ClientHttpRequestInterceptor OWN =
            (request, body, execution) -> execution.execute(request, body);

    @Override
    protected @Nullable String get(URI uri, OutgoingCalls calls) {
        return builder(calls).readTimeout(timeout(uri)).build().getForObject(uri, String.class);
    }

    @Override
    protected void callUnread(URI uri, OutgoingCalls calls) {
        builder(calls).readTimeout(timeout(uri)).build().delete(uri);
    }

    static Stream<UnaryOperator<RestTemplateBuilder>> configurations() {
        return Stream.of(
                builder -> builder.interceptors(OWN),
                builder -> builder.additionalInterceptors(OWN),
                builder -> builder.customizers(
                        template -> template.getInterceptors().add(OWN)));
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void whatTheBuilderIsGivenDoesNotReplaceWhatDtxAdds(UnaryOperator<RestTemplateBuilder> configuration)
            throws Exception {
        RestTemplate template = configuration
                .apply(builder(new OutgoingCalls(HostRule.of(List.of("internal")))))
                .build();

        inTransaction(() -> template.getForObject(peer.uri("/ok"), String.class));

        assertThat(peer.xids()).containsExactly(XID.toString());
        assertThat(template.getInterceptors())
                .hasSize(2)
                .filteredOn(PropagatingInterceptor.class::isInstance)
                .hasSize(1);
    }

    @Test
    void aMockOfATestIsLeftAlone() {
        RestTemplateBuilder mock = mock(RestTemplateBuilder.class);

        assertThat(processed(mock, new OutgoingCalls(HostRule.of(List.of("internal")))))
                .isSameAs(mock);
    }

    private static RestTemplateBuilder builder(OutgoingCalls calls) {
        return (RestTemplateBuilder) processed(new RestTemplateBuilder(), calls);
    }

    private static Object processed(RestTemplateBuilder bean, OutgoingCalls calls) {
        return new RestTemplateBuilderPostProcessor(Beans.provider(calls))
                .postProcessAfterInitialization(bean, "restTemplateBuilder");
    }
}
