package io.dtx.test.equivalence;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.test.EmbeddedCoordinator;
import io.dtx.test.equivalence.Run.Difference;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Rolled back, tables are byte for byte what they were; committed, everything is as without dtx: for any schema, rows and
 * statements. What dtx does not capture it refuses, with the reason, and a refused statement changes nothing.
 *
 * <p>{@code -Dequivalence.sequences=N} runs as many, {@code -Dequivalence.from=S} begins with seed S, and
 * {@code -Dequivalence.seed=S} runs that one alone; {@code -Dequivalence.minutes=M} begins nothing after M minutes.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EquivalenceContract {

    private static final int IN_CI = 500;
    /** Sequences that share a schema. A seed leads to its schema and to its statements. */
    private static final int PER_SCHEMA = 25;

    private static final int SHRINKING_TRIES = 150;
    private static final int MOST_FAILURES = Integer.getInteger("equivalence.failures", 3);
    private static final int BETWEEN_REPORTS = 1000;

    private final List<String> failures = new ArrayList<>();
    private final Tally tally = new Tally();
    private long run;
    private long reported;

    @SuppressWarnings("NullAway.Init")
    private Ground.Schemata schemata;

    abstract Grammar grammar();

    abstract Ground.Schemata schemata();

    @BeforeAll
    void prepare() {
        schemata = schemata();
    }

    @Test
    void everySequenceIsUndoneByteForByteOrCommittedAsWithoutDtx() throws SQLException {
        String only = System.getProperty("equivalence.seed", "");
        long from = Long.getLong("equivalence.from", 0);
        long count = only.isEmpty() ? Long.getLong("equivalence.sequences", IN_CI) : 0;
        long start = System.nanoTime();
        long end = start
                + Duration.ofMinutes(Long.getLong("equivalence.minutes", 600)).toNanos();
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start();
                CoordinatorClient client = client(coordinator)) {
            for (String again : only.isEmpty() ? List.<String>of() : List.of(only.split(","))) {
                runGroup(coordinator, client, Long.parseLong(again), Long.parseLong(again) + 1);
            }
            long seed = from;
            while (seed < from + count && failures.size() < MOST_FAILURES && System.nanoTime() < end) {
                seed = runGroup(coordinator, client, seed, from + count);
                if (run / BETWEEN_REPORTS > reported) {
                    reported = run / BETWEEN_REPORTS;
                    System.out.println("So far:\n" + report(from, start).text());
                }
            }
        }
        Report report = report(from, start);
        System.out.println(report.text());
        if (Boolean.getBoolean("equivalence.report")) {
            report.write();
        }
        if (Boolean.getBoolean("equivalence.reasons")) {
            System.out.println(tally.reasons());
        }
        assertThat(failures).as(String.join("\n", failures)).isEmpty();
        if (run >= IN_CI) {
            assertNothingIsRefusedThatShouldNot();
        }
    }

    private Report report(long from, long start) {
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        return new Report(grammar().database(), run, from, took, failures.size(), tally);
    }

    private void assertNothingIsRefusedThatShouldNot() {
        for (Shape shape : grammar().captured()) {
            assertThat(tally.executed(shape)).as(shape.text() + ": executed").isPositive();
            assertThat(tally.takenShare(shape))
                    .as(shape.text() + ": share not refused")
                    .isGreaterThan(shape.isUpsert() ? 0.1 : 0.6);
        }
        for (Shape shape : grammar().refused()) {
            assertThat(tally.executed(shape))
                    .as(shape.text() + ": executed, and not refused")
                    .isZero();
        }
        assertThat((double) tally.givenUp() / tally.all())
                .as("share of local transactions that dtx could only roll back")
                .isLessThan(0.01);
    }

    private static CoordinatorClient client(EmbeddedCoordinator coordinator) {
        CoordinatorClient client = CoordinatorClient.start(new ClientSettings(
                "equivalence", coordinator.addresses(), null, Duration.ofSeconds(1), Duration.ofSeconds(20)));
        Awaitility.await().atMost(Duration.ofSeconds(15)).until(client::connected);
        return client;
    }

    /** @return the seed to go on with */
    private long runGroup(EmbeddedCoordinator coordinator, CoordinatorClient client, long first, long end)
            throws SQLException {
        long group = Math.floorDiv(first, PER_SCHEMA);
        List<Table> tables = Schemas.generate(group, grammar());
        String driver = driver(group);
        try (Ground ground = new Ground(grammar(), schemata, tables, driver, client)) {
            Run runner = new Run(grammar(), ground, client, coordinator, tally);
            for (long seed = first; seed < Math.min(end, (group + 1) * PER_SCHEMA); seed++) {
                run++;
                Sequence sequence = Sequences.generate(seed, Math.floorMod(seed, PER_SCHEMA), grammar(), tables);
                try {
                    runner.run(sequence);
                } catch (Difference | SQLException | RuntimeException e) {
                    failures.add(failure(sequence, tables, driver, e, coordinator, client));
                    return seed + 1; // what the failed one left behind must not trouble the next
                }
            }
            awaitEmptyUndoLog(ground);
        }
        return Math.min(end, (group + 1) * PER_SCHEMA);
    }

    /** Half of the groups run with the driver's defaults. */
    private String driver(long group) {
        List<String> drivers = grammar().sessions().drivers();
        return drivers.isEmpty() || group % 2 == 0 ? "" : drivers.get((int) (group / 2 % drivers.size()));
    }

    private static void awaitEmptyUndoLog(Ground ground) {
        Awaitility.await("undo_log is empty")
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(2))
                .until(ground::undoLog, Set::isEmpty);
    }

    private String failure(
            Sequence sequence,
            List<Table> tables,
            String driver,
            Exception e,
            EmbeddedCoordinator coordinator,
            CoordinatorClient client) {
        List<Exception> last = new ArrayList<>(List.of(e));
        Shrinking shrinking = new Shrinking(
                candidate -> {
                    Exception again = tried(candidate, tables, driver, coordinator, client);
                    if (again != null && headline(again).equals(headline(e))) {
                        last.set(0, again);
                        return true;
                    }
                    return false;
                },
                SHRINKING_TRIES);
        Sequence shortest = shrinking.shrink(sequence);
        String text =
                "seed " + sequence.seed() + " on " + grammar().database() + " (-Dequivalence.seed=" + sequence.seed()
                        + "): " + (e instanceof Difference ? last.get(0).getMessage() : stack(last.get(0))) + "\n"
                        + (driver.isEmpty() ? "" : "-- " + driver + "\n") + Script.of(tables, shortest);
        System.out.println(text);
        return text;
    }

    private static String stack(Exception e) {
        java.io.StringWriter text = new java.io.StringWriter();
        e.printStackTrace(new java.io.PrintWriter(text));
        return text.toString();
    }

    /** What kind of failure it is: a shorter sequence that fails otherwise is another bug. */
    private static String headline(Exception e) {
        String message = String.valueOf(e.getMessage());
        return e.getClass().getName() + message.substring(0, Math.min(25, message.length()));
    }

    private @Nullable Exception tried(
            Sequence sequence,
            List<Table> tables,
            String driver,
            EmbeddedCoordinator coordinator,
            CoordinatorClient client) {
        try (Ground ground = new Ground(grammar(), schemata, tables, driver, client)) {
            new Run(grammar(), ground, client, coordinator, new Tally()).run(sequence);
            return null;
        } catch (Difference | SQLException | RuntimeException e) {
            return e;
        }
    }
}
