package io.dtx.benchmarks.transfer;

import io.dtx.benchmarks.report.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/** Writes what was measured: {@code transfer.json} for machines, {@code transfer.md} for documents, {@code transfer.html}. */
final class Report {

    private final Settings settings;
    private final List<Measurement> measurements;

    Report(Settings settings, List<Measurement> measurements) {
        this.settings = settings;
        this.measurements = measurements;
    }

    void write() throws IOException {
        List<Summary> summaries = summaries();
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("machine", machine());
        all.put("summaries", summaries);
        all.put("measurements", measurements);
        Path json = settings.out().resolve("transfer.json");
        Files.writeString(
                json, new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n");
        String tables = tables(summaries);
        Files.writeString(settings.out().resolve("transfer.md"), tables);
        Files.writeString(settings.out().resolve("transfer.html"), new Page(machine(), summaries).html());
        System.out.println(tables);
        System.out.println("Written: " + json + ", and beside it transfer.md and transfer.html");
    }

    private Map<String, String> machine() {
        Map<String, String> machine = Results.machine();
        machine.put("databases wait for the disk", settings.durability().toString());
        machine.put("rounds", settings.rounds() + " of " + settings.seconds() + " s");
        machine.put(
                "warm-up",
                "until it grows no faster, at most " + settings.warmUpSeconds() + " s per flavour and database");
        return machine;
    }

    private List<Summary> summaries() {
        Map<String, List<Measurement>> cells = measurements.stream()
                .collect(Collectors.groupingBy(
                        measured -> measured.database() + " " + measured.cell(),
                        LinkedHashMap::new,
                        Collectors.toList()));
        List<Summary> summaries = new ArrayList<>();
        for (List<Measurement> cell : cells.values()) {
            cell.stream()
                    .map(Measurement::flavour)
                    .distinct()
                    .forEach(flavour -> summaries.add(Summary.of(flavour, cell)));
        }
        return summaries;
    }

    private static String tables(List<Summary> summaries) {
        StringBuilder text = new StringBuilder();
        String last = "";
        for (Summary summary : summaries) {
            String cell = summary.database() + ", " + summary.cell();
            if (!cell.equals(last)) {
                text.append("\n### ")
                        .append(cell)
                        .append("\n\n")
                        .append(
                                "| flavour | transfers/s | to plain | to seata | p50 ms | p99 ms | p99.9 ms | added p50 ms |"
                                        + " CPU ms: banks | coordinator | database | load | statements | other answers | money |\n")
                        .append("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
                last = cell;
            }
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %.0f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.3f | %.2f | %.2f | %.1f | %d | %s |%n",
                    summary.flavour(),
                    summary.perSecond(),
                    summary.toPlain(),
                    summary.toSeata(),
                    summary.p50() / 1e3,
                    summary.p99() / 1e3,
                    summary.p999() / 1e3,
                    summary.addedP50() / 1e3,
                    summary.cpuMillis().getOrDefault("banks", 0.0),
                    summary.cpuMillis().getOrDefault("coordinator", 0.0),
                    summary.cpuMillis().getOrDefault("database", 0.0),
                    summary.cpuMillis().getOrDefault("load", 0.0),
                    summary.statements(),
                    summary.others(),
                    summary.consistent() ? "right" : "WRONG"));
        }
        return text.append(Target.table(summaries)).toString();
    }
}
