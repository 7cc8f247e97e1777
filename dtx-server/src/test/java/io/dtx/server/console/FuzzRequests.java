package io.dtx.server.console;

import io.dtx.model.Xid;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** Requests that no operator means: any path, method, type and body, some of them nearly right. */
final class FuzzRequests {

    private static final List<String> WORDS = List.of(
            "transactions",
            "locks",
            "resources",
            "branches",
            "7",
            "retry",
            "skip",
            "rollback",
            "forget",
            "actuator",
            "health",
            "..",
            "%2e%2e",
            "%00",
            "%ff",
            ";x=y",
            "");
    private static final List<String> METHODS =
            List.of("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "X");
    private static final List<String> TYPES =
            List.of("application/json", "text/plain", "application/xml", "multipart/form-data", "*/*", "nonsense");

    private final Random random;
    private final Xid known;

    FuzzRequests(Random random, Xid known) {
        this.random = random;
        this.known = known;
    }

    HttpRequest.Builder next(Operator operator) {
        HttpRequest.Builder request = operator.request(path() + query());
        if (random.nextBoolean()) {
            request.header("Content-Type", oneOf(TYPES));
        }
        return request.method(oneOf(METHODS), BodyPublishers.ofByteArray(body()));
    }

    private String path() {
        StringBuilder path = new StringBuilder();
        int depth = 1 + random.nextInt(6);
        for (int i = 0; i < depth; i++) {
            path.append('/').append(random.nextInt(4) == 0 ? encoded() : i == 1 ? known : oneOf(WORDS));
        }
        return path.toString();
    }

    private String query() {
        return random.nextInt(3) > 0
                ? ""
                : "?" + oneOf(List.of("status", "table", "limit", "after", "x")) + "=" + encoded();
    }

    private byte[] body() {
        return switch (random.nextInt(6)) {
            case 0 -> new byte[0];
            case 1 -> bytes(random.nextInt(2_000));
            case 2 -> "[".repeat(random.nextInt(20_000)).getBytes(StandardCharsets.UTF_8);
            case 3 ->
                ("{\"operator\": \"" + "x".repeat(random.nextInt(2_000_000)) + "\"}").getBytes(StandardCharsets.UTF_8);
            case 4 ->
                "{\"operator\": {\"a\": [1, null]}, \"note\": 7, \"force\": \"yes\"}".getBytes(StandardCharsets.UTF_8);
            default -> "{\"operator\": null, \"note\": \"\\u0000\\n\"}".getBytes(StandardCharsets.UTF_8);
        };
    }

    private String encoded() {
        return URLEncoder.encode(
                new String(bytes(random.nextInt(40)), StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}
