package io.dtx.benchmarks.coordinator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What processes have in memory, where the system shows it as Linux does. */
final class Memory {

    private Memory() {}

    /** MiB by group; 0 where it can not be seen. */
    static Map<String, Long> ofAll(Map<String, List<ProcessHandle>> groups) {
        Map<String, Long> all = new LinkedHashMap<>();
        groups.forEach((name, processes) ->
                all.put(name, processes.stream().mapToLong(Memory::of).sum()));
        return all;
    }

    private static long of(ProcessHandle process) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc", String.valueOf(process.pid()), "status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
                }
            }
            return 0;
        } catch (IOException elsewhere) {
            return 0;
        }
    }
}
