package io.dtx.benchmarks.transfer;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * One flavour in one cell: medians over the rounds.
 *
 * @param toPlain throughput against plain's in the same round, median over rounds; 0 without a plain flavour
 * @param toSeata likewise against Seata's
 * @param addedP50 median latency less plain's in the same round, in microseconds
 */
record Summary(
        String database,
        String cell,
        String flavour,
        double perSecond,
        double p50,
        double p99,
        double p999,
        Map<String, Double> cpuMillis,
        double statements,
        long others,
        boolean consistent,
        double toPlain,
        double toSeata,
        double addedP50) {

    /** @param all measurements of every flavour in this cell on this database */
    static Summary of(String flavour, List<Measurement> all) {
        List<Measurement> own = only(flavour, all);
        Map<String, Double> cpu = new TreeMap<>();
        own.get(0)
                .cpuMillis()
                .keySet()
                .forEach(process -> cpu.put(
                        process, median(own, measured -> measured.cpuMillis().get(process))));
        return new Summary(
                own.get(0).database(),
                own.get(0).cell(),
                flavour,
                median(own, measured -> measured.burst().perSecond()),
                median(own, measured -> measured.burst().p50()),
                median(own, measured -> measured.burst().p99()),
                median(own, measured -> measured.burst().p999()),
                cpu,
                median(own, Measurement::statements),
                own.stream().mapToLong(measured -> measured.burst().otherwise()).sum(),
                own.stream().allMatch(Measurement::consistent),
                paired(
                        own,
                        only("plain", all),
                        (mine, theirs) ->
                                mine.burst().perSecond() / theirs.burst().perSecond()),
                paired(
                        own,
                        only("seata", all),
                        (mine, theirs) ->
                                mine.burst().perSecond() / theirs.burst().perSecond()),
                paired(
                        own,
                        only("plain", all),
                        (mine, theirs) -> mine.burst().p50() - theirs.burst().p50()));
    }

    private static List<Measurement> only(String flavour, List<Measurement> all) {
        return all.stream()
                .filter(measured -> measured.flavour().equals(flavour))
                .toList();
    }

    private static double paired(List<Measurement> own, List<Measurement> other, Comparison comparison) {
        double[] ratios = own.stream()
                .flatMap(mine -> other.stream()
                        .filter(theirs -> theirs.round() == mine.round())
                        .map(theirs -> comparison.of(mine, theirs)))
                .mapToDouble(Double::doubleValue)
                .toArray();
        return median(ratios);
    }

    private static double median(List<Measurement> measurements, ToDoubleFunction<Measurement> figure) {
        return median(measurements.stream().mapToDouble(figure).toArray());
    }

    private static double median(double[] figures) {
        if (figures.length == 0) {
            return 0;
        }
        Arrays.sort(figures);
        int middle = figures.length / 2;
        return figures.length % 2 == 1 ? figures[middle] : (figures[middle - 1] + figures[middle]) / 2;
    }

    private interface Comparison {

        double of(Measurement mine, Measurement theirs);
    }
}
