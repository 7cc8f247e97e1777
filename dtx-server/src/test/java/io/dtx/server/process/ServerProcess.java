package io.dtx.server.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionEvaluationListener;
import org.awaitility.core.EvaluatedCondition;
import org.awaitility.core.TimeoutEvent;

/** A coordinator as a process of its own. */
final class ServerProcess implements AutoCloseable {

    private static final Pattern PORTS =
            Pattern.compile("applications connect to [^:]+:(\\d+), operators to http://[^:]+:(\\d+)");

    /** Three of them start at the same time where the machine has better things to do. */
    private static final Duration START = Duration.ofMinutes(3);

    final List<String> output = new CopyOnWriteArrayList<>();
    private final Process process;

    private ServerProcess(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "server-output");
        reader.setDaemon(true);
        reader.start();
    }

    static ServerProcess start(Path directory, int port, String... arguments) throws IOException {
        return start(ServerProgram.unpacked(), directory, port, arguments);
    }

    static ServerProcess start(List<String> program, Path directory, int port, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of("--server.port=0", "--dtx.server.port=" + port, "--dtx.server.data-dir=" + directory));
        command.addAll(List.of(arguments));
        return new ServerProcess(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** One whose token is in its environment. */
    static ServerProcess startWithToken(String token, Path directory) throws IOException {
        List<String> command = new ArrayList<>(ServerProgram.unpacked());
        command.addAll(List.of("--server.port=0", "--dtx.server.port=0", "--dtx.server.data-dir=" + directory));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("DTX_SERVER_TOKEN", token);
        return new ServerProcess(builder.start());
    }

    ServerProcess awaitReady() {
        Awaitility.await("the start of the coordinator")
                .atMost(START)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .conditionEvaluationListener(new ConditionEvaluationListener<>() {
                    @Override
                    public void conditionEvaluated(EvaluatedCondition<Object> condition) {}

                    @Override
                    public void onTimeout(TimeoutEvent event) {
                        System.out.println("It has said: " + output);
                    }
                })
                .until(() -> !process.isAlive() || output.stream().anyMatch(line -> line.contains("Data in ")));
        if (!process.isAlive()) {
            throw new IllegalStateException("the coordinator did not start: " + output);
        }
        return this;
    }

    int port() {
        return Integer.parseInt(ports().group(1));
    }

    int httpPort() {
        return Integer.parseInt(ports().group(2));
    }

    /** Of the operators' side; with a token it shows details. */
    String health(String token) throws IOException, InterruptedException {
        return get("/actuator/health", token);
    }

    /** Of the operators' side. */
    String get(String path, String token) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + httpPort() + path);
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(uri)
                                .header("Authorization", "Bearer " + token)
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    long pid() {
        return process.pid();
    }

    String text() {
        return String.join("\n", output);
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** SIGTERM; returns when it has ended. */
    void terminate() {
        process.destroy();
        process.onExit().join();
    }

    /** SIGSTOP, SIGCONT. */
    void signal(String name) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException("kill -" + name + " ended with " + exit);
        }
    }

    boolean alive() {
        return process.isAlive();
    }

    int awaitExit() throws InterruptedException {
        if (!process.waitFor(180, TimeUnit.SECONDS)) {
            throw new AssertionError("still running: " + output);
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        kill();
    }

    private Matcher ports() {
        Matcher matcher = PORTS.matcher(text());
        if (!matcher.find()) {
            throw new AssertionError("no ports in: " + output);
        }
        return matcher;
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines.lines().forEach(output::add);
        } catch (IOException | UncheckedIOException e) {
            // The process was killed.
        }
    }
}
