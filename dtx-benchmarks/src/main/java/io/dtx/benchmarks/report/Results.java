package io.dtx.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Where the results of a run go: a file for machines, and one for documents beside it. */
public final class Results {

    private Results() {}

    /** The property {@code bench.out}, or {@code dtx-benchmarks/target/results} in {@code bench.home}. */
    public static Path directory() {
        Path home =
                Path.of(System.getProperty("bench.home", ".")).toAbsolutePath().normalize();
        return Path.of(System.getProperty(
                "bench.out", home.resolve("dtx-benchmarks/target/results").toString()));
    }

    /** Date, processors, Java and system, for people who read the results later. */
    public static Map<String, String> machine() {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("date", Instant.now().truncatedTo(ChronoUnit.MINUTES).toString());
        machine.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
        machine.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        machine.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return machine;
    }

    /**
     * Writes {@code name.json} and {@code name.md}, and prints the latter.
     *
     * @param measurements records, or maps
     */
    public static void write(String name, List<?> measurements, String tables) throws IOException {
        Path directory = Files.createDirectories(directory());
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("machine", machine());
        all.put("measurements", measurements);
        Path json = directory.resolve(name + ".json");
        Files.writeString(
                json, new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n");
        Files.writeString(directory.resolve(name + ".md"), tables);
        System.out.println(tables);
        System.out.println("Written: " + json + ", and beside it " + name + ".md");
    }
}
