package io.dtx.benchmarks.micro;

import io.dtx.benchmarks.report.Results;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the benchmarks of this package, each in a JVM of its own. Main class; {@code bench.filter} is a regular expression that
 * chooses by class and method, {@code bench.micro.millis} the length of an iteration.
 */
public final class MicroBenchmarks {

    private MicroBenchmarks() {}

    /**
     * One benchmark's result.
     *
     * @param nanos per operation
     * @param error half of the 99.9 % confidence interval, in nanoseconds
     * @param bytes allocated per operation
     */
    record Figure(String name, Map<String, String> parameters, int threads, double nanos, double error, double bytes) {}

    public static void main(String[] arguments) throws RunnerException, IOException {
        String filter = System.getProperty("bench.filter", "");
        TimeValue iteration = TimeValue.milliseconds(Integer.getInteger("bench.micro.millis", 500));
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include("^" + MicroBenchmarks.class.getPackageName().replace(".", "\\.") + "\\..*" + filter)
                        .forks(1)
                        .jvmArgsAppend("-Xms1g", "-Xmx1g")
                        .warmupIterations(4)
                        .warmupTime(iteration)
                        .measurementIterations(5)
                        .measurementTime(iteration)
                        .addProfiler("gc")
                        .shouldFailOnError(true)
                        .build())
                .run();
        List<Figure> figures = new ArrayList<>();
        StringBuilder table = new StringBuilder("| benchmark | threads | ns | ± | bytes |\n|---|---|---|---|---|\n");
        for (RunResult result : results) {
            Figure figure = figure(result);
            figures.add(figure);
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %d | %.0f | %.0f | %.0f |%n",
                    figure.name() + (figure.parameters().isEmpty() ? "" : " " + figure.parameters()),
                    figure.threads(),
                    figure.nanos(),
                    figure.error(),
                    figure.bytes()));
        }
        Results.write("micro", figures, table.toString());
    }

    private static Figure figure(RunResult result) {
        String name = result.getParams().getBenchmark();
        Map<String, String> parameters = new LinkedHashMap<>();
        result.getParams()
                .getParamsKeys()
                .forEach(key -> parameters.put(key, result.getParams().getParam(key)));
        Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
        return new Figure(
                name.substring(MicroBenchmarks.class.getPackageName().length() + 1),
                parameters,
                result.getParams().getThreads(),
                result.getPrimaryResult().getScore(),
                result.getPrimaryResult().getScoreError(),
                bytes == null ? 0 : bytes.getScore());
    }
}
