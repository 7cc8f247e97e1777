package io.dtx.benchmarks.transfer;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * A figure that dtx with one coordinator should reach in a cell.
 *
 * @param must what it has to be at least, or at most where less is better
 * @param aim likewise, what it should be
 * @param figure of the cell's summaries; empty where a flavour that it needs was not measured
 */
record Target(
        String title,
        String database,
        String cell,
        double must,
        double aim,
        boolean less,
        Function<Cells, Optional<Double>> figure) {

    /** Those that a bank transfer can show; the others are measured by themselves. */
    static final List<Target> ALL = List.of(
            more("transfers/s against plain", "mariadb", "spread", 0.52, 0.65, Summary::toPlain, "plain"),
            more("transfers/s against Seata", "mariadb", "spread", 2.0, 2.5, Summary::toSeata, "seata"),
            more("transfers/s against plain", "postgresql", "spread", 0.60, 0.75, Summary::toPlain, "plain"),
            new Target(
                    "added latency (p50) relative to Seata's",
                    "mariadb",
                    "single",
                    0.5,
                    0.333,
                    true,
                    cells -> cells.of("plain")
                            .flatMap(plain -> cells.of("seata"))
                            .flatMap(seata -> cells.of("dtx").map(dtx -> dtx.addedP50() / seata.addedP50()))),
            more("transfers/s against Seata", "mariadb", "hot", 3, 5, Summary::toSeata, "seata"),
            new Target(
                    "answers that are no transfer, such as lock-wait failures",
                    "mariadb",
                    "hot",
                    0,
                    0,
                    true,
                    cells -> cells.of("dtx").map(dtx -> (double) dtx.others())),
            more("transfers/s against Seata", "mariadb", "failing", 2.5, 4, Summary::toSeata, "seata"),
            new Target(
                    "coordinator, CPU ms per transfer",
                    "mariadb",
                    "spread",
                    0.10,
                    0.05,
                    true,
                    cells -> cells.of("dtx").map(dtx -> dtx.cpuMillis().getOrDefault("coordinator", 0.0))));

    /** The summaries of one cell on one database. */
    record Cells(List<Summary> summaries) {
        Optional<Summary> of(String flavour) {
            return summaries.stream()
                    .filter(summary -> summary.flavour().equals(flavour))
                    .findAny();
        }
    }

    private static Target more(
            String title,
            String database,
            String cell,
            double must,
            double aim,
            Function<Summary, Double> figure,
            String comparedWith) {
        return new Target(
                title,
                database,
                cell,
                must,
                aim,
                false,
                cells -> cells.of(comparedWith).flatMap(other -> cells.of("dtx").map(figure)));
    }

    /** A table of those whose cells were measured; empty if there are none. */
    static String table(List<Summary> summaries) {
        StringBuilder rows = new StringBuilder();
        for (Target target : ALL) {
            target.measured(summaries).ifPresent(value -> rows.append(target.row(value)));
        }
        return rows.isEmpty()
                ? ""
                : "\n### Targets\n\n| figure | database, cell | must | aim | measured | |\n|---|---|---|---|---|---|\n"
                        + rows;
    }

    Optional<Double> measured(List<Summary> summaries) {
        return figure.apply(new Cells(summaries.stream()
                .filter(summary ->
                        summary.database().equals(database) && summary.cell().equals(cell))
                .toList()));
    }

    private String row(double value) {
        return String.format(
                Locale.ROOT,
                "| %s | %s, %s | %s%s | %s | %.3g | %s |%n",
                title,
                database,
                cell,
                less ? "at most " : "",
                number(must),
                number(aim),
                value,
                verdict(value));
    }

    String verdict(double value) {
        boolean reachesAim = less ? value <= aim : value >= aim;
        boolean reachesMust = less ? value <= must : value >= must;
        return reachesAim ? "aim reached" : reachesMust ? "must reached" : "MISSED";
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString(Math.round(value)) : Double.toString(value);
    }
}
