package io.dtx.samples.torture;

import io.dtx.samples.demo.Http;
import io.dtx.samples.demo.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A Java program of the torture as a process that can be killed, stopped in its tracks, and started again. */
final class Program {

    /** Of a process that does not end by itself, on a machine that has better things to do for minutes. */
    private static final long START_SECONDS = 600;

    private final String name;
    private final ProcessBuilder builder;
    private final String aliveUrl;
    private final Path log;
    private @Nullable Process process;

    Program(String name, List<String> command, Path logs, String aliveUrl) {
        this.name = name;
        this.aliveUrl = aliveUrl;
        this.log = logs.resolve(name + ".log");
        this.builder = new ProcessBuilder(command)
                .directory(logs.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("SPRING_MAIN_BANNER_MODE", "off");
    }

    String name() {
        return name;
    }

    void start() throws IOException {
        process = builder.start();
    }

    boolean runs() {
        return process != null && process.isAlive();
    }

    /** Returns when it answers. */
    void awaitAlive() {
        boolean answers = Waiting.upTo(START_SECONDS, () -> !runs() || Http.isOk(aliveUrl));
        if (!runs()) {
            throw new IllegalStateException(name + " ended by itself while it started:\n" + endOfLog());
        }
        if (!answers) {
            throw new IllegalStateException(name + " does not answer after " + START_SECONDS + " s:\n" + endOfLog());
        }
    }

    void kill() throws InterruptedException {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
            running.waitFor();
        }
    }

    /** SIGSTOP, or SIGCONT: the process stands still without knowing, as in a long pause of its machine. */
    void signal(String signal) throws IOException, InterruptedException {
        Process running = process;
        if (running != null) {
            Signals.send(signal, running.pid());
        }
    }

    private String endOfLog() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
        } catch (IOException e) {
            return log + " can not be read: " + e;
        }
    }
}
