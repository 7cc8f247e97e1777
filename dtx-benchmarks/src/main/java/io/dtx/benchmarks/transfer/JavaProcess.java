package io.dtx.benchmarks.transfer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A Java program under measurement, as a process of its own. */
public final class JavaProcess implements AutoCloseable {

    private static final long START_SECONDS = 180;

    private final String name;
    private final Process process;
    private final Path log;

    /** @param what follows {@code java} and the options that all programs share */
    public JavaProcess(String name, Path directory, Map<String, String> environment, List<String> what)
            throws IOException {
        this.name = name;
        this.log = directory.resolve(name + ".log");
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xms256m", "-Xmx512m"));
        command.addAll(what);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        process = builder.start();
    }

    /** Returns when something accepts connections on the port. */
    public void awaitPort(int port) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_SECONDS * 1_000_000_000L;
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.getPort();
                return;
            } catch (IOException e) {
                if (!process.isAlive()) {
                    throw new IOException(name + " ended with " + process.exitValue() + ": " + endOfLog(), e);
                }
                if (System.nanoTime() > deadline) {
                    throw new IOException(name + " does not listen on " + port + ": " + endOfLog(), e);
                }
                Thread.sleep(100);
            }
        }
    }

    public ProcessHandle handle() {
        return process.toHandle();
    }

    private String endOfLog() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return log + "\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
