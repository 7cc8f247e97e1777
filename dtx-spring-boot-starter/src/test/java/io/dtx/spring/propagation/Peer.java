package io.dtx.spring.propagation;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.dtx.context.TransactionHeaders;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A service on a loopback port that notes the XIDs it is sent, and answers as the path says. */
public final class Peer implements AutoCloseable {

    /** More than a decoder takes by default. */
    private static final int LARGE = 1024 * 1024;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final BlockingQueue<CountDownLatch> held = new LinkedBlockingQueue<>();
    private final List<String> xids = new CopyOnWriteArrayList<>();
    private final List<String> calls = new CopyOnWriteArrayList<>();

    public Peer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    /** The same server by another name. */
    URI stranger(String path) {
        return URI.create("http://localhost:" + server.getAddress().getPort() + path);
    }

    /** The XID of each request in order; "none" for a request without. */
    public List<String> xids() {
        return List.copyOf(xids);
    }

    /** The id of each call, likewise. */
    public List<String> calls() {
        return List.copyOf(calls);
    }

    /** Waits for a call of /held, which is answered when this is counted down. */
    CountDownLatch held() throws InterruptedException {
        return Objects.requireNonNull(held.poll(30, TimeUnit.SECONDS), "a call of /held");
    }

    private static String sent(HttpExchange exchange, String header) {
        List<String> values = exchange.getRequestHeaders().get(header);
        return values == null ? "none" : String.join(",", values);
    }

    private void answer(HttpExchange exchange) throws IOException {
        calls.add(sent(exchange, TransactionHeaders.CALL));
        xids.add(sent(exchange, TransactionHeaders.XID));
        try (exchange) {
            switch (exchange.getRequestURI().getPath()) {
                case "/ok" -> answer(exchange, 200);
                case "/two-branches" -> {
                    twoBranches(exchange);
                    answer(exchange, 200);
                }
                case "/unknown-branches" -> {
                    whileAtWork(exchange);
                    answer(exchange, 200);
                }
                case "/declined-after-two-branches" -> {
                    twoBranches(exchange);
                    answer(exchange, 409);
                }
                case "/vetoed" -> {
                    exchange.getResponseHeaders().set(TransactionHeaders.VETO, "no money");
                    answer(exchange, 200);
                }
                case "/gateway-timeout" -> answer(exchange, 504);
                case "/error" -> answer(exchange, 500);
                case "/error-of-its-own" -> {
                    exchange.getResponseHeaders().set(TransactionHeaders.ENDED, "yes");
                    answer(exchange, 500);
                }
                case "/conflict" -> answer(exchange, 409);
                case "/redirects-to-a-stranger" -> {
                    exchange.getResponseHeaders()
                            .set("Location", stranger("/ok").toString());
                    answer(exchange, 302);
                }
                case "/never" -> awaitClose();
                case "/held" -> {
                    CountDownLatch answering = new CountDownLatch(1);
                    held.add(answering);
                    await(answering);
                    answer(exchange, 200);
                }
                case "/cut-off" -> {}
                case "/cut-in-body" -> {
                    whileAtWork(exchange);
                    cut(exchange);
                }
                case "/cut-after-two-branches" -> {
                    twoBranches(exchange);
                    cut(exchange);
                }
                case "/not-modified" -> {
                    exchange.getResponseHeaders().set("Content-Length", "1000");
                    exchange.sendResponseHeaders(304, -1);
                }
                case "/large-in-body" -> {
                    whileAtWork(exchange);
                    large(exchange, LARGE);
                }
                case "/large-in-chunks" -> {
                    whileAtWork(exchange);
                    large(exchange, 0);
                }
                case "/stalls-in-body" -> {
                    whileAtWork(exchange);
                    stall(exchange, 1000);
                }
                case "/stalls-in-chunks" -> {
                    whileAtWork(exchange);
                    stall(exchange, 0);
                }
                case "/stalls-after-two-branches" -> {
                    twoBranches(exchange);
                    stall(exchange, 0);
                }
                case "/stalls-outside" -> stall(exchange, 0);
                default -> answer(exchange, 404);
            }
        }
    }

    private static void twoBranches(HttpExchange exchange) {
        branches(exchange, "2");
    }

    /** The head leaves while the participant may still register branches. */
    private static void whileAtWork(HttpExchange exchange) {
        branches(exchange, "unknown");
    }

    private static void branches(HttpExchange exchange, String number) {
        String call = sent(exchange, TransactionHeaders.CALL);
        exchange.getResponseHeaders()
                .set(TransactionHeaders.BRANCHES, call.substring(call.lastIndexOf('/') + 1) + "/" + number);
    }

    /** @param announced the length of the body; 0 for chunks */
    private void stall(HttpExchange exchange, long announced) throws IOException {
        half(exchange, announced);
        awaitClose();
    }

    /** The connection is closed in the middle of the body. */
    private static void cut(HttpExchange exchange) throws IOException {
        half(exchange, 1000);
    }

    /** @param announced as above */
    private static void half(HttpExchange exchange, long announced) throws IOException {
        exchange.sendResponseHeaders(200, announced);
        exchange.getResponseBody().write("half".getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
    }

    /** @param announced as above */
    private static void large(HttpExchange exchange, long announced) throws IOException {
        exchange.sendResponseHeaders(200, announced);
        exchange.getResponseBody().write(new byte[LARGE]);
    }

    private static void answer(HttpExchange exchange, int status) throws IOException {
        byte[] body = "answer".getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    private void awaitClose() {
        await(closing);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
