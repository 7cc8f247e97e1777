package io.dtx.benchmarks.transfer;

import io.dtx.benchmarks.report.Bars;
import io.dtx.benchmarks.report.Bars.Bar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** The results as one HTML page with bars drawn as SVG: it needs no other file and no network. */
final class Page {

    private static final Map<String, String> COLOURS = Map.of(
            "plain", "#8a8f98", "floor", "#c2a25a", "dtx", "#2563a8", "dtx3", "#6a9bd1", "seata", "#b5493a", "seatadb",
            "#d98b7f");

    private final Map<String, String> machine;
    private final List<Summary> summaries;

    Page(Map<String, String> machine, List<Summary> summaries) {
        this.machine = machine;
        this.summaries = summaries;
    }

    String html() {
        StringBuilder page =
                new StringBuilder("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>dtx:"
                        + " bank transfer</title><style>body{font:14px system-ui,sans-serif;margin:2em;max-width:1000px}"
                        + "svg{margin-right:2em}dt{float:left;width:14em;color:#555}h2{margin-top:2em}</style></head><body>"
                        + "<h1>Bank transfer</h1><dl>");
        machine.forEach((name, value) -> page.append("<dt>")
                .append(Bars.escaped(name))
                .append("</dt><dd>")
                .append(Bars.escaped(value))
                .append("</dd>"));
        page.append("</dl>");
        Map<String, List<Summary>> cells = summaries.stream()
                .collect(Collectors.groupingBy(
                        summary -> summary.database() + ", " + summary.cell(),
                        LinkedHashMap::new,
                        Collectors.toList()));
        cells.forEach((title, cell) -> {
            page.append("<h2>").append(Bars.escaped(title)).append("</h2>");
            page.append(bars("transfers/s", cell, Summary::perSecond));
            page.append(bars("p50, ms", cell, summary -> summary.p50() / 1e3));
            page.append(bars("p99, ms", cell, summary -> summary.p99() / 1e3));
            page.append(bars(
                    "CPU of all processes, ms per transfer",
                    cell,
                    summary -> summary.cpuMillis().values().stream()
                            .mapToDouble(Double::doubleValue)
                            .sum()));
        });
        return page.append("</body></html>\n").toString();
    }

    private static String bars(String title, List<Summary> cell, ToDoubleFunction<Summary> figure) {
        return Bars.svg(
                title,
                cell.stream()
                        .map(summary -> new Bar(
                                summary.flavour(),
                                figure.applyAsDouble(summary),
                                COLOURS.getOrDefault(summary.flavour(), "#444")))
                        .toList());
    }
}
