package io.dtx.samples.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One of the demo's Java programs, as a process that can be killed and started again. Not thread-safe but for {@link #stop}. */
final class ServiceProcess {

    /** Of a program that lives; one that has ended is not waited for. */
    private static final long START_SECONDS = 180;

    private static final int LOG_LINES = 5;

    private final String name;
    private final ProcessBuilder builder;
    private final Path log;
    private final String healthUrl;
    private volatile @Nullable Process process;
    private volatile boolean stopped;

    /**
     * @param environment for what must not be seen in a list of processes
     * @param healthUrl answers 200 when the program is ready
     */
    ServiceProcess(
            String name,
            Path jar,
            List<String> arguments,
            Map<String, String> environment,
            Path logs,
            String healthUrl) {
        this.name = name;
        this.log = logs.resolve(name + ".log");
        this.healthUrl = healthUrl;
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                // Short-lived programs: the first compiler is enough, and leaves the processors to the others.
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar.toString()));
        command.addAll(arguments);
        this.builder = new ProcessBuilder(command)
                .directory(logs.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        this.builder.environment().putAll(environment);
    }

    String name() {
        return name;
    }

    void start() {
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new DemoFailure(name + " cannot be started: " + e.getMessage(), e);
        }
        if (stopped) {
            stop();
        }
    }

    /** Returns when the program answers that it is healthy. */
    void awaitHealthy() {
        Process current = running();
        boolean healthy = Waiting.upTo(START_SECONDS, () -> !current.isAlive() || Http.isOk(healthUrl));
        if (!current.isAlive()) {
            throw new DemoFailure(name + " ended with " + current.exitValue() + " while it started. " + whereToLook());
        }
        if (!healthy) {
            throw new DemoFailure(name + " is not healthy after " + START_SECONDS + " s. " + whereToLook());
        }
    }

    /** SIGKILL: the program can do nothing about it. Returns when it is gone. */
    void kill() {
        running().destroyForcibly();
        awaitEnd(running());
    }

    /** Ends the program, if it runs, and keeps it from being started again. */
    void stop() {
        stopped = true;
        Process current = process;
        if (current != null) {
            // Everything that it keeps is thrown away with it, so there is no reason to ask politely.
            current.destroyForcibly();
            awaitEnd(current);
        }
    }

    private void awaitEnd(Process ending) {
        try {
            if (!ending.waitFor(10, TimeUnit.SECONDS)) {
                throw new DemoFailure(name + " (process " + ending.pid() + ") does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Process running() {
        Process current = process;
        if (current == null) {
            throw new IllegalStateException(name + " was never started");
        }
        return current;
    }

    private String whereToLook() {
        String end = "";
        try {
            List<String> lines = Files.readAllLines(log);
            end = String.join("\n  ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
        } catch (IOException e) {
            // The path alone must do.
        }
        return "Its log: " + log + (end.isBlank() ? "" : ", which ends with\n  " + end);
    }
}
