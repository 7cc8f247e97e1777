package io.dtx.samples.torture;

import io.dtx.samples.torture.BankApplication.Mishap;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Callers that transfer money without a pause, and remember what they were told. */
final class Load {

    private static final int CALLERS = 8;
    /** Drawn from: most transfers are to succeed. */
    private static final List<Mishap> MISHAPS = List.of(
            Mishap.NONE,
            Mishap.NONE,
            Mishap.NONE,
            Mishap.NONE,
            Mishap.NONE,
            Mishap.NONE,
            Mishap.NONE,
            Mishap.OTHER_FAILS,
            Mishap.OTHER_FAILS_AND_IS_SWALLOWED,
            Mishap.FAILS_AT_THE_END);

    private static final Duration ANSWER = Duration.ofSeconds(30);

    private final String url;
    private final int accounts;
    private final long seed;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final Map<String, Answered> answers = new ConcurrentHashMap<>();
    private final AtomicInteger number = new AtomicInteger();
    private final List<Thread> callers = new ArrayList<>();
    private volatile boolean going;
    private volatile String lastFailure = "";

    /**
     * @param url of the paying bank
     * @param accounts in each bank, numbered from 1
     */
    Load(String url, int accounts, long seed) {
        this.url = url;
        this.accounts = accounts;
        this.seed = seed;
    }

    void start() {
        going = true;
        for (int i = 0; i < CALLERS; i++) {
            Random random = new Random(seed + number.get() + i);
            Thread caller = new Thread(() -> call(random), "caller-" + i);
            caller.setDaemon(true);
            caller.start();
            callers.add(caller);
        }
    }

    /** Returns when every call has been answered or given up. */
    void stop() throws InterruptedException {
        going = false;
        for (Thread caller : callers) {
            caller.join();
        }
        callers.clear();
    }

    /** By the transfer's id. */
    Map<String, Answered> answers() {
        return answers;
    }

    long count(Answered answered) {
        return answers.values().stream().filter(answered::equals).count();
    }

    String lastFailure() {
        return lastFailure;
    }

    private void call(Random random) {
        while (going) {
            String id = "t" + number.incrementAndGet();
            Mishap mishap = MISHAPS.get(random.nextInt(MISHAPS.size()));
            String query = "/transfer?id=" + id + "&from=" + (1 + random.nextInt(accounts)) + "&to="
                    + (1 + random.nextInt(accounts)) + "&amount=" + (1 + random.nextInt(100)) + "&mishap=" + mishap;
            try {
                answers.put(id, send(query));
            } catch (IOException e) {
                answers.put(id, Answered.NOTHING);
                pause();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private Answered send(String query) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + query))
                .timeout(ANSWER)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() == 200) {
            return Answered.DONE;
        }
        lastFailure = answer.statusCode() + " " + answer.body();
        boolean certain = answer.statusCode() == 500 && answer.body().startsWith(BankApplication.FAILED);
        if (!certain || !answer.body().contains("asked to fail")) {
            pause();
        }
        return certain ? Answered.FAILED : Answered.NOTHING;
    }

    /** A bank that refuses at once would otherwise be asked thousands of times while something is broken. */
    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
