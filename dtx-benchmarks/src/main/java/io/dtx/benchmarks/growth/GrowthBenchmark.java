package io.dtx.benchmarks.growth;

import io.dtx.benchmarks.report.Results;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Measures what grows. Main class; {@code bench.filter} is a regular expression that chooses among the parts {@code rows},
 * {@code batches}, {@code leftovers} and {@code waiters}, {@code bench.databases} says where.
 */
public final class GrowthBenchmark {

    private GrowthBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        String filter = System.getProperty("bench.filter", "");
        List<String> parts = List.of("rows", "batches", "leftovers", "waiters").stream()
                .filter(part -> filter.isEmpty() || part.matches(filter))
                .toList();
        List<Figure> figures = new ArrayList<>();
        if (parts.contains("waiters")) {
            new Waiters().measure(figures);
        }
        Results.write("growth", figures, tables(figures));
    }

    private static String tables(List<Figure> figures) {
        StringBuilder text = new StringBuilder();
        String part = "";
        for (Figure figure : figures) {
            if (!figure.part().equals(part)) {
                part = figure.part();
                text.append("\n### ").append(part).append("\n\n| | size | ");
                text.append(String.join(" | ", figure.values().keySet())).append(" |\n");
                text.append("|---|---|")
                        .append("---|".repeat(figure.values().size()))
                        .append('\n');
            }
            text.append(figure.values().values().stream()
                    .map(GrowthBenchmark::text)
                    .collect(Collectors.joining(
                            " | ", "| " + figure.subject() + " | " + figure.size() + " | ", " |\n")));
        }
        return text.toString();
    }

    private static String text(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 1 ? "%.2f" : "%.3f", value);
    }
}
