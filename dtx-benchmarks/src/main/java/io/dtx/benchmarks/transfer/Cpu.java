package io.dtx.benchmarks.transfer;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Processor time used so far by groups of processes, children included. */
public record Cpu(Map<String, Duration> used) {

    public static Cpu now(Map<String, List<ProcessHandle>> groups) {
        Map<String, Duration> used = new LinkedHashMap<>();
        groups.forEach((name, processes) -> used.put(name, total(processes)));
        return new Cpu(used);
    }

    private static Duration total(Collection<ProcessHandle> processes) {
        return processes.stream()
                .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
                .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /** Milliseconds of processor time per unit of work since then, by group. */
    public Map<String, Double> perUnitSince(Cpu then, long units) {
        Map<String, Double> millis = new LinkedHashMap<>();
        used.forEach((name, now) -> millis.put(
                name,
                units == 0
                        ? 0
                        : now.minus(then.used.getOrDefault(name, Duration.ZERO)).toNanos() / 1e6 / units));
        return millis;
    }
}
