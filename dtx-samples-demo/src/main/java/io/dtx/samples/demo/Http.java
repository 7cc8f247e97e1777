package io.dtx.samples.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Calls of the demo's services. */
public final class Http {

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(75);
    private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(5);

    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private Http() {}

    static Answer post(String url) {
        return postLater(url).join();
    }

    /** The answer completes when the service has answered, or failed to. */
    static CompletableFuture<Answer> postLater(String url) {
        HttpRequest request = request(url, ANSWER_TIMEOUT)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        return CLIENT.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .handle((response, failure) ->
                        failure == null ? Answer.of(response.statusCode(), response.body()) : Answer.none(failure));
    }

    static Answer get(String url, String... headers) {
        HttpRequest.Builder request = request(url, HEALTH_TIMEOUT);
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return Answer.of(response.statusCode(), response.body());
        } catch (IOException e) {
            return Answer.none(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Answer.none(e);
        }
    }

    public static boolean isOk(String url) {
        return get(url).isOk();
    }

    private static HttpRequest.Builder request(String url, Duration timeout) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(timeout);
    }
}
