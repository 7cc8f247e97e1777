package io.dtx.benchmarks.growth;

import io.dtx.benchmarks.report.Results;
import io.dtx.test.DatabaseServer;
import io.dtx.test.Durability;
import io.dtx.test.MariaDbServer;
import io.dtx.test.PostgreSqlServer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
        if (!parts.equals(List.of("waiters"))) {
            for (String kind :
                    System.getProperty("bench.databases", "mariadb,postgresql").split(",")) {
                try (DatabaseServer server = kind.strip().equals("postgresql")
                        ? PostgreSqlServer.start(Durability.FULL)
                        : MariaDbServer.start(Durability.FULL)) {
                    new Statements().measure(server, parts, figures);
                    if (parts.contains("leftovers")) {
                        new LeftOvers().measure(server, figures);
                    }
                }
            }
        }
        figures.sort(Comparator.comparing(Figure::part)); // keeps the order within a part
        if (parts.contains("waiters")) {
            new Waiters().measure(figures);
        }
        Results.write("growth", figures, tables(figures));
    }

    private static String tables(List<Figure> figures) {
        StringBuilder text = new StringBuilder();
        String part = "";
        Set<String> columns = Set.of();
        for (Figure figure : figures) {
            if (!figure.part().equals(part)) {
                part = figure.part();
                text.append("\n### ").append(part).append("\n\n| | size | ");
                text.append(String.join(" | ", figure.values().keySet())).append(" |\n");
                text.append("|---|---|")
                        .append("---|".repeat(figure.values().size()))
                        .append('\n');
            }
            text.append("| ").append(figure.subject()).append(" | ").append(figure.size());
            for (String column : columns) {
                text.append(" | ").append(text(figure.values().get(column)));
            }
            text.append(" |\n");
        }
        return text.toString();
    }

    /** What could not be counted is left out. */
    private static String text(@Nullable Double value) {
        if (value == null) {
            return "";
        }
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 1 ? "%.2f" : "%.3f", value);
    }
}
