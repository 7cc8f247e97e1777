package io.dtx.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** The load process, seen from the one that runs the benchmark. Not thread-safe. */
public final class LoadDriver implements AutoCloseable {

    private final Process process;
    private final Writer orders;
    private final BufferedReader bursts;
    private final JsonMapper json = new JsonMapper();

    public LoadDriver(Path log) throws IOException {
        process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoadProcess.class.getName()))
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        orders = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
        bursts = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Returns when the burst is over. */
    public Burst run(Order order) throws IOException {
        orders.write(order.line() + "\n");
        orders.flush();
        String answer = bursts.readLine();
        if (answer == null) {
            throw new IOException("the load process has ended");
        }
        return json.readValue(answer, Burst.class);
    }

    public ProcessHandle process() {
        return process.toHandle();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
