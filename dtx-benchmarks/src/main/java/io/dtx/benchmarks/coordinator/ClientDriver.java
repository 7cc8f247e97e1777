package io.dtx.benchmarks.coordinator;

import io.dtx.benchmarks.coordinator.client.Burst;
import io.dtx.benchmarks.coordinator.client.ClientProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A client process, seen from the one that runs the benchmark. Orders are given and answers taken apart, so that several work at once. */
final class ClientDriver implements AutoCloseable {

    private final Process process;
    private final Writer orders;
    private final BufferedReader answers;

    /**
     * @param transactions the class that talks to the coordinator
     * @param number another for each client of a coordinator
     */
    ClientDriver(String classPath, String transactions, String address, int number, Path log) throws IOException {
        process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms256m",
                        "-Xmx512m",
                        "-cp",
                        classPath,
                        ClientProcess.class.getName(),
                        transactions,
                        address,
                        String.valueOf(number)))
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        orders = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    void orderRun(int callers, int seconds) throws IOException {
        order("run " + callers + " " + seconds);
    }

    Burst burst() throws IOException {
        return Burst.parse(answer());
    }

    void hold(int transactions, int locks) throws IOException {
        order("hold " + transactions + " " + locks);
        answer();
    }

    long released() throws IOException {
        order("released");
        return Long.parseLong(answer());
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    private void order(String line) throws IOException {
        orders.write(line + "\n");
        orders.flush();
    }

    private String answer() throws IOException {
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("a client process has ended: see its log");
        }
        return answer;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
