package io.dtx.benchmarks.coordinator.client;

import java.util.Arrays;
import java.util.Locale;

/**
 * What one client process did.
 *
 * @param done transactions committed
 * @param failed transactions that ended otherwise
 * @param seconds from the first to the last
 * @param p50 of those done, in microseconds; so are the others
 * @param example one of the failures, or empty
 */
public record Burst(long done, long failed, double seconds, double p50, double p99, double p999, String example) {

    static Burst of(long[] nanos, long failed, double seconds, String example) {
        Arrays.sort(nanos);
        return new Burst(
                nanos.length, failed, seconds, micros(nanos, 0.5), micros(nanos, 0.99), micros(nanos, 0.999), example);
    }

    private static double micros(long[] sorted, double quantile) {
        return sorted.length == 0
                ? 0
                : sorted[(int) Math.min(sorted.length - 1, Math.round(quantile * sorted.length))] / 1e3;
    }

    String line() {
        return String.format(
                Locale.ROOT,
                "%d %d %.3f %.1f %.1f %.1f %s",
                done,
                failed,
                seconds,
                p50,
                p99,
                p999,
                example.replaceAll("\\s+", " "));
    }

    public static Burst parse(String line) {
        String[] words = line.split(" ", 7);
        return new Burst(
                Long.parseLong(words[0]),
                Long.parseLong(words[1]),
                Double.parseDouble(words[2]),
                Double.parseDouble(words[3]),
                Double.parseDouble(words[4]),
                Double.parseDouble(words[5]),
                words[6]);
    }
}
