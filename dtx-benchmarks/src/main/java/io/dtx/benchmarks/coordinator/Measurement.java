package io.dtx.benchmarks.coordinator;

import io.dtx.benchmarks.coordinator.client.Burst;
import java.util.List;
import java.util.Map;

/**
 * One burst of all clients of one coordinator.
 *
 * @param p50 in microseconds, of the slower client process; so are the others
 * @param cpuMillis processor time per transaction, by group of processes
 * @param memoryMiB resident at the end, by group
 * @param settled whether all was released in the end
 */
record Measurement(
        String series,
        String title,
        int round,
        long done,
        long failed,
        double perSecond,
        double p50,
        double p99,
        double p999,
        Map<String, Double> cpuMillis,
        Map<String, Long> memoryMiB,
        boolean settled,
        String example) {

    static Measurement of(
            Workload workload,
            int round,
            List<Burst> bursts,
            Map<String, Double> cpu,
            Map<String, Long> memory,
            boolean settled) {
        long done = bursts.stream().mapToLong(Burst::done).sum();
        return new Measurement(
                workload.series(),
                workload.title(),
                round,
                done,
                bursts.stream().mapToLong(Burst::failed).sum(),
                done / bursts.stream().mapToDouble(Burst::seconds).max().orElse(1),
                bursts.stream().mapToDouble(Burst::p50).max().orElse(0),
                bursts.stream().mapToDouble(Burst::p99).max().orElse(0),
                bursts.stream().mapToDouble(Burst::p999).max().orElse(0),
                cpu,
                memory,
                settled,
                bursts.stream()
                        .map(Burst::example)
                        .filter(text -> !text.isEmpty())
                        .findAny()
                        .orElse(""));
    }
}
