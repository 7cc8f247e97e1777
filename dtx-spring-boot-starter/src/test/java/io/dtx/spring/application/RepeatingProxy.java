package io.dtx.spring.application;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A reverse proxy before a service that can be told to deliver requests more than once, as some do after a lost answer, or to
 * lose the answers itself.
 */
final class RepeatingProxy implements AutoCloseable {

    private static final Set<String> OWN =
            Set.of("host", "connection", "content-length", "transfer-encoding", "date", "upgrade", "http2-settings");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpClient client = HttpClient.newHttpClient();
    private final URI target;
    private volatile int deliveries = 1;
    private volatile int passedOn;
    private volatile String takenOff = "";
    private final AtomicInteger toLose = new AtomicInteger();
    private final AtomicInteger received = new AtomicInteger();

    RepeatingProxy(URI target) throws IOException {
        this.target = target;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::deliver);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /**
     * @param times how often each request is delivered, one after the other
     * @param answer which answer the caller gets; from 0
     */
    void deliver(int times, int answer) {
        deliveries = times;
        passedOn = answer;
    }

    /** Answers are passed on without this header; empty for with all. */
    void takeOff(String header) {
        takenOff = header;
    }

    /** The next answers do not reach the caller: the connection breaks instead. */
    void loseAnswers(int count) {
        toLose.set(count);
    }

    /** Requests until now. */
    int received() {
        return received.get();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void deliver(HttpExchange exchange) throws IOException {
        received.incrementAndGet();
        byte[] body = exchange.getRequestBody().readAllBytes();
        HttpRequest.Builder request = HttpRequest.newBuilder(target.resolve(exchange.getRequestURI()))
                .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (!OWN.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
            }
        });
        try (exchange) {
            List<HttpResponse<byte[]>> answers = new ArrayList<>();
            for (int i = 0; i < deliveries; i++) {
                answers.add(client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()));
            }
            if (toLose.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                return;
            }
            HttpResponse<byte[]> answer = answers.get(passedOn);
            answer.headers().map().forEach((name, values) -> {
                if (!OWN.contains(name) && !name.equals(takenOff)) {
                    values.forEach(value -> exchange.getResponseHeaders().add(name, value));
                }
            });
            exchange.sendResponseHeaders(answer.statusCode(), answer.body().length == 0 ? -1 : answer.body().length);
            exchange.getResponseBody().write(answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
