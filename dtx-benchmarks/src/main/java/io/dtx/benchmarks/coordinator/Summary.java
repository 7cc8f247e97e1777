package io.dtx.benchmarks.coordinator;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One coordinator of a series: medians over its rounds.
 *
 * @param cpuMillis of the coordinators, per transaction
 * @param clientCpuMillis of the clients, per transaction
 * @param toFirst CPU of the coordinators against that of the first of the series in the same round, median over the rounds
 * @param memoryMiB of the coordinators after the last round
 */
record Summary(
        String series,
        String title,
        double perSecond,
        double p50,
        double p99,
        double cpuMillis,
        double clientCpuMillis,
        double toFirst,
        long memoryMiB,
        long failed) {

    /** @param all every measurement of the series, in the order in which they were made */
    static Summary of(String title, List<Measurement> all) {
        List<Measurement> own = only(title, all);
        List<Measurement> first = only(all.get(0).title(), all);
        double[] ratios = new double[own.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = coordinator(own.get(i)) / coordinator(first.get(i));
        }
        Measurement last = own.get(own.size() - 1);
        return new Summary(
                last.series(),
                title,
                median(own, Measurement::perSecond),
                median(own, Measurement::p50),
                median(own, Measurement::p99),
                median(own, Summary::coordinator),
                median(own, measured -> measured.cpuMillis().getOrDefault("clients", 0.0)),
                median(ratios),
                last.memoryMiB().getOrDefault("coordinator", 0L),
                own.stream().mapToLong(Measurement::failed).sum());
    }

    private static double coordinator(Measurement measured) {
        return measured.cpuMillis().getOrDefault("coordinator", 0.0);
    }

    private static List<Measurement> only(String title, List<Measurement> all) {
        return all.stream().filter(measured -> measured.title().equals(title)).toList();
    }

    private static double median(List<Measurement> measurements, ToDoubleFunction<Measurement> figure) {
        return median(measurements.stream().mapToDouble(figure).toArray());
    }

    private static double median(double[] figures) {
        Arrays.sort(figures);
        int middle = figures.length / 2;
        return figures.length % 2 == 1 ? figures[middle] : (figures[middle - 1] + figures[middle]) / 2;
    }
}
