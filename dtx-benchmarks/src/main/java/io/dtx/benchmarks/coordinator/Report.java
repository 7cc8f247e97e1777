package io.dtx.benchmarks.coordinator;

import io.dtx.benchmarks.report.Bars;
import io.dtx.benchmarks.report.Bars.Bar;
import io.dtx.benchmarks.report.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Writes {@code coordinator.json}, {@code coordinator.md} and {@code coordinator.html}, which needs no other file. */
final class Report {

    private static final String HEAD = """
            | | transactions/s | p50 ms | p99 ms | CPU ms: coordinator | clients | to the first | coordinator MiB | failed |
            |---|---|---|---|---|---|---|---|---|
            """;

    private final Map<String, List<Summary>> bySeries = new LinkedHashMap<>();
    private final List<Measurement> measurements;

    Report(List<Measurement> measurements) {
        this.measurements = measurements;
        measurements.stream()
                .collect(Collectors.groupingBy(Measurement::series, LinkedHashMap::new, Collectors.toList()))
                .forEach((series, own) -> bySeries.put(
                        series,
                        own.stream()
                                .map(Measurement::title)
                                .distinct()
                                .map(title -> Summary.of(title, own))
                                .toList()));
    }

    void write() throws IOException {
        Results.write("coordinator", measurements, tables());
        Files.writeString(Results.directory().resolve("coordinator.html"), page());
    }

    private String tables() {
        StringBuilder text = new StringBuilder();
        bySeries.forEach((series, summaries) -> {
            text.append("\n### ").append(series).append("\n\n").append(HEAD);
            for (Summary summary : summaries) {
                text.append(String.format(
                        Locale.ROOT,
                        "| %s | %.0f | %.2f | %.2f | %.3f | %.3f | %.2f | %d | %d |%n",
                        summary.title(),
                        summary.perSecond(),
                        summary.p50() / 1e3,
                        summary.p99() / 1e3,
                        summary.cpuMillis(),
                        summary.clientCpuMillis(),
                        summary.toFirst(),
                        summary.memoryMiB(),
                        summary.failed()));
            }
        });
        return text.toString();
    }

    private String page() {
        StringBuilder page = new StringBuilder(
                "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>dtx:"
                        + " the coordinator alone</title><style>body{font:14px system-ui,sans-serif;margin:2em;"
                        + "max-width:1000px}svg{margin-right:2em}</style></head><body><h1>The coordinator alone</h1><p>");
        List<String> machine = new ArrayList<>();
        Results.machine().forEach((name, value) -> machine.add(name + ": " + value));
        page.append(Bars.escaped(String.join("; ", machine))).append("</p>");
        bySeries.forEach((series, summaries) -> {
            page.append("<h2>").append(Bars.escaped(series)).append("</h2>");
            page.append(bars("transactions/s", summaries, Summary::perSecond));
            page.append(bars("CPU of the coordinators, ms per transaction", summaries, Summary::cpuMillis));
            page.append(bars("CPU of the clients, ms per transaction", summaries, Summary::clientCpuMillis));
            page.append(bars("p50, ms", summaries, summary -> summary.p50() / 1e3));
            page.append(bars("coordinator, MiB", summaries, Summary::memoryMiB));
        });
        return page.append("</body></html>\n").toString();
    }

    private static String bars(String title, List<Summary> summaries, ToDoubleFunction<Summary> figure) {
        return Bars.svg(
                title,
                summaries.stream()
                        .map(summary -> new Bar(
                                summary.title(),
                                figure.applyAsDouble(summary),
                                summary.title().equals("seata") ? "#b5493a" : "#2563a8"))
                        .toList());
    }
}
